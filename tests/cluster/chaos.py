#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real processes under kill -9 and SIGSTOP: chaos.py [--seconds N] [--seed S] JOB...

Each job runs once undisturbed, as fast as it can, and once at a rate that makes it last, while
random processes of it are killed or stopped every second or so. What it has committed in the end
must be the same multiset of lines. Jobs take --records, --rate and --output; their output must not
depend on timing. All jobs are disturbed at the same time. Nothing but the chaos itself sleeps.
"""
import argparse
import collections
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

sys.argv, ARGUMENTS = sys.argv[:1], sys.argv[1:]
from cluster import Job  # noqa: E402

RATE = 400          # records a second
HEALING = 60        # seconds for the job to end once nobody disturbs it any more
OPTIONS = [
    "--taskmanagers", "2", "--slots", "2", "-p", "4",
    "-Drestart-strategy.type=fixed-delay",
    "-Drestart-strategy.fixed-delay.attempts=1000000",
    "-Drestart-strategy.fixed-delay.delay=50ms",
    "-Dheartbeat.interval=200ms", "-Dheartbeat.timeout=2s",
]


def lines_of(directory):
    """The multiset of committed lines. Hidden and in-progress files are not committed."""
    lines = collections.Counter()
    for part in pathlib.Path(directory).rglob("*"):
        if part.is_file() and not part.name.startswith((".", "_")):
            if part.name.endswith((".inprogress", ".pending")):
                continue
            lines.update(part.read_text().splitlines())
    return lines


class Chaos:
    """One job and what is done to it."""

    def __init__(self, program, seconds, seed):
        self.program = os.path.abspath(program)
        self.name = os.path.basename(program)
        self.seconds = seconds
        self.random = random.Random(f"{seed} {self.name}")
        self.directory = tempfile.mkdtemp(prefix="flinkc-chaos-")
        self.job_id = f"{self.random.getrandbits(128):032x}"
        self.counts = collections.Counter()
        self.problem = None

    def path(self, name):
        return os.path.join(self.directory, name)

    def start(self, output, *options, rate):
        # A little less than the chaos lasts, so that it ends soon after.
        records = int(self.seconds * RATE * 0.8) // 120 * 120
        return Job(self.directory, *OPTIONS, *options, "--", "--records", str(records), "--rate",
                   str(rate), "--output", self.path(output), program=self.program)

    def run(self):
        try:
            self.measure()
            self.disturb()
            self.compare()
        except AssertionError as problem:
            self.problem = str(problem)

    def measure(self):
        job = self.start("expected", rate=0)
        try:
            assert job.wait(120) == 0, job.messages()
        finally:
            job.kill()
        self.expected = lines_of(self.path("expected"))
        assert self.expected, "the undisturbed run wrote nothing"

    def disturb(self):
        """Blows for a while; whenever the JobManager is gone it is started again, as a supervisor
        does. Then it has to end by itself."""
        job = self.start_again()
        end = time.monotonic() + self.seconds
        try:
            while True:
                code = job.process.poll()
                if code == 0:
                    return
                if code is not None:
                    self.counts["JobManager started again"] += 1
                    said = job.messages()
                    job.kill()
                    killed = code == -signal.SIGKILL
                    assert killed or self.counts["JobManager started again"] < 50, (
                        f"exit code {code}:\n{said[-4000:]}")
                    job = self.start_again()
                elif time.monotonic() < end:
                    self.look(job)
                    time.sleep(self.random.choice([0.05, 0.3, 1, 2, 3]) * self.random.random() * 2)
                    self.strike(job)
                else:
                    assert time.monotonic() < end + HEALING + self.seconds, (
                        f"no end {HEALING + self.seconds} s after the last blow:\n"
                        f"{job.messages()[-4000:]}")
                    time.sleep(0.05)
        finally:
            job.kill()

    def start_again(self):
        return self.start(
            "out", "--recover", "--job-id", self.job_id,
            "-Dexecution.checkpointing.interval=300ms",
            f"-Dexecution.checkpointing.dir={self.path('checkpoints')}", rate=RATE)

    def look(self, job):
        """Notes how far the job has come: its newest checkpoint, as the files say."""
        root = pathlib.Path(self.path("checkpoints")) / self.job_id
        numbers = [int(p.name[4:]) for p in root.glob("chk-*") if p.name[4:].isdigit()]
        self.counts["checkpoints begun"] = max([self.counts["checkpoints begun"], *numbers])

    def strike(self, job):
        victims = job.taskmanagers()
        if not victims or job.process.poll() is not None:
            return
        victim = self.random.choice(victims)
        if self.random.random() < 0.15:
            os.kill(job.pid, signal.SIGKILL)
            self.counts["kill -9 of the JobManager"] += 1
            job.process.wait()
            return
        try:
            if self.random.random() < 0.6:
                os.kill(victim, signal.SIGKILL)
                self.counts["kill -9 of a TaskManager"] += 1
                return
            # Now and then for longer than the heartbeat timeout.
            os.kill(victim, signal.SIGSTOP)
            self.counts["SIGSTOP"] += 1
            time.sleep(self.random.choice([0.05, 0.3, 1.5, 4]) * self.random.random())
            os.kill(victim, signal.SIGCONT)
        except ProcessLookupError:
            pass  # it has ended meanwhile

    def compare(self):
        actual = lines_of(self.path("out"))
        # A run at full speed ends before these are due: each once will do.
        timed = {line: count for line, count in actual.items()
                 if line.startswith("processing time,")}
        assert all(count == 1 for count in timed.values()), f"a timer fired twice: {timed}"
        for line in timed:
            del actual[line], self.expected[line]
        missing, extra = self.expected - actual, actual - self.expected
        assert not missing and not extra, (
            f"{sum(missing.values())} lines are missing, {sum(extra.values())} too many: "
            f"{list(missing.items())[:3]} {list(extra.items())[:3]}")
        if self.counts["kill -9 of the JobManager"] > 0:
            return  # its TaskManagers may write a moment longer than the next one cleans up
        left = [str(p) for p in pathlib.Path(self.path("out")).rglob("*")
                if p.name.endswith((".inprogress", ".pending"))]
        assert not left, f"left behind: {left[:3]}"

    def report(self):
        what = ", ".join(f"{count} x {name}" for name, count in sorted(self.counts.items()))
        state = (f"FAILED: {self.problem}" if self.problem else
                 f"{sum(self.expected.values())} lines, each exactly once")
        print(f"{self.name}: {what}: {state}")
        if self.problem:
            print(f"  its files are kept in {self.directory}")
        else:
            shutil.rmtree(self.directory)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=50)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("jobs", nargs="+")
    arguments = parser.parse_args(ARGUMENTS)
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"chaos: seed {seed}, {arguments.seconds:.0f} s", flush=True)
    all_chaos = [Chaos(job, arguments.seconds, seed) for job in arguments.jobs]
    threads = [threading.Thread(target=chaos.run) for chaos in all_chaos]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for chaos in all_chaos:
        chaos.report()
    return 1 if any(chaos.problem for chaos in all_chaos) else 0


if __name__ == "__main__":
    sys.exit(main())
