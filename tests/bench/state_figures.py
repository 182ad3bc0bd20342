# SPDX-License-Identifier: Apache-2.0
"""The figures of state and checkpoints: one job (jobs/keyed_state.cpp) in several situations, and
one of each kind of state (jobs/state_kinds.cpp), at p = 2. Each function answers a row of
bench.json."""
import glob
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import time
import urllib.request

import measure

FLAGS = ["--taskmanagers", "2", "--slots", "1", "-p", "2"]
MEMORY = ["-Dtaskmanager.memory.process.size=6g"]
GIGABYTE_KEYS = 7_000_000  # rows of about 140 bytes
KINDS = ("value", "list", "map", "reducing", "aggregating")
KIND_BUDGET_KB = 64 * 1024  # of each TaskManager


def row(name, value, unit, budget):
    return {"name": name, "value": round(value, 3), "unit": unit, "budget": budget}


class Job:
    """A running keyed_state (or another program of ours), asked through REST."""

    def __init__(self, bench, arguments, options=(), flags=(), program="keyed_state"):
        self.folder = os.path.join(bench.work, "state")
        self.checkpoints = os.path.join(self.folder, "checkpoints")
        os.makedirs(self.folder, exist_ok=True)
        self.report = os.path.join(self.folder, "report")
        self.first = os.path.join(self.folder, "first")
        for file in glob.glob(self.report + ".*") + glob.glob(self.first + ".*"):
            os.remove(file)
        listed = [part for key, value in arguments.items() for part in (f"--{key}", str(value))]
        command = [bench.job(program), *FLAGS, *MEMORY, *options, *flags, "--", *listed,
                   "--report", self.report, "--first", self.first]
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.messages = []
        self.url = self.id = None

    def __enter__(self):
        for line in self.process.stderr:
            text = line.decode(errors="replace")
            self.messages.append(text)
            if found := re.search(r"JobID ([0-9a-f]{32})", text):
                self.id = found.group(1)
            if found := re.search(r"http://\S+:\d+", text):
                self.url = found.group(0)
                return self
        raise measure.Failed("keyed_state did not start:\n" + "".join(self.messages))

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        measure.reap_orphans()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def wait(self, what, condition, seconds=180):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if (value := condition()) is not None:
                return value
            time.sleep(0.005)
        raise measure.Failed(f"keyed_state: {what} did not happen:\n" +
                             "".join(self.messages[-5:]))

    def records_in(self):
        vertices = self.get(f"/jobs/{self.id}")["vertices"]
        return max(vertex["metrics"]["read-records"] for vertex in vertices)

    def completed(self):
        history = self.get(f"/jobs/{self.id}/checkpoints")["history"]
        return [entry for entry in history if entry["status"] == "COMPLETED"]

    def finish(self):
        """Until it ends by itself; what its subtasks have reported."""
        _, rest = self.process.communicate()
        if self.process.returncode != 0:
            raise measure.Failed("keyed_state: " + rest.decode(errors="replace")[-2000:])
        return self.reports()

    def reports(self):
        found = []
        for path in glob.glob(self.report + ".*"):
            with open(path, encoding="utf-8") as handle:
                found.append(json.load(handle))
        return found


def checkpointing(job_folder, interval="1s"):
    return [f"-Dexecution.checkpointing.dir={job_folder}",
            f"-Dexecution.checkpointing.interval={interval}"]


def fresh(bench, name):
    folder = os.path.join(bench.work, "state", name)
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def gigabyte(bench, hot_share, checkpoints):
    """1 GB of state, of which that share changes between two checkpoints: the checkpoints that
    began after the fill, and what the subtasks report."""
    keys = GIGABYTE_KEYS // bench.scale
    folder = fresh(bench, "checkpoints")
    with Job(bench, {"keys": keys, "hot": int(keys * hot_share), "records": 10**12},
             checkpointing(folder)) as job:
        job.wait("the fill", lambda: True if job.records_in() >= 1.2 * keys else None)
        filled = max((entry["id"] for entry in job.completed()), default=0)
        # The first two after the fill still hold rows of the fill.
        def enough():
            later = [e for e in job.completed() if e["id"] > filled + 2]
            return later if len(later) >= min(checkpoints, 8) else None
        entries = job.wait("enough checkpoints", enough)
        time.sleep(max(0, checkpoints - len(entries)))
    shutil.rmtree(folder, ignore_errors=True)
    return entries, job.reports()


def checkpoint_time(bench, name, share, budget):
    entries, _ = gigabyte(bench, share, 8)
    return row(name, statistics.median(e["end_to_end_duration"] for e in entries) / 1000, "s",
               budget)


def barrier_stall(bench, name):
    _, reports = gigabyte(bench, 0.01, 30)
    stalls = sorted(stall for report in reports for stall in report["stalls"])
    if not stalls:
        raise measure.Failed("no barrier reached the accounts")
    bench.details[name] = {"p50": statistics.median(stalls), "max": stalls[-1],
                           "count": len(stalls)}
    return row(name, stalls[min(len(stalls) - 1, int(len(stalls) * 0.99))], "ms", 1)


def rate(bench, keys, records, options, program="keyed_state", **arguments):
    with Job(bench, {"keys": keys, "records": records, **arguments}, options,
             program=program) as job:
        reports = job.finish()
    return sum(report["updates"] for report in reports) / max(r["seconds"] for r in reports)


