#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A savepoint taken at parallelism 2 goes on at 1, 3 and 4, and in the job's next version: one
operator added, one removed, one struct with one more field. What the kept operators write is always
what a job that was left alone writes.

versions_test.py FLINKCTL JOB NEXT_JOB WORK_DIRECTORY      every_state_job.cpp, FLINK_TEST_VERSION
"""
import json
import os
import shutil
import subprocess
import sys
import time

import own_jobs
from committed import lines

FLINKCTL, JOB, NEXT_JOB, WORK = (os.path.abspath(argument) for argument in sys.argv[1:5])
RECORDS = 320_000
SECONDS_MAX = 120


def fail(message):
    sys.exit(f"versions: {message}")


def arguments(rate):
    return ["--", "--keys", "2000", "--records", str(RECORDS), "--rate", str(rate), "--output",
            "out"]


def run(job, folder, *flags, check=True):
    done = subprocess.run([job, *flags, *arguments(0)], cwd=folder, check=False,
                          capture_output=True, text=True, timeout=SECONDS_MAX)
    if check and done.returncode != 0:
        fail(f"{' '.join(flags)}: exit code {done.returncode}\n{done.stderr}")
    return done


def savepoint_of_a_part(folder):
    """Stops a slow run somewhere on its way; the savepoint's path."""
    with open(os.path.join(folder, "messages"), "w+", encoding="utf-8") as messages:
        with own_jobs.start([JOB, "--taskmanagers", "2", "--slots", "1", "-p", "2",
                             *arguments(40_000)], cwd=folder, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=messages) as process:
            deadline = time.monotonic() + SECONDS_MAX
            out = os.path.join(folder, "out")
            while not (os.path.isdir(out) and any(os.path.getsize(os.path.join(out, part)) > 0
                                                  for part in os.listdir(out))):
                if time.monotonic() > deadline or process.poll() is not None:
                    fail("the job wrote nothing")
                time.sleep(0.01)
            with open(messages.name, encoding="utf-8") as said:
                job = next(line.split()[-1] for line in said if "submitted with JobID" in line)
            answer = subprocess.run([FLINKCTL, "stop", job, "-p", os.path.join(folder, "sp"),
                                     "--json"], check=True, capture_output=True, text=True)
    return json.loads(answer.stdout)["location"]


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    for name in ("alone", "stopped"):
        os.makedirs(os.path.join(WORK, name))
    alone, stopped = os.path.join(WORK, "alone"), os.path.join(WORK, "stopped")
    run(JOB, alone, "-p", "2")
    expected = lines(alone)
    savepoint = savepoint_of_a_part(stopped)
    before = len(lines(stopped))
    if not 0 < before < len(expected):
        fail(f"the savepoint is not on the way: {before} of {len(expected)} lines")
    for name, job, flags in [("one", JOB, ["-p", "1"]), ("three", JOB, ["-p", "3"]),
                             ("four", JOB, ["--taskmanagers", "2", "--slots", "2", "-p", "4"]),
                             ("next", NEXT_JOB, ["-p", "3", "--allow-non-restored-state"])]:
        folder = os.path.join(WORK, name)
        shutil.copytree(stopped, folder)  # each goes on in its own copy of the output
        run(job, folder, "--from-savepoint", savepoint, *flags)
        actual = lines(folder)
        if actual != expected:
            fail(f"{name}: {len(actual)} lines instead of {len(expected)}, or others: {folder}")
        print(f"{name}: the same {len(actual)} lines, {before} of them before the savepoint")
    refused = run(NEXT_JOB, os.path.join(WORK, "stopped"), "--from-savepoint", savepoint, "-p", "2",
                  check=False)
    if refused.returncode == 0 or "tally" not in refused.stderr or \
            "--allow-non-restored-state" not in refused.stderr:
        fail(f"state without an operator was not refused by name:\n{refused.stderr}")
    print("refused: " + refused.stderr.strip().split("\n")[-1])


if __name__ == "__main__":
    main()
