# SPDX-License-Identifier: Apache-2.0
"""flinkctl rescale: the same job in the same process at another parallelism, recovered as before;
refused before it is stopped where it could not go on.

rescaled_identity_test.py JOB OTHER_BUILD FLINKCTL
"""
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

from cluster import JOB, OTHER_BUILD, ClusterTest, main, until

FLINKCTL = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""


class Rescaled(ClusterTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("run"))
        os.environ["XDG_RUNTIME_DIR"] = self.path("run")

    def counted(self, *arguments, records=60000, rate=0, interval="100ms",
                program=JOB):
        job = ["--records", str(records), "--output", self.path("out")]
        if rate:
            job += ["--rate", str(rate)]
        return self.start(*arguments, f"-Dexecution.checkpointing.interval={interval}",
                          f"-Dexecution.checkpointing.dir={self.path('chk')}", "--", *job,
                          program=program)

    def flinkctl(self, *arguments):
        return subprocess.run([FLINKCTL, *arguments], cwd=self.directory, capture_output=True,
                              text=True, timeout=60, check=False)

    def rescale(self, job, parallelism):
        done = self.flinkctl("rescale", job.id(), "-p", str(parallelism), "--savepoint-path", "sp",
                             "--json")
        self.assertEqual(done.returncode, 0, done.stderr + job.messages())
        answer = json.loads(done.stdout)
        self.assertEqual((answer["jid"], answer["parallelism"]), (job.id(), parallelism))
        return answer

    def parallelism(self, job):
        """Of the vertex that counts, as REST of the newest start tells."""
        port = job.messages().rsplit("REST endpoint at http://localhost:", 1)[1].split()[0]
        text = subprocess.run(["curl", "-s", f"http://localhost:{port}/jobs/{job.id()}"],
                              capture_output=True, text=True, check=False).stdout
        vertex = json.loads(text)["vertices"][-1]
        return vertex["parallelism"], vertex["maxParallelism"]

    def test_above_85_subtasks(self):
        job = self.counted("-p", "2", rate=8000, interval="10s")
        job.wait_running()
        self.rescale(job, 90)
        self.assertEqual(self.parallelism(job), (90, 128))
        self.rescale(job, 2)
        self.assertEqual(self.parallelism(job), (2, 128))
        self.assertIsNone(job.process.poll(), "the same process")
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_tallies(self.path("out"), 60000)

    def test_every_task_runs_when_it_says_so(self):
        job = self.counted("-p", "2", rate=2000, interval="10s")
        job.wait_running()
        self.rescale(job, 60)
        port = job.messages().rsplit("REST endpoint at http://localhost:", 1)[1].split()[0]
        text = subprocess.run(["curl", "-s", f"http://localhost:{port}/jobs/{job.id()}"],
                              capture_output=True, text=True, check=False).stdout
        for vertex in json.loads(text)["vertices"]:
            counts = vertex["tasks"]
            self.assertEqual(counts["RUNNING"] + counts["FINISHED"], vertex["parallelism"], text)

    def test_the_executable_was_replaced(self):
        program = self.path("program")
        shutil.copy(JOB, program)
        job = self.counted("-p", "2", rate=8000, program=program)
        job.wait_running()
        os.unlink(program)
        shutil.copy(OTHER_BUILD, program)
        self.rescale(job, 3)
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_tallies(self.path("out"), 60000)

    def test_a_savepoint_at_above_85_subtasks(self):
        job = self.counted("-p", "2", rate=8000)
        job.wait_running()
        stopped = self.flinkctl("stop", job.id(), "-p", "sp", "--json")
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        self.assertEqual(job.wait(), 0)
        again = self.counted("-p", "90", "--from-savepoint",
                             json.loads(stopped.stdout)["location"], interval="10s")
        self.assertEqual(again.wait(), 0, again.messages())
        self.check_tallies(self.path("out"), 60000)

    def test_more_subtasks_than_key_groups(self):
        job = self.counted("-p", "2", rate=8000)
        job.wait_running()
        done = self.flinkctl("rescale", job.id(), "-p", "200", "--savepoint-path", "sp")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("at most 128", done.stderr)
        self.assertIn("was not stopped", done.stderr)
        self.assertFalse(os.path.exists(self.path("sp")))
        self.assertEqual(job.view()["state"], "RUNNING")

    def test_it_cannot_start_again(self):
        job = self.counted("-Dtaskmanager.numberOfTaskSlots=2", "-Ds3.secret-key=hush", "-p", "2",
                           rate=8000)
        job.wait_running()
        done = self.flinkctl("rescale", job.id(), "-p", "4", "--savepoint-path", "sp")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("did not start again", done.stderr)
        savepoint = next(pathlib.Path(self.path("sp")).iterdir())
        command = done.stderr.strip().splitlines()[-1]
        self.assertIn(str(savepoint), command)
        self.assertNotIn("hush", done.stderr)
        command = command.replace("******", "hush")
        self.assertNotEqual(job.wait(), 0)
        words = shlex.split(command)
        self.assertEqual(words[:3], ["cd", self.directory, "&&"])
        words = [word.replace("Slots=2", "Slots=4") for word in words[3:]]
        again = self.start(*words[1:], program=words[0])
        self.assertEqual(again.wait(), 0, again.messages())
        self.assertEqual(again.id(), job.id())
        self.check_tallies(self.path("out"), 60000)

    def test_recovered_afterwards(self):
        job = self.counted("--recover", "-p", "2", rate=8000)
        job.wait_running()
        self.rescale(job, 3)
        job.kill()  # before or after its first checkpoint
        again = self.counted("--recover", "-p", "2")
        self.assertEqual(again.wait(), 0, again.messages())
        self.assertEqual(again.id(), job.id())
        self.check_tallies(self.path("out"), 60000, unfinished=True)
        once_more = self.counted("--recover", "-p", "2")
        self.assertEqual(once_more.wait(), 0, once_more.messages())
        self.check_tallies(self.path("out"), 60000, unfinished=True)

    def test_stopped_for_good(self):
        job = self.counted("--recover", "-p", "2", rate=8000)
        job.wait_running()
        self.rescale(job, 1)
        stopped = self.flinkctl("stop", job.id(), "-p", "sp")
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        self.assertEqual(job.wait(), 0)
        again = self.counted("--recover", "-p", "2")
        self.assertEqual(again.wait(), 0, again.messages())
        self.assertNotIn("taskmanager", again.messages())
        seen = sum(len(part.read_text().splitlines())
                   for part in pathlib.Path(self.path("out")).rglob("part-*"))
        self.assertLess(seen, 60000, "it was stopped, and stays so")


if __name__ == "__main__":
    main()
