# SPDX-License-Identifier: Apache-2.0
"""Functions with keyed state, timers and checkpoint hooks in real processes."""
import csv
import os
import pathlib
import signal

from cluster import RESTARTS, ClusterTest, main, until


class Functions(ClusterTest):
    def start_counting(self, *flags, records=40000, mode="count"):
        return self.start("--taskmanagers", "2", "--slots", "2", "-p", "4",
                          "-Dexecution.checkpointing.interval=200ms",
                          f"-Dexecution.checkpointing.dir={self.path('checkpoints')}", *flags,
                          "--", "--records", str(records), "--rate", "10000", "--mode", mode,
                          "--output", self.path("out"))

    def newest_checkpoint(self):
        found = pathlib.Path(self.path("checkpoints")).glob("*/chk-*/_metadata")
        return max((int(path.parent.name[4:]) for path in found), default=0)

    def test_timers_and_their_state_survive_kills(self):
        job = self.start_counting(*RESTARTS)
        for _ in range(3):
            job.wait_running()
            before = self.newest_checkpoint()
            until(lambda: self.newest_checkpoint() > before, "another checkpoint is taken")
            victim = job.taskmanagers()[0]
            os.kill(victim, signal.SIGKILL)
            until(lambda: victim not in job.taskmanagers(), "it is gone")
            until(lambda: len(job.taskmanagers()) == 2, "it is replaced")
        self.assertEqual(job.wait(), 0, job.messages())
        rows = []
        for part in pathlib.Path(self.path("out")).rglob("part-*"):
            with open(part) as lines:
                rows += [tuple(int(cell) for cell in row) for row in csv.reader(lines)]
        expected = [(key, end, 10) for key in range(10) for end in range(100, 40001, 100)]
        self.assertEqual(sorted(rows), expected)

    def test_a_function_that_throws_in_snapshot_state_fails_its_task_by_name(self):
        job = self.start_counting("-Drestart-strategy.type=none", records=10_000_000,
                                  mode="snapshot-throws")
        self.assertEqual(job.wait(), 6, job.messages())
        self.assertIn("unsavable", job.messages())
        self.assertIn("std::runtime_error: nothing to save it", job.messages())


if __name__ == "__main__":
    main()
