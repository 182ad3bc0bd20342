# SPDX-License-Identifier: Apache-2.0
"""File sinks and what lies around them: other sinks, other jobs, other spellings of a path, other
working directories. Each number is written once to each sink, whatever happens."""
import collections
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

from cluster import RESTARTS, ClusterTest, main, until

FLINKCTL = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""
EVERY = "-Dexecution.checkpointing.interval=100ms"


class Sinks(ClusterTest):
    def numbers(self, *directories):
        """How often each number is there; no part is unfinished."""
        found = collections.Counter()
        for directory in directories:
            for part in pathlib.Path(self.directory, directory).rglob("*"):
                if part.is_file():
                    self.assertFalse(part.name.endswith((".inprogress", ".pending")), part.name)
                    found.update(int(line) for line in part.read_text().split())
        return found

    def unfinished(self, directory):
        return [name for name in os.listdir(self.path(directory))
                if name.endswith((".inprogress", ".pending"))]

    def newest_checkpoint(self):
        found = pathlib.Path(self.path("checkpoints")).glob("*/chk-*/_metadata")
        return max((int(path.parent.name[4:]) for path in found), default=0)

    def check(self, records, times, *directories):
        self.assertEqual(self.numbers(*directories),
                         collections.Counter({number: times for number in range(records)}))

    def flinkctl(self, job, *arguments):
        done = subprocess.run(
            [FLINKCTL, *arguments, "--json", "--jobmanager", f"localhost:{job.rest_port()}"],
            check=False, capture_output=True, text=True, timeout=60, cwd=self.directory)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def stop(self, job):
        where = self.flinkctl(job, "stop", job.id(), "-p", self.path("savepoints"))["location"]
        self.assertEqual(job.wait(), 0, job.messages())
        return where

    def test_two_sinks_in_one_directory_or_below_each_other(self):
        for number, (first, second) in enumerate([
                (["out"], ["out"]), (["out"], ["out", "buckets"]),
                (["out", "buckets"], ["out", "buckets"]),
                (["out", "buckets"], ["out/below", "buckets"]),
                (["out"], ["out/below"]), (["out/below"], ["out"])]):
            with self.subTest(first=first, second=second):
                root = f"case-{number}"
                flags = ["--first", f"{root}/{first[0]}", "--second", f"{root}/{second[0]}"]
                if len(first) > 1:
                    flags += ["--first-buckets", "1"]
                if len(second) > 1:
                    flags += ["--second-buckets", "1"]
                job = self.start("--", "--records", "1000", *flags)
                self.assertEqual(job.wait(), 0, job.messages())
                self.check(1000, 2, root)
                shutil.rmtree(self.path(root))
                job = self.start("-p", "2", EVERY, "-Drestart-strategy.type=fixed-delay",
                                 "-Drestart-strategy.fixed-delay.attempts=2", "--", "--records",
                                 "1000", "--rate", "2000", *flags)
                job.wait_running()
                os.kill(job.taskmanagers()[0], signal.SIGKILL)
                self.assertEqual(job.wait(), 0, job.messages())
                self.check(1000, 2, root)

    def test_a_job_whose_id_begins_alike_does_not_touch_a_running_job(self):
        job = self.start("--job-id", "0" * 31 + "1", EVERY, "--", "--records", "3000", "--rate",
                         "1000", "--first", "out")
        until(lambda: os.path.isdir(self.path("out")) and os.listdir(self.path("out")),
              "it writes")
        other = self.start("--job-id", "0" * 31 + "2", "--", "--records", "10", "--first", "out")
        self.assertNotEqual(other.wait(), 0, other.messages())
        self.assertIn("is not empty", other.messages())
        self.assertEqual(job.wait(), 0, job.messages())
        self.check(3000, 1, "out")

    def test_parts_that_a_savepoint_names_outlive_a_cancel_however_the_path_is_spelled(self):
        plain = self.path("out")
        for number, spelled in enumerate(["file://" + plain + "/0", "file:" + plain + "/1",
                                          plain + "//x/../2/.", "out/./3/"]):
            with self.subTest(spelled=spelled):
                # No checkpoint but the savepoint: what it names waits for its commit.
                arguments = ["--records", "4000", "--rate", "2000", "--first", spelled]
                job = self.start("--", *arguments)
                job.wait_running()
                where = self.flinkctl(job, "savepoint", job.id(), self.path("savepoints"))
                self.flinkctl(job, "cancel", job.id())
                job.wait()
                self.assertTrue(self.unfinished(f"out/{number}"))
                again = self.start("-s", where["location"], "--", *arguments)
                self.assertEqual(again.wait(), 0, again.messages())
                self.check(4000, 1, f"out/{number}")

    def test_a_restore_elsewhere_finds_what_was_written_here(self):
        job = self.start(EVERY, "--", "--records", "20000", "--rate", "10000", "--first", "out")
        until(lambda: os.path.isdir(self.path("out")) and os.listdir(self.path("out")),
              "it writes")
        where = self.stop(job)
        here, elsewhere = self.directory, self.path("elsewhere")
        os.mkdir(elsewhere)
        self.directory = elsewhere
        again = self.start("-s", where, EVERY, "--", "--records", "20000", "--first", "out")
        self.directory = here
        self.assertEqual(again.wait(), 0, again.messages())
        self.check(20000, 1, "out", "elsewhere/out")

    def test_an_empty_path_is_refused(self):
        before = set(os.listdir("/"))
        flags = ["--records", "10", "--first"]
        for arguments in [["--", *flags, ""],
                          ["-Dexecution.checkpointing.dir=", EVERY, "--", *flags, "out"],
                          ["-Dio.tmp.dirs=", EVERY, "--", *flags, "out"],
                          ["-s", "", "--", *flags, "out"]]:
            with self.subTest(arguments=arguments):
                job = self.start(*arguments)
                self.assertNotEqual(job.wait(), 0, job.messages())
                self.assertIn("path is empty", job.messages())
        self.assertEqual(set(os.listdir("/")), before)

    def test_a_path_of_no_known_file_system_is_refused_with_those_that_are_known(self):
        job = self.start("--", "--records", "10", "--first", "s3://bucket/out")
        self.assertNotEqual(job.wait(), 0, job.messages())
        self.assertIn("no file system for s3: here, only for file:", job.messages())

    def test_pending_parts_of_dead_attempts_go_though_there_is_a_savepoint(self):
        flags = ["--taskmanagers", "2", "--slots", "1", "-p", "2", EVERY, "--job-id", "a" * 32,
                 f"-Dexecution.checkpointing.dir={self.path('checkpoints')}", "--recover", "--",
                 "--records", "6000", "--rate", "2000", "--first", "out"]
        job = self.start(*flags)
        job.wait_running()
        self.flinkctl(job, "savepoint", job.id(), self.path("savepoints"))
        # Its parts were begun before any checkpoint: their names have no "-r<checkpoint>".
        until(lambda: self.finished("out") and all("-r" in name for name in self.unfinished("out")),
              "what it names is committed")
        # A checkpoint after it stays half done: one subtask hands its part over, the other cannot.
        os.kill(job.taskmanagers()[0], signal.SIGSTOP)
        until(lambda: any(name.endswith(".pending") for name in self.unfinished("out")),
              "a part is pending")
        job.kill()
        again = self.start(*flags)
        self.assertEqual(again.wait(), 0, again.messages())
        self.check(6000, 1, "out")

    def checkpoints(self, name="checkpoints"):
        return f"-Dexecution.checkpointing.dir={self.path(name)}"

    def finished(self, directory):
        return [path for path in pathlib.Path(self.path(directory)).rglob("*.csv")]

    def test_parts_that_a_savepoint_names_outlive_a_stop_and_a_start_from_it(self):
        flags = ["--taskmanagers", "1", "--slots", "1", "-p", "1", *RESTARTS, "--job-id", "c" * 32,
                 self.checkpoints(), "--recover"]
        work = ["--", "--records", "6000", "--rate", "2000", "--first", "out"]
        job = self.start(*flags, *work)
        job.wait_running()
        first = self.flinkctl(job, "savepoint", job.id(), self.path("savepoints"))["location"]
        named = {name for name in self.unfinished("out") if name.endswith(".pending")}
        self.assertTrue(named)
        os.kill(job.taskmanagers()[0], signal.SIGKILL)  # it starts again from its beginning
        until(lambda: "restarting" in job.messages(), "the death is noticed")
        job.wait_running()
        where = self.stop(job)
        again = self.start(*flags, "-s", where, *work)
        again.wait_running()
        self.flinkctl(again, "cancel", again.id())
        again.wait()
        self.assertLessEqual(named, set(self.unfinished("out")))
        for path in self.finished("out"):
            path.unlink()
        restored = self.start("-s", first, *work)
        self.assertEqual(restored.wait(), 0, restored.messages())
        self.assertFalse(named & set(self.unfinished("out")))
        written = collections.Counter(
            int(line) for path in self.finished("out") for line in path.read_text().split())
        self.assertEqual(written, collections.Counter(range(6000)))

    def test_a_recovered_job_does_not_overwrite_what_came_after_it(self):
        flags = ["--job-id", "d" * 32, self.checkpoints(), "--recover", EVERY, "--", "--records",
                 "8000", "--rate", "4000", "--first", "out", "--first-mode", "overwrite"]
        before = self.start("--", "--records", "10", "--first", "out")
        self.assertEqual(before.wait(), 0, before.messages())
        old = set(self.finished("out"))
        job = self.start(*flags)
        until(lambda: self.newest_checkpoint() > 1, "its first results are committed")
        until(lambda: not old & set(self.finished("out")), "the old ones are gone")
        mine = set(self.finished("out"))
        later = self.start("--", "--records", "10", "--first", "out", "--first-mode", "append")
        self.assertEqual(later.wait(), 0, later.messages())
        others = {path for path in set(self.finished("out")) - mine if "d" * 32 not in path.name}
        self.assertEqual(len(others), 1)
        job.kill()
        again = self.start(*flags)
        self.assertEqual(again.wait(), 0, again.messages())
        self.assertLessEqual(others, set(self.finished("out")))
        self.assertEqual(self.numbers("out"),
                         collections.Counter(range(8000)) + collections.Counter(range(10)))

    def test_overwrite_does_not_follow_links(self):
        for directory in ["elsewhere", "out/below"]:
            job = self.start("--", "--records", "10", "--first", directory)
            self.assertEqual(job.wait(), 0, job.messages())
        os.symlink(self.path("elsewhere"), self.path("out/link"))
        job = self.start("--", "--records", "100", "--first", "out", "--first-buckets", "1",
                         "--first-mode", "overwrite")
        self.assertEqual(job.wait(), 0, job.messages())
        self.check(10, 1, "elsewhere")
        self.assertFalse(os.path.exists(self.path("out/below")))

    def test_recover_after_a_start_without_it_says_how_to_go_on(self):
        work = ["--", "--records", "6000", "--rate", "2000", "--first", "out"]
        job = self.start(self.checkpoints(), EVERY, *work)
        until(lambda: self.finished("out"), "something is committed")
        job_id = job.id()
        job.kill()
        again = self.start(self.checkpoints(), EVERY, "--recover", *work)
        self.assertNotEqual(again.wait(), 0, again.messages())
        self.assertIn(f"--recover --job-id {job_id}", again.messages())
        self.assertNotIn("has been submitted", again.messages())
        told = self.start(self.checkpoints(), EVERY, "--recover", "--job-id", job_id, *work)
        self.assertEqual(told.wait(), 0, told.messages())
        self.check(6000, 1, "out")
        # It has ended, so there is nothing that a new one would have to ask about.
        flags = ["--records", "10", "--first", "anew"]
        anew = self.start(self.checkpoints(), EVERY, "--recover", "--", *flags)
        self.assertEqual(anew.wait(), 0, anew.messages())
        self.check(10, 1, "anew")

    def test_two_jobs_that_begin_in_one_directory_at_once_both_write_and_are_told(self):
        # Nothing is written before the end: either finds the directory empty.
        work = ["--", "--records", "2000", "--rate", "1000", "--first", "out"]
        jobs = [self.start(*work) for _ in range(2)]
        for job in jobs:
            self.assertEqual(job.wait(), 0, job.messages())
        self.check(2000, 2, "out")
        ids = [job.id() for job in jobs]
        told = [f"of job {ids[1 - i]}, which this job does not continue" in job.messages()
                for i, job in enumerate(jobs)]
        self.assertTrue(any(told), [job.messages() for job in jobs])

    def test_a_second_job_from_one_savepoint_in_its_directory_is_told_of_the_first(self):
        work = ["--", "--records", "4000", "--rate", "2000", "--first", "out"]
        job = self.start(EVERY, *work)
        until(lambda: self.finished("out"), "something is committed")
        where = self.stop(job)
        first = self.start("-s", where, EVERY, *work)
        self.assertEqual(first.wait(), 0, first.messages())
        self.assertNotIn("does not continue", first.messages())
        self.check(4000, 1, "out")
        second = self.start("-s", where, EVERY, *work)
        self.assertEqual(second.wait(), 0, second.messages())
        self.assertIn(f"of job {first.id()}, which this job does not continue", second.messages())

    def test_a_line_end_in_the_path_of_checkpoints(self):
        flags = ["--job-id", "f" * 32, self.checkpoints("check\npoints"), "--recover", EVERY, "--",
                 "--records", "4000", "--rate", "2000", "--first", "out"]
        job = self.start(*flags)
        until(lambda: any(pathlib.Path(self.path("check\npoints")).glob("*/chk-*/_metadata")),
              "a checkpoint is complete")
        until(lambda: self.finished("out"), "it is recorded")
        job.kill()
        again = self.start(*flags)
        self.assertEqual(again.wait(), 0, again.messages())
        self.check(4000, 1, "out")


if __name__ == "__main__":
    main()
