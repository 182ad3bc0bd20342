# SPDX-License-Identifier: Apache-2.0
"""What flinkctl refuses before it does harm: to rescale a job that could not go on, to dispose of
what a running job needs.

rescale_refused_test.py JOB SOURCES_JOB FLINKCTL
"""
import json
import os
import pathlib
import socket
import subprocess
import sys

from cluster import OTHER_BUILD as SOURCES
from cluster import ClusterTest, main, until

FLINKCTL = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""


class Refused(ClusterTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("run"))
        os.environ["XDG_RUNTIME_DIR"] = self.path("run")

    def flinkctl(self, *arguments):
        return subprocess.run([FLINKCTL, *arguments], cwd=self.directory, capture_output=True,
                              text=True, timeout=60, check=False)

    def check_not_rescaled(self, job, *says):
        done = self.flinkctl("rescale", job.id(), "-p", "2", "--savepoint-path", "sp")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for words in ("was not stopped", *says):
            self.assertIn(words, done.stderr)
        self.assertFalse(os.path.exists(self.path("sp")))
        self.assertEqual(job.view()["state"], "RUNNING")

    def reader(self, *arguments, program=SOURCES):
        return self.start(*arguments, program=program)

    def test_pipes_cannot_be_read_again(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        named = self.reader("-p", "1", "-Drest.bind-port=0", "--", "--input", pipe)
        standard = self.reader("-c", f'exec "$@" < {pipe}', "sh", SOURCES, "-p", "1",
                               "-Drest.bind-port=0", program="/bin/sh")
        with open(pipe, "wb"):
            named.wait_running()
            standard.wait_running()
            self.check_not_rescaled(named, f"reads '{pipe}'", "cannot be read again")
            self.check_not_rescaled(standard, "reads standard input", "cannot be read again")
        self.assertEqual((named.wait(), standard.wait()), (0, 0))

    def counted(self, *arguments, role=(), interval="50ms"):
        return self.start(*role, "-p", "1", f"-Dexecution.checkpointing.interval={interval}",
                          f"-Dexecution.checkpointing.dir={self.path('chk')}", *arguments, "--",
                          "--records", "100000000", "--rate", "1000", "--output", self.path("out"))

    def test_a_standalone_cluster(self):
        with socket.create_server(("localhost", 0)) as free:
            port = free.getsockname()[1]
        job = self.counted(f"-Djobmanager.rpc.port={port}", role=("jobmanager",))
        job.id()
        self.start("taskmanager", "--jobmanager", f"localhost:{port}")
        job.wait_running()
        self.check_not_rescaled(job, "standalone", f"flinkctl stop {job.id()}", "-p 2",
                                "--from-savepoint")

    def test_disposal_of_a_checkpoint(self):
        job = self.counted()
        checkpoint = pathlib.Path(self.path("chk"), job.id())
        until(lambda: list(checkpoint.glob("chk-*/_metadata")), "a checkpoint is complete")
        job.kill()
        for metadata in checkpoint.glob("chk-*/_metadata"):
            done = self.flinkctl("savepoint", "--dispose", str(metadata.parent))
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("only savepoints", done.stderr)
            self.assertTrue(metadata.exists())

    def test_disposal_of_what_a_running_job_starts_from(self):
        first = self.counted()
        first.wait_running()
        stopped = self.flinkctl("stop", first.id(), "-p", "sp", "--json")
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        savepoint = json.loads(stopped.stdout)["location"]
        self.assertEqual(first.wait(), 0)
        job = self.counted("--from-savepoint", savepoint, interval="1h")
        job.wait_running()
        os.symlink(self.path("sp"), self.path("link"))
        linked = os.path.join(self.path("link"), os.path.basename(savepoint))
        for name in (savepoint, linked, linked + "/_metadata"):
            done = self.flinkctl("savepoint", "--dispose", name)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("is needed", done.stderr)
            self.assertTrue(os.path.exists(savepoint + "/_metadata"))
        taken = self.flinkctl("checkpoint", job.id())
        self.assertEqual(taken.returncode, 0, taken.stderr)
        done = self.flinkctl("savepoint", "--dispose", linked)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(os.path.exists(savepoint))
        job.kill()


if __name__ == "__main__":
    main()