def checkpoint_overhead(bench, name):
    """Throughput with a checkpoint every second over that without, interleaved."""
    keys, records = 1_000_000 // bench.scale, 120_000_000 // bench.scale
    ratios = []
    for _ in range(max(3, bench.repeat // 2)):
        without = rate(bench, keys, records, [])
        ratios.append(rate(bench, keys, records, checkpointing(fresh(bench, "checkpoints"))) /
                      without)
    return row(name, statistics.median(ratios), "ratio", None)


def restore(bench, name):
    """From exec of a job that restores 10 M keys from a savepoint until both subtasks have
    processed a record, less the same without a savepoint."""
    keys = 10_000_000 // bench.scale
    target = fresh(bench, "savepoints")
    arguments = {"keys": keys, "hot": 1000, "records": 10**12}
    with Job(bench, arguments) as job:
        job.wait("the fill", lambda: True if job.records_in() >= 1.1 * keys else None)
        subprocess.run([os.path.join(bench.build, "bin/flinkctl"), "stop", job.id,
                        "--savepoint-path", target, "--jobmanager",
                        job.url.removeprefix("http://")], check=True, stdout=subprocess.DEVNULL)
        job.process.communicate()
    (savepoint,) = glob.glob(os.path.join(target, "savepoint-*"))

    def seconds(options):
        with Job(bench, arguments, options) as job:
            job.wait("the first records",
                     lambda: True if len(glob.glob(job.first + ".*")) == 2 else None)
            return time.monotonic() - job.began
    times = [seconds(["--from-savepoint", savepoint]) - seconds([]) for _ in range(3)]
    shutil.rmtree(target)
    return row(name, statistics.median(times), "s", 2)


def failover_state(bench, name):
    """1 GB of state: from kill -9 of a TaskManager until every task is RUNNING again."""
    keys = GIGABYTE_KEYS // bench.scale
    folder = fresh(bench, "checkpoints")
    options = checkpointing(folder) + ["-Drestart-strategy.type=fixed-delay",
                                       "-Drestart-strategy.fixed-delay.attempts=100",
                                       "-Drestart-strategy.fixed-delay.delay=100ms"]
    times = []
    with Job(bench, {"keys": keys, "hot": keys // 100, "records": 10**12}, options) as job:
        job.wait("the fill", lambda: True if job.records_in() >= 1.2 * keys else None)

        def attempts():
            details = job.get(f"/jobs/{job.id}")
            states = {}
            for vertex in details["vertices"]:
                answer = job.get(f"/jobs/{job.id}/vertices/{vertex['id']}")
                for subtask in answer["subtasks"]:
                    states[vertex["id"], subtask["subtask"]] = (subtask["attempt"],
                                                                subtask["status"])
            return details["state"], states
        for _ in range(3):
            newest = max((entry["id"] for entry in job.completed()), default=0)
            job.wait("a checkpoint",
                     lambda: True if job.completed() and job.completed()[0]["id"] > newest + 1
                     else None)
            before = attempts()[1]
            def role(pid):
                with open(f"/proc/{pid}/cmdline", "rb") as handle:
                    return handle.read().split(b"\0")[1]
            victims = [pid for pid in measure.descendants(job.process.pid)
                       if role(pid) == b"taskmanager"]
            os.kill(victims[0], signal.SIGKILL)
            killed = time.monotonic()

            def again():
                state, now = attempts()
                fresh_ones = all(now[key][0] > before[key][0] and now[key][1] == "RUNNING"
                                 for key in before)
                return True if state == "RUNNING" and fresh_ones else None
            job.wait("running again", again)
            times.append(time.monotonic() - killed)
    shutil.rmtree(folder, ignore_errors=True)
    return row(name, 1000 * statistics.median(times), "ms", 1000)


def state_10x(bench, name):
    """Throughput of updates all over a state ten times the memory budget, over that of the same
    job with state that fits."""
    keys, records = 3_000_000 // bench.scale, 9_000_000 // bench.scale
    bytes_of_state = keys * 200

    def with_memory(size):
        return rate(bench, keys, records, checkpointing(fresh(bench, "checkpoints")) +
                    [f"-Dtaskmanager.memory.managed.size={size // 1024}kb"])
    small = with_memory(bytes_of_state // 2 // 10)  # each TaskManager has half of the keys
    large = with_memory(bytes_of_state * 2)
    bench.details[name] = {"updates_per_s_small": small, "updates_per_s_large": large}
    return row(name, small / large, "ratio", None)


def kind_10m(bench, name, kind):
    """Changes of that kind of state a second, all over 10 M keys, about ten times the budget."""
    keys = 10_000_000 // bench.scale
    options = [f"-Dtaskmanager.memory.managed.size={KIND_BUDGET_KB // bench.scale}kb"]
    changes = rate(bench, keys, keys + keys // 2, options, program="state_kinds", kind=kind)
    return row(name, changes, "records/s", None)


ALL = [
    ("barrier_stall_p99_ms", barrier_stall),
    ("checkpoint_1pct_s", lambda bench, name: checkpoint_time(bench, name, 0.01, 0.5)),
    ("checkpoint_20pct_s", lambda bench, name: checkpoint_time(bench, name, 0.2, None)),
    ("checkpoint_overhead_ratio", checkpoint_overhead),
    ("restore_10m_s", restore),
    ("failover_state_ms", failover_state),
    ("state_10x_ratio", state_10x),
    *((f"{kind}_state_10m", lambda bench, name, kind=kind: kind_10m(bench, name, kind))
      for kind in KINDS),
]
