#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A job with every kind of state, its TaskManagers killed again and again: its committed output and
its final state must be those of an undisturbed run.

state_survives.py FLINKCTL JOB WORK_DIRECTORY [--keys N] [--records N] [--rate N] [--kills N]
                  [--apart SECONDS] [--memory SIZE] [--seed N]

JOB is every_state_job.cpp. Both runs end with `flinkctl stop`: their closing savepoints are
compared with `flinkctl state diff`, their outputs as sorted lines.
"""
import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import own_jobs

SECONDS_MAX = 1800


def fail(message):
    sys.exit(f"state_survives: {message}")


class Run:
    def __init__(self, arguments, name, options):
        self.arguments = arguments
        self.folder = os.path.join(arguments.work, name)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.log = os.path.join(self.folder, "messages")
        command = [os.path.abspath(arguments.job), "--taskmanagers", "2", "--slots", "1", "-p", "2",
                   f"-Dtaskmanager.memory.process.size={arguments.memory}", *options,
                   "--", "--keys", str(arguments.keys), "--records", str(arguments.records),
                   "--rate", str(arguments.rate), "--linger", "true", "--output", "out"]
        with open(self.log, "wb") as messages:
            self.process = own_jobs.start(command, cwd=self.folder, stdin=subprocess.DEVNULL,
                                          stdout=messages, stderr=messages)
        self.deadline = time.monotonic() + SECONDS_MAX
        self.id = self.until("its job id", lambda: self.said(r"JobID ([0-9a-f]{32})"))
        self.url = self.until("its REST address", lambda: self.said(r"(http://\S+:\d+)"))

    def said(self, pattern):
        with open(self.log, encoding="utf-8", errors="replace") as messages:
            found = re.search(pattern, messages.read())
        return found.group(1) if found else None

    def until(self, what, condition):
        while time.monotonic() < self.deadline:
            value = condition()
            if value:
                return value
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        with open(self.log, encoding="utf-8", errors="replace") as messages:
            fail(f"{what} did not come; the job's last messages:\n{messages.read()[-3000:]}")

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def status_of(self, vertex):
        job = self.get(f"/jobs/{self.id}")
        return next(v["status"] for v in job["vertices"] if vertex in v["name"])

    def taskmanagers(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
                  encoding="ascii") as children:
            return [int(pid) for pid in children.read().split()]

    def kill_some(self, chance, kills, apart):
        """Kills TaskManagers at random moments, about so many seconds apart; answers how many."""
        killed = 0
        while killed < kills and self.status_of("readings") != "FINISHED":
            time.sleep(chance.uniform(0.2, 1.8) * apart)
            pids = self.taskmanagers()
            if pids:
                os.kill(chance.choice(pids), signal.SIGKILL)
                killed += 1
        return killed

    def stop(self):
        """The path of the closing savepoint."""
        self.until("the end of its records", lambda: self.status_of("readings") == "FINISHED" and
                   self.get(f"/jobs/{self.id}")["state"] == "RUNNING")
        target = os.path.join(self.folder, "savepoints")
        subprocess.run([self.arguments.flinkctl, "stop", "--savepoint-path", target, self.id,
                        "--jobmanager", self.url.removeprefix("http://")], check=True,
                       stdout=subprocess.DEVNULL)
        if self.process.wait(60) != 0:
            fail(f"the stopped job ended with {self.process.returncode}, see {self.log}")
        (savepoint,) = os.listdir(target)
        return os.path.join(target, savepoint)

    def output(self):
        folder = os.path.join(self.folder, "out")
        unfinished = [f for f in os.listdir(folder) if f.endswith((".inprogress", ".pending"))]
        if unfinished:
            fail(f"{self.folder}: parts were left behind: {unfinished[:3]}")
        command = f"cat '{folder}'/* | LC_ALL=C sort -S 25% | tee >(wc -l >&2) | md5sum"
        done = subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True)
        return done.stderr.strip() + " lines, " + done.stdout.split()[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flinkctl", type=os.path.abspath)
    parser.add_argument("job")
    parser.add_argument("work", type=os.path.abspath)
    parser.add_argument("--keys", type=int, default=20_000)
    parser.add_argument("--records", type=int, default=1_600_000)
    parser.add_argument("--rate", type=int, default=160_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--apart", type=float, default=1.4, metavar="SECONDS",
                        help="between two kills, on average")
    parser.add_argument("--memory", default="1728m", metavar="SIZE", help="of a TaskManager")
    parser.add_argument("--interval", default="1s")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("options", nargs="*", help="more options of the job that is killed")
    arguments = parser.parse_args()
    local = arguments.seed % 2 == 1
    print(f"seed {arguments.seed}" + (", with local recovery" if local else ""))
    began = time.monotonic()
    undisturbed = Run(arguments, "undisturbed", [])
    expected_state = undisturbed.stop()
    print(f"undisturbed: {time.monotonic() - began:.0f} s")
    began = time.monotonic()
    disturbed = Run(arguments, "killed", [
        "-Drestart-strategy.type=fixed-delay", "-Drestart-strategy.fixed-delay.attempts=1000",
        "-Drestart-strategy.fixed-delay.delay=100ms",
        f"-Dexecution.checkpointing.interval={arguments.interval}",
        "-Dexecution.checkpointing.local-backup.enabled=" + ("true" if local else "false"),
        f"-Dexecution.checkpointing.dir={arguments.work}/killed/checkpoints", *arguments.options])
    killed = disturbed.kill_some(random.Random(arguments.seed), arguments.kills, arguments.apart)
    state = disturbed.stop()
    print(f"killed {killed} times: {time.monotonic() - began:.0f} s")
    if killed == 0:
        fail("nothing was killed: more records, or a lower rate")
    expected, actual = undisturbed.output(), disturbed.output()
    print(f"output: {expected}\n        {actual}")
    if expected != actual:
        fail(f"the outputs differ: compare {arguments.work}/undisturbed/out and …/killed/out")
    diff = subprocess.run([arguments.flinkctl, "state", "diff", expected_state, state], check=False,
                          capture_output=True, text=True)
    print(diff.stdout[-2000:] + diff.stderr[-2000:], end="")
    if diff.returncode != 0:
        fail(f"the states differ (exit code {diff.returncode})")
    print("the same output and the same state")


if __name__ == "__main__":
    main()
