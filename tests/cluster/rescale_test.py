#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flinkctl rescale: a job with every kind of state goes from 2 subtasks to 3, then to 1, each time
with one command; its output is that of a job that was left alone.

rescale_test.py FLINKCTL JOB WORK_DIRECTORY       JOB is every_state_job.cpp
"""
import json
import os
import shutil
import subprocess
import sys
import time

import own_jobs
from committed import lines

FLINKCTL, JOB, WORK = (os.path.abspath(argument) for argument in sys.argv[1:4])
ARGUMENTS = ["--keys", "4000", "--records", "640000", "--output", "out"]
SECONDS_MAX = 120


def fail(message):
    sys.exit(f"rescale: {message}")


def folder(name):
    path = os.path.join(WORK, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def job_of(path):
    """The id that the messages name last, once they do."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        with open(os.path.join(path, "messages"), encoding="utf-8") as messages:
            ids = [line.split()[-1] for line in messages if "JobID" in line and "submitted" in line]
        if ids:
            return ids[-1]
        time.sleep(0.02)
    fail("the job did not start")


def rescale(path, job, parallelism):
    done = subprocess.run([FLINKCTL, "rescale", job, "-p", str(parallelism), "--savepoint-path",
                           os.path.join(path, "savepoints"), "--json"], check=False,
                          capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"flinkctl rescale: {done.stderr}")
    answer = json.loads(done.stdout)
    if answer["jid"] != job or answer["parallelism"] != parallelism:
        fail(f"flinkctl rescale answered {answer}")


def start_time(job):
    done = subprocess.run([FLINKCTL, "list", "--json"], check=True, capture_output=True, text=True)
    return [one["start-time"] for one in json.loads(done.stdout)["jobs"] if one["jid"] == job]


def main():
    alone = folder("alone")
    subprocess.run([JOB, "-p", "2", "--", *ARGUMENTS], cwd=alone, check=True,
                   stderr=subprocess.DEVNULL)
    moved = folder("moved")
    with open(os.path.join(moved, "messages"), "wb") as messages:
        first = own_jobs.start([JOB, "--taskmanagers", "2", "--slots", "1", "-p", "2", "--",
                                *ARGUMENTS, "--rate", "80000"], cwd=moved,
                               stdin=subprocess.DEVNULL, stdout=messages, stderr=messages)
    job = job_of(moved)
    started = start_time(job)
    rescale(moved, job, 3)
    if start_time(job) != started:
        fail(f"the job that started at {started} says {start_time(job)} after rescaling")
    rescale(moved, job, 1)
    if first.wait(SECONDS_MAX) != 0:
        fail(f"the rescaled job ended with {first.returncode}: {moved}/messages")
    expected, actual = lines(alone), lines(moved)
    if expected != actual:
        fail(f"{len(actual)} lines instead of {len(expected)}, or others: compare {WORK}/*/out")
    print(f"2, 3 and 1 subtasks: the same {len(actual)} lines")


if __name__ == "__main__":
    main()
