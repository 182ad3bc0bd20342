#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_nexmark_baselines.py EXECUTABLE [QUERY...]: loops by hand against expected.txt.

The loops of Nexmark's queries, with one thread and with two, give what tests/nexmark/expected.txt
has, to which nexmark_QUERY compares the jobs and the oracle.
"""
import json
import os
import subprocess
import sys
import tempfile

from run import ROOT

sys.path.insert(0, os.path.join(ROOT, "tests/nexmark"))
import nexmark  # noqa: E402
import results  # noqa: E402



def check(executable, query, threads, expected):
    lines, _, digest = expected
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([executable, "--query", query, *nexmark.EVENTS, "--threads",
                               str(threads), "--output", folder], check=True, capture_output=True,
                              text=True)
        said = json.loads(done.stdout)
        written = results.lines_of(folder)
    assert said["records"] == len(written), (query, said, len(written))
    final = results.final(query, written)
    good = [str(len(final)), results.digest(final)] == [lines, digest]
    print(f"{query}, {threads} threads: " +
          ("ok" if good else f"{len(final)} lines of {len(written)}, expected {lines}"))
    return good


def main():
    executable, *only = sys.argv[1:]
    expected = {row.split()[0]: row.split()[1:]
                for row in nexmark.EXPECTED.read_text().splitlines()}
    queries = only or nexmark.QUERIES
    good = [check(executable, query, threads, expected[query])
            for query in queries for threads in (1, 2)]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
