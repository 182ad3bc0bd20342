#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden test of flinkc's messages: each wrong/NN_name.cpp against NN_name.expected.

A line `// arguments: ...` in a job gives the arguments after `--`. A message has at most six lines.
--update writes the expected files from what flinkc says now: read the difference before committing.
"""
import argparse
import concurrent.futures
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LINES_MAX = 6


def check(flinkc, job, scratch):
    """What flinkc says about one job, in a directory of its own."""
    directory = scratch / job.stem
    directory.mkdir()
    shutil.copy(job, directory)
    found = re.search(r"^// arguments: (.*)$", job.read_text(), re.MULTILINE)
    arguments = ["--", *found.group(1).split()] if found else []
    run = subprocess.run([flinkc, "check", "-q", "--color=never", job.name, *arguments],
                         cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return f"{run.stderr}exit code {run.returncode}\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--flinkc", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("names", nargs="*", help="only jobs that start so")
    options = parser.parse_args()
    jobs = sorted((HERE / "wrong").glob("*.cpp"))
    if options.names:
        jobs = [job for job in jobs if job.name.startswith(tuple(options.names))]
    failures = 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            results = pool.map(lambda job: check(options.flinkc, job, scratch), jobs)
            for job, said in zip(jobs, results):
                expected_file = job.with_suffix(".expected")
                if options.update:
                    expected_file.write_text(said)
                expected = expected_file.read_text() if expected_file.exists() else ""
                too_long = said.count("\n") - 1 > LINES_MAX
                if said == expected and not too_long:
                    continue
                failures += 1
                print(f"FAILED {job.name}" + (f": over {LINES_MAX} lines" if too_long else ""))
                sys.stdout.writelines(difflib.unified_diff(
                    expected.splitlines(True), said.splitlines(True), "expected", "said"))
    print(f"{len(jobs) - failures} of {len(jobs)} wrong jobs say what they should")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
