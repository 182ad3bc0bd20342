#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The windows of tests/golden/windows, whose TaskManagers are killed three times on the way: the
committed firings must be those of Flink's undisturbed run, at each parallelism.

windows_test.py WINDOWS_JOB GOLDEN_DIRECTORY
"""
import collections
import os
import pathlib
import random
import signal
import sys
import unittest

import cluster
from cluster import ClusterTest, RESTARTS, until

GOLDEN = pathlib.Path(sys.argv[2]).resolve()
KILLS = 3
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))


def programs(lines):
    """How many lines each program has."""
    return dict(collections.Counter(line.split(",", 1)[0] for line in lines))


class Windows(ClusterTest):
    def check(self, parallelism, *options):
        chance = random.Random(SEED + parallelism)
        out = self.path("out")
        job = self.start("--taskmanagers", str(parallelism), "--slots", "1", "-p", str(parallelism),
                         *RESTARTS, "-Drest.bind-port=0",
                         "-Dexecution.checkpointing.interval=50ms", *options, "--",
                         "--input", str(GOLDEN / "events.csv"), "--output", out,
                         "--pause-micros", "4000")
        for killed in range(1, KILLS + 1):
            job.wait_running()
            wanted = self.completed(job) + chance.randint(2, 9)
            until(lambda: self.completed(job) >= wanted, "some checkpoints are complete")
            os.kill(chance.choice(job.taskmanagers()), signal.SIGKILL)
            until(lambda: self.losses(job) >= killed, "the loss is seen")
        self.assertEqual(job.wait(), 0, job.messages())
        parts = list(pathlib.Path(out).iterdir())
        left = [p.name for p in parts if p.name.endswith((".inprogress", ".pending"))]
        self.assertEqual(left, [])
        lines = sorted(line for part in parts for line in part.read_text().splitlines())
        expected = (GOLDEN / "expected.txt").read_text().splitlines()
        missing = collections.Counter(expected) - collections.Counter(lines)
        extra = collections.Counter(lines) - collections.Counter(expected)
        self.assertEqual((dict(missing), dict(extra)), ({}, {}), f"SEED={SEED}")
        print(f"p={parallelism}: {KILLS} kills, {len(lines)} lines equal: {programs(lines)}")

    def losses(self, job):
        return job.messages().count("died (signal 9")

    def completed(self, job):
        view = job.rest(f"/jobs/{job.id()}/checkpoints")
        return view["counts"]["completed"] if view else 0

    def test_one_subtask(self):
        self.check(1)

    def test_two_subtasks(self):
        self.check(2)

    def test_four_subtasks(self):
        self.check(4)

    def test_unaligned(self):
        self.check(2, "-Dexecution.checkpointing.unaligned.enabled=true")


if __name__ == "__main__":
    print(f"SEED={SEED}")
    cluster.main()
