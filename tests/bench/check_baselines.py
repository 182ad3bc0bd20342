#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_baselines.py BUILD: the hand-written loops do the work they are said to do."""
import collections
import csv
import glob
import json
import os
import subprocess
import sys
import tempfile


def run(build, program, *arguments):
    done = subprocess.run([os.path.join(build, "bin", program), *arguments], check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout)


def main():
    build = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        text, output = os.path.join(scratch, "text"), os.path.join(scratch, "out")
        run(build, "flink_baseline", "make_text", "--bytes", "3000000", "--output", text)
        run(build, "flink_baseline", "word_count", "--input", text, "--output", output)
        with open(text, encoding="ascii") as handle:
            expected = collections.Counter(handle.read().split())
        seen = collections.Counter()
        for part in glob.glob(output + "/*"):
            with open(part, newline="", encoding="ascii") as handle:
                for word, count in csv.reader(handle):
                    seen[word] += 1
                    assert int(count) == seen[word], f"{word} jumps to {count}"
        assert seen == expected, "word_count differs from Python's split()"
    for keys in ("1000", "1000000"):
        result = run(build, "flink_baseline", "keyed_count", "--records", "200000", "--keys", keys)
        assert result["records"] == 200000, result
    # map_chain drops one record of eight, rebalance and tcp_exchange none.
    for name, records in (("map_chain", 87500), ("rebalance", 100000), ("tcp_exchange", 100000)):
        result = run(build, "flink_baseline", name, "--records", "100000")
        assert result["records"] == records, result
    ours = run(build, "flink_serialize", "--records", "4096")
    theirs = run(build, "flink_baseline", "serialize", "--records", "4096")
    assert ours["checksum"] == theirs["checksum"], (ours, theirs)
    print("the baselines count right")


if __name__ == "__main__":
    main()
