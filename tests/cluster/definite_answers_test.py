# SPDX-License-Identifier: Apache-2.0
"""flinkctl stop and cancel say how the job ended, or that it is not known: never what they assume.

Between flinkctl and the JobManager stands one that lets things happen in between.
definite_answers_test.py JOB OTHER_BUILD FLINKCTL
"""
import http.client
import http.server
import os
import subprocess
import sys
import threading

from cluster import ClusterTest, main, until

FLINKCTL = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""


class Between(http.server.ThreadingHTTPServer):
    """Passes requests on; `before` and `after` get (method, path, answer's text) of each."""

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = port
        self.before = self.after = lambda method, path, text="": None
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.before(self.command, self.path)
        try:
            there = http.client.HTTPConnection("localhost", self.server.port, timeout=10)
            headers = {"Host": f"localhost:{self.server.port}"}
            if body:
                headers["Content-Type"] = "application/json"
            there.request(self.command, self.path, body, headers)
            answer = there.getresponse()
            text = answer.read()
        except OSError:
            self.close_connection = True  # nobody is there any more
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()
        self.server.after(self.command, self.path, text.decode())

    do_GET = do_POST = do_PATCH = pass_on

    def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
        pass


class DefiniteAnswers(ClusterTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("run"))
        os.environ["XDG_RUNTIME_DIR"] = self.path("run")

    def counted(self, records):
        job = self.start("-Dexecution.checkpointing.interval=100ms",
                         f"-Dexecution.checkpointing.dir={self.path('chk')}", "--", "--records",
                         str(records), "--rate", "5000", "--output", self.path("out"))
        job.wait_running()
        between = Between(job.rest_port())
        self.addCleanup(between.server_close)
        self.addCleanup(between.shutdown)
        return job, between

    def flinkctl(self, between, *arguments):
        return subprocess.run([FLINKCTL, *arguments, "--jobmanager",
                               f"127.0.0.1:{between.server_port}"], cwd=self.directory,
                              capture_output=True, text=True, timeout=60, check=False)

    def test_the_job_ends_before_the_stop(self):
        job, between = self.counted(5000)
        between.before = lambda method, path: job.process.wait() if method == "POST" else None
        done = self.flinkctl(between, "stop", job.id(), "-p", "sp")
        self.assertEqual(done.returncode, 1)
        self.assertIn("had ended by itself (FINISHED)", done.stderr)
        later = subprocess.run([FLINKCTL, "stop", job.id(), "-p", "sp"], cwd=self.directory,
                               capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(later.returncode, 1)
        self.assertIn("has ended already (FINISHED)", later.stderr)

    def test_the_job_ends_before_the_cancel(self):
        job, between = self.counted(5000)
        between.before = lambda method, path: job.process.wait() if method == "PATCH" else None
        done = self.flinkctl(between, "cancel", job.id())
        self.assertEqual(done.returncode, 1)
        self.assertIn("had ended (FINISHED)", done.stderr)

    def test_the_jobmanager_is_killed_once_the_savepoint_is_there(self):
        job, between = self.counted(10**7)

        def after(_, path, text):
            if "/savepoints/" in path and "COMPLETED" in text:
                job.kill()
        between.after = after
        done = self.flinkctl(between, "stop", job.id(), "-p", "sp")
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("is good, but", done.stderr)
        self.assertIn("not known", done.stderr)

    def test_the_jobmanager_is_killed_while_it_cancels(self):
        job, between = self.counted(10**7)
        between.before = lambda method, path: (
            job.kill() if method == "GET" and path.endswith("/status") else None)
        done = self.flinkctl(between, "cancel", job.id())
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("not known", done.stderr)

    def test_cancel_says_what_it_waits_for_and_until_when(self):
        job = self.start("-p", "1", "-Dtask.cancellation.timeout=4s", "--", "--mode", "hang",
                         "--records", "100000000")
        job.wait_running()
        done = subprocess.run([FLINKCTL, "cancel", job.id(), "--jobmanager",
                               f"localhost:{job.rest_port()}"], cwd=self.directory,
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("waiting for tasks whose functions have not returned: 1 of ", done.stderr)
        self.assertIn("still there 4s after it was cancelled (task.cancellation.timeout)",
                      done.stderr)
        self.assertEqual(job.wait(), 0, job.messages())

    def test_what_was_probably_meant(self):
        for words, meant in (("lst", "no command 'lst'; did you mean 'list'?"),
                             ("state lits", "no command 'lits'; did you mean 'list'?"),
                             ("zzz", "no command 'zzz'; see"),
                             ("list --jsn", "did you mean --json?")):
            done = subprocess.run([FLINKCTL, *words.split()], capture_output=True, text=True,
                                  timeout=60, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(meant, done.stderr)

    def test_the_end_is_read_from_the_jobmanager(self):
        job, between = self.counted(10**7)
        states = []
        between.after = lambda method, path, text: (
            states.append(text) if path.endswith("/status") else None)
        os.environ["XDG_RUNTIME_DIR"] = self.path("elsewhere")  # as on another machine
        self.assertEqual(self.flinkctl(between, "cancel", job.id()).returncode, 0)
        self.assertIn("CANCELED", states[-1])
        self.assertEqual(job.wait(), 0)
        until(lambda: not job.taskmanagers(), "nothing is left")


if __name__ == "__main__":
    main()
