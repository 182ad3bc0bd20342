# SPDX-License-Identifier: Apache-2.0
"""Asynchronous functions in real processes: each record is answered once, whatever dies; who never
answers holds up neither cancel nor checkpoints; time-outs come, also at the end of input.

async_test.py JOB OTHER_BUILD FLINKCTL
"""
import os
import signal
import subprocess
import sys

import committed
from cluster import ClusterTest, main, until

FLINKCTL = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""
SOON = 10.0


class Async(ClusterTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("run"))
        os.environ["XDG_RUNTIME_DIR"] = self.path("run")

    def answered(self, *options, interval="200ms", **job):
        arguments = [word for name, value in job.items() for word in (f"--{name}", str(value))]
        return self.start(f"-Dexecution.checkpointing.interval={interval}",
                          f"-Dexecution.checkpointing.dir={self.path('chk')}", *options, "--",
                          *arguments)

    def checkpoints(self, job):
        view = job.rest(f"/jobs/{job.id()}/checkpoints")
        return view["counts"]["completed"] if view else 0

    def check_each_once(self, records):
        self.assertEqual([int(line) for line in committed.lines(self.directory)],
                         sorted(range(records), key=lambda number: str(number)))

    def test_each_record_is_answered_once_though_taskmanagers_die(self):
        for order in ("ordered", "unordered"):
            with self.subTest(order=order):
                records = 12000
                job = self.answered("--taskmanagers", "2", "-p", "2", order=order,
                                    records=records, rate=4000, millis=40, capacity=300,
                                    output=self.path("out"))
                for kills in range(3):
                    seen = self.checkpoints(job)
                    until(lambda job=job, seen=seen: self.checkpoints(job) > seen, "a checkpoint")
                    os.kill(job.taskmanagers()[kills % 2], signal.SIGKILL)
                    job.wait_running()
                self.assertEqual(job.wait(), 0, job.messages())
                self.check_each_once(records)
                subprocess.run(["rm", "-r", self.path("out"), self.path("chk")], check=True)

    def test_what_is_under_way_is_asked_again_at_another_parallelism(self):
        records = 6000
        job = self.answered("-p", "2", records=records, rate=2000, millis=200, capacity=500,
                            order="unordered", output=self.path("out"))
        job.wait_running()
        until(lambda: self.checkpoints(job) >= 2, "checkpoints")
        for parallelism in (3, 1):
            done = subprocess.run([FLINKCTL, "rescale", job.id(), "-p", str(parallelism),
                                   "--savepoint-path", self.path("sp")], cwd=self.directory,
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr + job.messages())
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_each_once(records)

    def test_slow_answers_hold_up_neither_checkpoints_nor_cancel(self):
        job = self.answered(millis=40, capacity=1, interval="500ms")
        job.wait_running()
        until(lambda: self.checkpoints(job) >= 3, f"checkpoints; {job.messages()}", SOON)
        os.kill(job.pid, signal.SIGINT)
        job.wait(SOON)
        self.assertNotIn("did not end", job.messages())

    def test_who_never_answers_does_not_hold_up_cancel(self):
        job = self.answered(mode="never", capacity=3)
        job.wait_running()
        until(lambda: job.rest(f"/jobs/{job.id()}"), "REST")
        os.kill(job.pid, signal.SIGINT)
        job.wait(SOON)
        self.assertNotIn("did not end", job.messages())

    def test_time_outs_come_while_there_is_no_room_and_at_the_end(self):
        # 1: while nothing comes any more; 3 of a capacity of 2: no room; 1 and no more: the end.
        for records, capacity in ((3, 2), (1, 100)):
            with self.subTest(records=records):
                job = self.answered("-Drestart-strategy.type=none", mode="never", records=records,
                                    capacity=capacity, timeout=300)
                self.assertNotEqual(job.wait(SOON), 0)
                self.assertIn("a request was not answered within 300 ms", job.messages())


if __name__ == "__main__":
    main()
