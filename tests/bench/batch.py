#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Jobs in BATCH whose data does not fit memory: they finish, and are right.

batch.py BUILD group_by|join [--keys N] [--records N] [--memory 1g] [--kill] [-D KEY=VALUE]...
Prints wall time, CPU time, the peak memory of a TaskManager, bytes spilled by sorts, and what the
job printed. --kill: a TaskManager dies by SIGKILL as soon as something was spilled.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))


def build_job(build, name):
    source = os.path.join(HERE, "jobs", name + ".cpp")
    out = os.path.join(tempfile.gettempdir(), f"flinkc-bench-{os.getuid()}-{name}")
    subprocess.run([os.path.join(build, "bin", "flinkc"), "build", source, "-o", out], check=True)
    return out


def children_of(parent):
    with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def peak_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        found = re.search(r"VmHWM:\s+(\d+)", file.read())
    return int(found.group(1)) if found else 0


class Watch:
    """Looks at the processes and at REST while the job runs."""

    def __init__(self, process, kill):
        self.process, self.kill = process, kill
        self.peak = self.spilled = 0
        self.killed = False
        self.url = self.job = None

    def hear(self, line):
        if found := re.search(r"JobID ([0-9a-f]{32})", line):
            self.job = found.group(1)
        if found := re.search(r"http://\S+:\d+", line):
            self.url = found.group(0)

    def ask(self, path):
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return json.load(answer)

    def look(self):
        taskmanagers = children_of(self.process.pid)
        self.peak = max([self.peak] + [peak_kib(pid) for pid in taskmanagers])
        if self.url is None or self.job is None:
            return
        spilled = 0
        for vertex in self.ask(f"/jobs/{self.job}")["vertices"]:
            metrics = f"/jobs/{self.job}/vertices/{vertex['id']}/subtasks/metrics"
            names = [m["id"] for m in self.ask(metrics) if m["id"].endswith("numBytesSpilled")]
            if names:
                listed = urllib.parse.quote(",".join(names))
                sums = self.ask(f"{metrics}?get={listed}&agg=sum")
                spilled += sum(float(m["sum"]) for m in sums)
        self.spilled = max(self.spilled, spilled)
        if self.kill and not self.killed and spilled > 0 and taskmanagers:
            os.kill(taskmanagers[0], signal.SIGKILL)
            self.killed = True

    def run(self):
        while self.process.poll() is None:
            try:
                self.look()
            except (OSError, KeyError, ValueError):
                pass  # a process that has just ended, or REST before the job is there
            time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("what", choices=["group_by", "join"])
    parser.add_argument("--keys", type=int, default=200_000_000)
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--records", type=int, default=20_000_000)
    parser.add_argument("--memory", default="1g", help="of a TaskManager")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("-D", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    if options.what == "group_by":
        arguments = ["--keys", options.keys, "--times", options.times]
        wanted = f"{options.keys},{options.keys * options.times}"
    else:
        arguments = ["--records", options.records]
        wanted = f"{options.records},0"
    job = build_job(options.build, "group_by" if options.what == "group_by" else "batch_join")
    if options.kill:
        options.settings += ["restart-strategy.type=fixed-delay",
                             "restart-strategy.fixed-delay.attempts=3"]
    command = [job, "--batch", "--taskmanagers", "2", "--slots", "1", "-p", "2",
               f"-Dtaskmanager.memory.process.size={options.memory}",
               *[f"-D{setting}" for setting in options.settings], "--",
               *[str(a) for a in arguments]]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            watch = Watch(process, options.kill)
            messages = []

            def read():
                for line in process.stderr:
                    messages.append(line)
                    watch.hear(line)

            readers = [threading.Thread(target=read), threading.Thread(target=watch.run)]
            for reader in readers:
                reader.start()
            printed = process.stdout.read()
            process.wait()
            for reader in readers:
                reader.join()
    seconds = time.monotonic() - began
    used = os.times()
    print(json.dumps({"job": options.what, "wall_s": round(seconds, 1),
                      "cpu_s": round(used.children_user + used.children_system, 1),
                      "peak_mib_of_a_taskmanager": round(watch.peak / 1024),
                      "spilled_mib": round(watch.spilled / 2**20),
                      "killed": watch.killed, "result": printed.strip()}))
    numbers = ",".join(re.findall(r"\d+", printed.strip().split("\n")[-1])[-2:])
    if process.returncode != 0 or numbers != wanted:
        sys.stderr.write("".join(messages[-30:]))
        sys.exit(f"expected a result that ends in {wanted}")


if __name__ == "__main__":
    main()
