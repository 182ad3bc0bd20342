# SPDX-License-Identifier: Apache-2.0
"""Jobs that take checkpoints: killed, stopped, restored elsewhere, started wrongly. Their output is
exact."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import urllib.request

from cluster import ClusterTest, main, until

FLINKCTL = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""


class Checkpoints(ClusterTest):
    def setUp(self):
        super().setUp()
        self.runtime = self.path("run")
        os.mkdir(self.runtime)
        os.environ["XDG_RUNTIME_DIR"] = self.runtime

    def counted(self, *arguments, records=60000, rate=0, interval="100ms"):
        """A counting job with checkpoints; what follows the options is the job's own."""
        job = ["--records", str(records), "--output", self.path("out")]
        if rate:
            job += ["--rate", str(rate)]
        return self.start(*arguments, f"-Dexecution.checkpointing.interval={interval}",
                          "-Drestart-strategy.exponential-delay.initial-backoff=50ms",
                          f"-Dexecution.checkpointing.dir={self.path('chk')}", "--", *job)

    def checkpoints(self, job):
        return job.rest(f"/jobs/{job.id()}/checkpoints") or {"counts": {"completed": 0}}

    def wait_completed(self, job, count):
        until(lambda: self.checkpoints(job)["counts"]["completed"] >= count,
              f"{count} checkpoints; messages: {job.messages()}")

    def flinkctl(self, *arguments):
        done = subprocess.run([FLINKCTL, *arguments], cwd=self.directory, capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refused(self, message, *arguments, mode="count"):
        job = self.start(*arguments, "--", "--records", "100", "--output", self.path("none"),
                         "--mode", mode)
        self.assertNotEqual(job.wait(), 0)
        self.assertIn(message, job.messages())
        return job.messages()

    def test_killed_taskmanagers(self):
        job = self.counted("--taskmanagers", "2", "-p", "2", records=50000, rate=10000)
        for round_ in range(3):
            self.wait_completed(job, 2 * round_ + 1)
            job.wait_running()
            pids = until(lambda: len(job.taskmanagers()) == 2 and job.taskmanagers(), "both run")
            os.kill(pids[round_ % 2], signal.SIGKILL)
            until(lambda: job.messages().count("restarting") > round_, "the death is noticed")
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_tallies(self.path("out"), 50000)
        self.assertEqual(os.listdir(self.path("chk")), [], "a finished job leaves nothing")

    def restored_bytes(self, job):
        """Of every running subtask that restored keyed state: (from here, from the storage)."""
        found = []
        names = ["RestoredStateSizeBytes.LOCAL_DISK", "RestoredStateSizeBytes.REMOTE"]
        for vertex in job.view()["vertices"]:
            for subtask in range(vertex["parallelism"]):
                answer = job.rest(f"/jobs/{job.id()}/vertices/{vertex['id']}/subtasks/{subtask}"
                                  f"/metrics?get={','.join(names)}") or []
                values = {entry["id"]: float(entry["value"]) for entry in answer}
                if sum(values.values()) > 0:
                    found.append(tuple(values[name] for name in names))
        return sorted(found)

    def test_what_a_surviving_taskmanager_kept_is_used(self):
        job = self.counted("--taskmanagers", "2", "-p", "2", "-Dheartbeat.interval=100ms",
                           "-Dexecution.checkpointing.local-backup.enabled=true",
                           f"-Dexecution.checkpointing.local-backup.dirs={self.path('local')}",
                           records=100000, rate=10000)
        self.wait_completed(job, 2)
        job.wait_running()
        pids = until(lambda: len(job.taskmanagers()) == 2 and job.taskmanagers(), "both run")
        os.kill(pids[0], signal.SIGKILL)
        until(lambda: "restarting" in job.messages(), "the death is noticed")

        def restored():
            bytes_ = self.restored_bytes(job)
            return len(bytes_) == 2 and bytes_
        fetched, kept = until(restored, "both subtasks have restored")
        self.assertEqual((fetched[0], kept[1]), (0, 0), "one survived, one did not")
        self.assertGreater(min(fetched[1], kept[0]), 0)
        self.assertTrue(os.listdir(self.path("local")), "where the runs lie")
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_tallies(self.path("out"), 100000)

    def test_savepoint_and_another_parallelism(self):
        job = self.counted("--taskmanagers", "2", "-p", "2", rate=10000)
        self.wait_completed(job, 2)
        taken = json.loads(self.flinkctl("savepoint", "Tallies", "sp", "--json"))["location"]
        stopped = json.loads(self.flinkctl("stop", job.id()[:8], "-p", "sp", "--json"))["location"]
        self.assertEqual(job.wait(), 0, job.messages())
        self.assertTrue(os.path.exists(taken + "/_metadata"))
        self.flinkctl("savepoint", "--dispose", taken)
        self.assertFalse(os.path.exists(taken))
        moved = self.path("moved")
        shutil.move(stopped, moved)
        again = self.counted("-p", "3", "--taskmanagers", "2", "--from-savepoint", moved)
        self.assertEqual(again.wait(), 0, again.messages())
        self.check_tallies(self.path("out"), 60000)

    def test_the_default_directory_is_private(self):
        job = self.start("-Dexecution.checkpointing.interval=50ms",
                         f"-Dio.tmp.dirs={self.path('tmp')}", "--",
                         "--records", "20000", "--rate", "10000")
        found = until(lambda: list(pathlib.Path(self.path("tmp")).glob("flinkc-checkpoints-*")),
                      "it is made")
        self.assertEqual(found[0].stat().st_mode & 0o777, 0o700)
        self.assertNotEqual(found[0].name, f"flinkc-checkpoints-{job.id()}", "guessable")
        self.wait_completed(job, 1)
        self.assertEqual(job.wait(), 0, job.messages())
        self.assertFalse(found[0].exists())

    def test_rest(self):
        job = self.counted("-p", "2", rate=5000)
        self.wait_completed(job, 1)
        self.assertEqual(job.rest(f"/jobs/{job.id()}/checkpoints/config")["interval"], 100)
        latest = self.checkpoints(job)["latest"]["completed"]
        self.assertTrue(latest["external_path"].startswith("file:" + self.path("chk")))
        newest = self.checkpoints(job)["history"][0]["id"]
        details = job.rest(f"/jobs/{job.id()}/checkpoints/details/{newest}")
        vertex = sorted(details["tasks"])[0]
        one = job.rest(f"/jobs/{job.id()}/checkpoints/details/{newest}/subtasks/{vertex}")
        self.assertEqual(one["num_subtasks"], 2)
        request = urllib.request.Request(
            f"http://localhost:{job.rest_port()}/jobs/{job.id()}/savepoints", method="POST",
            data=json.dumps({"target-directory": self.path("sp")}).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.assertEqual(answer.status, 202)
            trigger = json.load(answer)["request-id"]
        def done():
            answer = job.rest(f"/jobs/{job.id()}/savepoints/{trigger}")
            return answer and answer["status"]["id"] == "COMPLETED" and answer
        status = until(done, "the savepoint is done")
        path = status["operation"]["location"].removeprefix("file:")
        self.assertTrue(os.path.exists(path + "/_metadata"))
        job.rest(f"/jobs/{job.id()}?mode=cancel", "PATCH")
        self.assertEqual(job.wait(), 0, job.messages())

    def test_jobmanager_killed_and_recovered(self):
        for round_ in range(3):
            job = self.counted("--recover", "-p", "2", "--taskmanagers", "2", records=40000,
                               rate=10000)
            self.wait_completed(job, 2)
            os.kill(job.pid, signal.SIGKILL)
            job.process.wait()
        last = self.counted("--recover", "-p", "2", records=40000)
        self.assertEqual(last.wait(), 0, last.messages())
        self.check_tallies(self.path("out"), 40000)
        once_more = self.counted("--recover", "-p", "2", records=40000)
        self.assertEqual(once_more.wait(), 0, once_more.messages())
        self.assertIn("has ended before as FINISHED", once_more.messages())
        self.check_tallies(self.path("out"), 40000)

    def test_a_savepoint_keeps_its_parts_when_the_jobmanager_dies(self):
        """The job starts again from before it; whoever restores the savepoint needs its parts."""
        job = self.counted("--recover", "-p", "2", records=40000, rate=10000, interval="1h")
        job.wait_running()
        taken = json.loads(self.flinkctl("savepoint", "Tallies", "sp", "--json"))["location"]
        os.kill(job.pid, signal.SIGKILL)
        job.process.wait()
        parts = self.pending()
        self.assertTrue(parts)
        last = self.counted("--recover", "-p", "2", records=40000, interval="1h")
        self.assertEqual(last.wait(), 0, last.messages())
        self.assertEqual(self.pending(), parts)
        restored = self.counted("-p", "2", "--from-savepoint", taken, records=40000)
        self.assertEqual(restored.wait(), 0, restored.messages())
        self.assertEqual(self.pending(), [])

    def pending(self):
        return sorted(part.name for part in pathlib.Path(self.path("out")).glob(".*.pending"))

    def test_the_same_job_id_is_refused(self):
        first = self.counted("--job-id", "ab" * 16, "-p", "1", rate=1000)
        self.wait_completed(first, 1)
        self.refused("has run before", "--job-id", "ab" * 16,
                     "-Dexecution.checkpointing.interval=1s",
                     f"-Dexecution.checkpointing.dir={self.path('chk')}")
        before = self.checkpoints(first)["counts"]["completed"]
        self.wait_completed(first, before + 2)
        # One that is told to recover takes over; the first one lets go.
        second = self.counted("--job-id", "ab" * 16, "--recover", "-p", "1", records=20000)
        self.assertEqual(first.wait(), 6, first.messages())
        self.assertIn("has taken this job over", first.messages())
        self.assertEqual(second.wait(), 0, second.messages())

    def test_a_jobmanager_that_was_stopped_for_a_while(self):
        """It finds another one in its place: it lets go, and touches nothing of the other's."""
        records = 60000
        arguments = ["--recover", "-p", "2", "--taskmanagers", "2"]
        before = self.counted(*arguments, records=records, rate=10000, interval="50ms")
        for _ in range(3):
            self.wait_completed(before, 2)
            os.kill(before.pid, signal.SIGSTOP)
            after = self.counted(*arguments, records=records, rate=10000, interval="50ms")
            self.wait_completed(after, 1)
            os.kill(before.pid, signal.SIGCONT)
            self.assertEqual(before.wait(), 6, before.messages())
            self.assertIn("another JobManager has taken this job over", before.messages())
            before = after
        self.assertEqual(before.wait(), 0, before.messages())
        # Its TaskManagers may have been writing when the other one cleaned up.
        self.check_tallies(self.path("out"), records, unfinished=True)

    def test_bad_starts(self):
        job = self.counted("-p", "2", rate=10000)
        self.wait_completed(job, 1)
        savepoint = json.loads(self.flinkctl("stop", "Tallies", "-p", "sp", "--json"))["location"]
        job.wait()
        self.refused("nothing is there", "-s", self.path("missing"))
        self.refused("maximum parallelism 128 and has 64", "-s", savepoint,
                     "-Dpipeline.max-parallelism=64")
        of_another = self.refused("--allow-non-restored-state", "-s", savepoint,
                                  mode="another-job")
        self.assertIn("belongs to no operator of this job", of_another)
        metadata = pathlib.Path(savepoint, "_metadata").read_bytes()
        damaged = self.path("damaged")
        shutil.copytree(savepoint, damaged)
        pathlib.Path(damaged, "_metadata").write_bytes(metadata[:-9])
        self.refused("damaged or cut short", "-s", damaged)
        pathlib.Path(damaged, "_metadata").write_bytes(b"something else entirely")
        self.refused("is not the _metadata", "-s", damaged)
        incomplete = self.path("incomplete")
        shutil.copytree(savepoint, incomplete)
        next(pathlib.Path(incomplete).glob("*.run")).unlink()
        self.refused("is not there; put it back", "-s", incomplete)
        self.refused("expected 32 hexadecimal digits", "--job-id", "xyz")
        self.refused("--recover needs a directory", "--recover")

    def test_a_claimed_savepoint_is_claimed_once(self):
        job = self.counted("-p", "1", rate=10000)
        self.wait_completed(job, 1)
        savepoint = json.loads(self.flinkctl("stop", "Tallies", "-p", "sp", "--json"))["location"]
        job.wait()
        first = self.counted("-p", "1", "-s", savepoint, "--claim-mode", "claim", rate=100,
                             interval="1h")  # its first checkpoint would remove the savepoint
        first.wait_running()
        self.refused("is claimed by job", "-s", savepoint, "--claimMode", "CLAIM")
        first.kill()

    def test_a_directory_that_cannot_be_written(self):
        job = self.start("-p", "2", "-Dexecution.checkpointing.interval=100ms",
                         "-Dexecution.checkpointing.dir=/proc/nope", "--", "--records", "10")
        self.assertNotEqual(job.wait(), 0)
        self.assertIn("/proc/nope", job.messages())


if __name__ == "__main__":
    main()
