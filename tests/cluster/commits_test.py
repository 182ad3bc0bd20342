# SPDX-License-Identifier: Apache-2.0
"""Commits that fail for long: what is due outlives the JobManager, checkpoints that overlap and a
cancellation. The committables are alike: each counts only if it is not taken for another."""
import os
import pathlib
import subprocess
import sys

from cluster import ClusterTest, main, until

FLINKCTL = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""
RECORDS = 2000


class Commits(ClusterTest):
    def begin(self, *arguments, job_id="a" * 32, slow=True):
        return self.start(
            "--taskmanagers", "1", "--slots", "1", "--job-id", job_id,
            f"-Dexecution.checkpointing.dir={self.path('checkpoints')}",
            "-Dsink.committer.retries=1000", *arguments, "--", "--records", str(RECORDS),
            *(["--slow", "1"] if slow else []), "--open", self.path("open"), "--tries",
            self.path("tries"), "--total", self.path("total"))

    def open(self):
        pathlib.Path(self.path("open")).touch()

    def committed(self):
        total = pathlib.Path(self.path("total"))
        return sum(map(int, total.read_text().split())) if total.exists() else 0

    def newest(self, job_id="a" * 32):
        """Of its checkpoints: the id, and where it is."""
        found = pathlib.Path(self.path("checkpoints"), job_id).glob("chk-*/_metadata")
        return max(((int(path.parent.name[4:]), str(path.parent)) for path in found),
                   default=(0, ""))

    def cancel(self, job):
        done = subprocess.run(
            [FLINKCTL, "cancel", job.id(), "--jobmanager", f"localhost:{job.rest_port()}"],
            check=False, capture_output=True, text=True, timeout=60, cwd=self.directory)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_all_that_was_due_when_the_jobmanager_died_is_committed_once(self):
        for concurrent in (1, 4):
            with self.subTest(concurrent=concurrent):
                flags = ["--recover", "-Dexecution.checkpointing.interval=100ms",
                         f"-Dexecution.checkpointing.max-concurrent-checkpoints={concurrent}"]
                job_id = f"{concurrent:032x}"
                job = self.begin(*flags, job_id=job_id)
                until(lambda of=job_id: self.newest(of)[0] > 8, "there are checkpoints")
                job.kill()
                self.open()
                again = self.begin(*flags, job_id=job_id)
                self.assertEqual(again.wait(), 0, again.messages())
                self.assertEqual(self.committed(), RECORDS)
                os.remove(self.path("open"))
                os.remove(self.path("total"))

    def test_cancel_ends_the_retries_of_the_last_commit(self):
        job = self.begin(slow=False)
        until(lambda: os.path.exists(self.path("tries")), "it commits")
        self.cancel(job)
        self.assertEqual(job.wait(), 0, job.messages())
        self.assertIn("was cancelled", job.messages())
        self.assertIn("the store is closed", job.messages())
        self.assertEqual(self.committed(), 0)

    def test_what_a_cancelled_job_could_not_commit_is_told_and_kept(self):
        job = self.begin("-Dexecution.checkpointing.interval=200ms")
        until(lambda: self.newest()[0] >= 3 and os.path.exists(self.path("tries")), "it commits")
        self.cancel(job)
        self.assertEqual(job.wait(), 0, job.messages())
        self.assertIn("was cancelled", job.messages())
        self.assertIn("results that were due could not be committed", job.messages())
        _, where = self.newest()
        self.assertIn(f"checkpoint {where} is kept", job.messages())
        self.open()
        again = self.begin("-s", where, job_id="b" * 32, slow=False)
        self.assertEqual(again.wait(), 0, again.messages())
        self.assertEqual(self.committed(), RECORDS)


if __name__ == "__main__":
    main()
