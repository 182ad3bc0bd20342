# SPDX-License-Identifier: Apache-2.0
"""The directory of checkpoints fills up, turns read-only, vanishes, comes back: the job runs on,
says what is wrong, and what it completes afterwards can be restored."""
import os
import pathlib
import shutil
import signal

from cluster import JOB, ClusterTest, main, until
from mount import Mount


class StorageFaults(ClusterTest):
    def setUp(self):
        super().setUp()
        self.mount = None

    def tearDown(self):
        super_tear_down = super().tearDown
        if self.mount:
            for job in self.jobs:
                job.kill()
            self.mount.close()
        super_tear_down()

    def mounted(self):
        self.mount = Mount(self.path("chk"))
        if not self.mount.usable:
            self.skipTest("this machine has no mount namespaces for users")

    def counted(self, *arguments, records=60000, rate=10000, tolerable=100000, keys=10):
        words = ["--recover", "-p", "2", "--taskmanagers", "2",
                 "-Dexecution.checkpointing.interval=50ms",
                 "-Drestart-strategy.exponential-delay.initial-backoff=50ms",
                 f"-Dexecution.checkpointing.tolerable-failed-checkpoints={tolerable}",
                 f"-Dexecution.checkpointing.dir={self.path('chk')}", *arguments, "--",
                 "--records", str(records), "--rate", str(rate), "--keys", str(keys),
                 "--output", self.path("out")]
        if self.mount is None:
            return self.start(*words)
        command = self.mount.enter(JOB, *words)
        return self.start(*command[1:], program=command[0])

    def view(self, job):
        return job.rest(f"/jobs/{job.id()}/checkpoints") or {}

    def counts(self, job):
        return self.view(job).get("counts", {"completed": 0, "failed": 0})

    def wait_more(self, job, what, count):
        before = self.counts(job)[what]
        until(lambda: self.counts(job)[what] >= before + count,
              f"{count} more {what}; messages: {job.messages()}")

    def failure(self, job):
        failed = self.view(job).get("latest", {}).get("failed") or {}
        return failed.get("failure_message", "")

    def goes_on(self, job, keys=10):
        """Restored by its tasks, then by another JobManager, and exact."""
        self.wait_more(job, "completed", 2)
        os.kill(job.taskmanagers()[0], signal.SIGKILL)
        until(lambda: "restarting" in job.messages(), "the death is noticed")
        job.wait_running()
        self.wait_more(job, "completed", 1)
        os.kill(job.pid, signal.SIGKILL)
        job.process.wait()
        last = self.counted(keys=keys)
        restored = until(lambda: self.view(last).get("latest", {}).get("restored"), "it starts")
        self.assertTrue(os.path.basename(restored["external_path"]).startswith("chk-"))
        self.assertEqual(last.wait(), 0, last.messages())
        self.check_tallies(self.path("out"), 60000, keys=keys)

    def test_the_directory_vanishes(self):
        job = self.counted()
        self.wait_more(job, "completed", 3)
        os.rename(self.path("chk"), self.path("gone"))
        shutil.rmtree(self.path("gone"))
        self.wait_more(job, "completed", 2)
        self.assertEqual(job.view()["state"], "RUNNING")
        self.assertNotIn("restarting", job.messages())
        self.goes_on(job)

    def test_shared_files_vanish(self):
        """Runs of earlier checkpoints that newer ones would build on. Not of the one that heals it:
        nothing would be left to restart from. Few of so many keys change from one to the next: a
        run that has all of them builds on nothing."""
        keys = 3000
        job = self.counted(tolerable=0, keys=keys)
        self.wait_more(job, "completed", 3)
        shared = next(pathlib.Path(self.path("chk")).glob("*/shared"))
        again_at = 0

        def removed():
            nonlocal again_at
            if "the next checkpoint writes all state again" in self.failure(job):
                return True
            completed = self.counts(job)["completed"]
            if completed >= again_at:  # those newer than the last removal named none of its runs
                for run in shared.glob("*.run"):
                    run.unlink(missing_ok=True)
                again_at = completed + 2
            return False
        until(removed, "that is noticed")
        self.assertIn(f"{shared}/", self.failure(job))
        self.assertNotIn("restarting", job.messages())
        self.goes_on(job, keys)

    def test_a_file_in_its_place(self):
        job = self.counted()
        self.wait_more(job, "completed", 1)
        os.rename(self.path("chk"), self.path("kept"))
        pathlib.Path(self.path("chk")).write_text("a file in its place")
        self.wait_more(job, "failed", 3)
        self.assertEqual(job.view()["state"], "RUNNING")
        self.assertIn(self.path("chk"), self.failure(job))
        os.unlink(self.path("chk"))
        os.rename(self.path("kept"), self.path("chk"))
        self.goes_on(job)

    def test_the_disk_is_full(self):
        self.mounted()
        job = self.counted()
        self.wait_more(job, "completed", 2)
        self.mount.fill()
        self.wait_more(job, "failed", 5)
        self.assertEqual(job.view()["state"], "RUNNING")
        self.assertNotIn("restarting", job.messages())
        self.assertIn("No space left on device", self.failure(job))
        self.assertIn(self.path("chk"), self.failure(job))
        self.mount.empty()
        self.goes_on(job)

    def test_more_failures_than_are_tolerated(self):
        self.mounted()
        job = self.counted(tolerable=2)
        self.wait_more(job, "completed", 2)
        self.mount.fill()
        until(lambda: "3 in a row, 2 are tolerated" in job.messages(), "the job restarts")
        self.mount.empty()
        self.goes_on(job)

    def test_the_disk_is_read_only(self):
        self.mounted()
        job = self.counted()
        self.wait_more(job, "completed", 2)
        self.mount.remount("ro")
        self.wait_more(job, "failed", 5)
        self.assertEqual(job.view()["state"], "RUNNING")
        self.assertIn("Read-only file system", self.failure(job))
        self.assertIn(self.path("chk"), self.failure(job))
        self.mount.remount("rw")
        self.goes_on(job)


if __name__ == "__main__":
    main()
