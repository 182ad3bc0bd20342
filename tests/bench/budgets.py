# SPDX-License-Identifier: Apache-2.0
"""The rows of the budget table that apply so far. Each function answers a row of bench.json."""
import os
import re
import select
import shutil
import signal
import statistics
import subprocess
import time

import measure
import where

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORD_COUNT = os.path.join(ROOT, "jobs/word_count/word_count.cpp")
RESTART = ["-Drestart-strategy.type=fixed-delay", "-Drestart-strategy.fixed-delay.attempts=100",
           "-Drestart-strategy.fixed-delay.delay=100ms"]


def row(bench, name, value, unit, budget, explain):
    """explain: asked only when the budget is missed, for lines that say where it went."""
    if value > budget:
        bench.explain(name, explain())
    return {"name": name, "value": round(value, 3 if unit == "s" else 1), "unit": unit,
            "budget": budget}


def seconds_of(command, cwd):
    began = time.monotonic()
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def changed_word_count(bench, turn):
    """A copy that differs from every copy before, so that nothing about it is cached."""
    folder = os.path.join(bench.work, "latency")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "word_count.cpp")
    with open(WORD_COUNT, encoding="utf-8") as handle:
        text = handle.read()
    with open(path, "w", encoding="utf-8") as handle:
        handle.write(f"{text}\nint unlike_others_{time.time_ns()}_{turn} = {turn};\n")
    return path, folder


def build_word_count(bench, name):
    times = []
    for turn in range(bench.repeat + 1):
        path, folder = changed_word_count(bench, turn)
        times.append(seconds_of([bench.flinkc, "build", "--release", path, "-o", "wc"], folder))
    path, folder = changed_word_count(bench, bench.repeat + 1)
    return row(bench, name, statistics.median(times[1:]), "s", 3,  # the first one fills the caches
               lambda: where.phases(bench, [bench.flinkc, "build", "--release", path, "-o",
                                            os.path.join(folder, "wc")]))


def rebuild_unchanged(bench, name):
    path, folder = changed_word_count(bench, 0)
    command = [bench.flinkc, "build", "--release", path, "-o", "wc"]
    seconds_of(command, folder)
    times = [seconds_of(command, folder) for _ in range(bench.repeat)]
    return row(bench, name, 1000 * statistics.median(times), "ms", 50,
               lambda: where.profile(bench, [bench.flinkc, "build", "--release", path, "-o",
                                             os.path.join(folder, "wc")]))


def check(bench, name):
    times = []
    for turn in range(bench.repeat + 1):
        path, folder = changed_word_count(bench, turn)
        times.append(seconds_of([bench.flinkc, "check", path], folder))
    path, _ = changed_word_count(bench, bench.repeat + 1)
    return row(bench, name, statistics.median(times[1:]), "s", 2,
               lambda: where.phases(bench, [bench.flinkc, "check", path]))


def header(bench, name):
    path = os.path.join(bench.work, "header.cpp")
    with open(path, "w", encoding="utf-8") as handle:
        handle.write("#include <flink/flink.h>\n")
    headers = os.path.join(bench.root, "core/include")
    command = ["g++", "-std=c++20", "-O2", "-c", "-I", headers, path, "-o", path + ".o"]
    times = [seconds_of(command, bench.work) for _ in range(bench.repeat)]
    return row(bench, name, statistics.median(times), "s", 1,
               lambda: where.compiler_phases(bench, command))


class Ticker:
    """A running job that prints numbers, in two TaskManager processes."""

    def __init__(self, bench, rate, *flags):
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [os.path.join(bench.work, "ticker"), "--taskmanagers", "2", "--slots", "1", "-p", "2",
             *flags, "--", "--rate", str(rate)],
            cwd=bench.work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = b""

    def wait_for(self, pattern, seconds=30):
        """Until a line matches; answers when that was."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if re.search(pattern, self.text, re.M):
                return time.monotonic()
            select.select([self.process.stdout], [], [], 0.5)
            data = self.process.stdout.read()
            if data == b"":
                break
            self.text += data or b""
        raise measure.Failed(f"the ticker printed no line like {pattern.decode()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        measure.reap_orphans()


def start(bench, name):
    bench.job("ticker")
    times = []
    for _ in range(bench.repeat * 2):
        with Ticker(bench, 1000) as ticker:
            times.append(ticker.wait_for(rb"\d\n") - ticker.began)
    return row(bench, name, 1000 * statistics.median(times), "ms", 50,
               lambda: where.timeline(bench, "ticker", ticker.process.pid)[:where.LINES_MAX])


def idle(bench, name):
    bench.job("ticker")
    with Ticker(bench, 1) as ticker:
        ticker.wait_for(rb"\d\n")
        time.sleep(2)
        pids = measure.descendants(ticker.process.pid)
        sizes = [measure.memory_kb(pid, "VmRSS") / 1024 for pid in pids]
        details = where.memory(pids)
    return row(bench, name, max(sizes), "MB", 20, lambda: details)


def executable(bench, name):
    path = bench.job("word_count", WORD_COUNT)
    stripped = path + ".stripped"
    shutil.copy(path, stripped)
    subprocess.run(["strip", stripped], check=True)
    size = os.path.getsize(stripped) / 1e6
    os.remove(stripped)
    return row(bench, name, size, "MB", 12, lambda: where.sections(bench, path))


def failover(bench, name):
    """From kill -9 of a TaskManager until the restarted job prints its first number again."""
    bench.job("ticker")
    times = []
    for _ in range(bench.repeat):
        with Ticker(bench, 1000, *RESTART) as ticker:
            first = rb"^(\d+> )?0$"
            ticker.wait_for(first)
            time.sleep(0.5)
            workers = [pid for pid in measure.descendants(ticker.process.pid)
                       if is_taskmanager(pid)]
            if not workers:
                raise measure.Failed("the ticker has no TaskManager process")
            ticker.text += ticker.process.stdout.read() or b""
            ticker.text = ticker.text.rpartition(b"\n")[2]
            os.kill(workers[0], signal.SIGKILL)
            killed = time.monotonic()
            times.append(ticker.wait_for(first) - killed)
    # The last run; its job was stopped right after.
    return row(bench, name, 1000 * statistics.median(times), "ms", 1000,
               lambda: where.timeline(bench, "ticker", ticker.process.pid))


def is_taskmanager(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as handle:
            return b"taskmanager" in handle.read().split(b"\0")[1:3]
    except OSError:
        return False


ALL = [
    ("build_word_count_s", build_word_count),
    ("rebuild_unchanged_ms", rebuild_unchanged),
    ("check_s", check),
    ("header_s", header),
    ("start_to_first_record_ms", start),
    ("idle_rss_mb", idle),
    ("executable_mb", executable),
    ("failover_ms", failover),
]
