# SPDX-License-Identifier: Apache-2.0
"""Runs a job's executable as its own cluster and watches it. Nothing sleeps: conditions are polled
with deadlines."""
import collections
import contextlib
import csv
import json
import mmap
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import own_jobs

JOB = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
OTHER_BUILD = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else ""


def sanitizer_of(program):
    """What it was built with: "address", "thread" or ""."""
    if not os.path.isfile(program):
        return ""
    with open(program, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return next((name for name, symbol in (("address", b"__asan_init"),
                                               ("thread", b"__tsan_init"))
                     if text.find(symbol) >= 0), "")


SANITIZER = sanitizer_of(JOB)
# One factor for everything that waits; of ctest's time limits: tests/CMakeLists.txt.
SLOWNESS = 5 if SANITIZER else 1
DEADLINE = 60.0 * SLOWNESS
RESTARTS = [
    "-Drestart-strategy.type=fixed-delay",
    "-Drestart-strategy.fixed-delay.attempts=20",
    "-Drestart-strategy.fixed-delay.delay=100ms",
]


def until(condition, what, deadline=DEADLINE):
    """The condition's first true value."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}")
        time.sleep(0.005)


@contextlib.contextmanager
def environment(**variables):
    """Of what is started meanwhile. The options of a sanitizer are added to those it has."""
    before = dict(os.environ)
    for name, value in variables.items():
        had = [before[name]] if name.endswith("_OPTIONS") and name in before else []
        os.environ[name] = ":".join([*had, value])
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    except OSError:
        return []


class Job:
    """One started executable. Messages go to a file, so that nothing blocks."""

    def __init__(self, directory, *arguments, program=JOB, stdout=None):
        self.directory = directory
        self.messages_path = os.path.join(directory, f"stderr-{time.monotonic_ns()}")
        self.stdout_path = self.messages_path + ".out"
        with open(self.messages_path, "wb") as messages, open(self.stdout_path, "wb") as output:
            self.process = own_jobs.start(
                [program, *arguments], cwd=directory, stderr=messages,
                stdout=output if stdout is None else stdout, start_new_session=True)
        self.pid = self.process.pid

    def messages(self):
        with open(self.messages_path) as file:
            return file.read()

    def output(self):
        with open(self.stdout_path) as file:
            return file.read()

    def taskmanagers(self):
        """Pids of its TaskManager processes."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            words = command_line(entry)
            if words[1:2] == ["taskmanager"] and "--parent" in words:
                if words[words.index("--parent") + 1] == str(self.pid) and alive(entry):
                    found.append(int(entry))
        return sorted(found)

    def wait(self, deadline=DEADLINE):
        """The exit code; it and its TaskManagers are gone then."""
        children = self.taskmanagers()
        try:
            code = self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {deadline} s:\n{self.messages()}")
        until(lambda: not any(alive(pid) for pid in children), "TaskManagers are gone", 5)
        return code

    def rest_port(self):
        def port():
            found = re.search(r"REST endpoint at http://\S+:(\d+)", self.messages())
            return int(found.group(1)) if found else 0
        return until(port, f"the REST endpoint is printed; messages: {self.messages()}")

    def rest(self, path, method="GET"):
        request = urllib.request.Request(f"http://localhost:{self.rest_port()}{path}",
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError):
            return None  # it ends just now

    def id(self):
        self.rest_port()
        return re.search(r"JobID ([0-9a-f]{32})", self.messages()).group(1)

    def view(self):
        return self.rest(f"/jobs/{self.id()}") or {"state": "?", "vertices": []}

    def wait_running(self, deadline=DEADLINE):
        def running():
            ended = self.process.poll()
            if ended is not None:
                raise AssertionError(f"it has ended with {ended}: {self.messages()}")
            view = self.view()
            states = [v["status"] for v in view["vertices"]]
            return view["state"] == "RUNNING" and states and set(states) <= {"RUNNING", "FINISHED"}
        until(running, f"every task runs; messages: {self.messages()}", deadline)

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class ClusterTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="flinkc-cluster-")
        self.jobs = []

    def tearDown(self):
        for job in self.jobs:
            job.kill()
        shutil.rmtree(self.directory)

    def start(self, *arguments, **options):
        job = Job(self.directory, *arguments, **options)
        self.jobs.append(job)
        return job

    def path(self, name):
        return os.path.join(self.directory, name)

    def check_tallies(self, directory, records, unfinished=False, keys=10):
        """Each key's updates are exactly 1..n, each once. `unfinished`: such parts may be left."""
        seen = collections.defaultdict(list)
        for part in pathlib.Path(directory).rglob("*"):
            if not part.is_file():
                continue
            if part.name.endswith((".inprogress", ".pending")):
                self.assertTrue(unfinished, part.name)
                continue
            with open(part, newline="") as file:
                for key, count in csv.reader(file):
                    seen[int(key)].append(int(count))
        self.assertEqual(set(seen), set(range(keys)))
        for key, counts in seen.items():
            self.assertEqual(sorted(counts), list(range(1, records // keys + 1)), f"key {key}")


def main():
    unittest.main(argv=[sys.argv[0], *[a for a in sys.argv[3:] if "/" not in a]], verbosity=2)
