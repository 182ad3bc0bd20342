# SPDX-License-Identifier: Apache-2.0
"""Blocking exchanges on a disk with room for a megabyte: a sentence, and an end."""
import os
import pathlib

from cluster import JOB, RESTARTS, ClusterTest, main
from mount import Mount


class FullDisk(ClusterTest):
    def setUp(self):
        super().setUp()
        self.mount = Mount(self.path("tmp"), size="1m")
        if not self.mount.usable:
            self.skipTest("this machine has no mount namespaces for users")

    def tearDown(self):
        for job in self.jobs:
            job.kill()
        self.mount.close()
        super().tearDown()

    def batch(self, *arguments, records):
        command = self.mount.enter(
            JOB, "--batch", "--taskmanagers", "2", "--slots", "1", "-p", "2",
            "-Dtaskmanager.network.compression.codec=NONE",
            f"-Dio.tmp.dirs={self.path('tmp')}", *arguments, "--", "--records", str(records),
            "--output", self.path("out"))
        return self.start(*command[1:], program=command[0])

    def check_failed(self, job):
        self.assertEqual(job.wait(), 6, job.messages())
        self.assertRegex(job.messages(), r"the output of '[^']* \([12]/2\)' does not fit into '" +
                         self.path("tmp") + r"' after \d+ bytes")
        self.assertIn("No space left on device", job.messages())
        self.assertIn("io.tmp.dirs says where to spill to", job.messages())
        self.assertEqual(list(pathlib.Path(self.path("out")).rglob("*.csv")), [])
        self.assertEqual(os.listdir(self.mount.path), [])

    def test_more_than_there_is_room_for(self):
        self.check_failed(self.batch(records=2000000))

    def test_again_after_each_restart(self):
        self.check_failed(self.batch(*RESTARTS[:1], "-Drestart-strategy.fixed-delay.attempts=2",
                                     "-Drestart-strategy.fixed-delay.delay=10ms",
                                     records=2000000))

    def test_what_fits_is_read_by_both_taskmanagers_and_leaves_nothing(self):
        job = self.batch(records=20000)
        self.assertEqual(job.wait(), 0, job.messages())
        lines = sorted(line for part in pathlib.Path(self.path("out")).rglob("*.csv")
                       for line in part.read_text().splitlines())
        self.assertEqual(lines, [f"{key},2000" for key in range(10)])
        self.assertEqual(os.listdir(self.mount.path), [])


if __name__ == "__main__":
    main()
