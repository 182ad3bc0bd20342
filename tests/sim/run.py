#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Simulates jobs for many seeds.

run.py --build DIR [--hours H] [--seeds N] [--seed FIRST] [--minutes M]
       [--write-docs docs/simulation.md] [JOB...]

H simulated hours and N seeds at least, shared among the jobs; with --minutes, no new seeds begin
after so many real minutes. Prints what failed with the command that replays it, and the sums:
seeds, simulated hours, faults by class. Uses all cores; its figures do not depend on their number.
"""
import argparse
import collections
import concurrent.futures
import os
import re
import subprocess
import sys
import time

# What each job is called with, and how many of 100 simulated hours are its share.
JOBS = {
    "words": (["-p", "4"], ["--records", "7200", "--rate", "10", "--output", "/simulated/out"], 48),
    "state": (["-p", "4"], ["--records", "7200", "--rate", "10", "--output", "/simulated/out"], 50),
    "diamond": (["-p", "4", "--taskmanagers", "3"], ["--output", "/simulated/out"], 2),
    "windows": ([], ["--rate", "10", "--output", "/simulated/out"], 4),
    "joins": ([], ["--rate", "10", "--output", "/simulated/out"], 4),
}
# Those whose stream, windows, bounds and patterns are drawn, too, each beside its oracle.
DRAWN = ("windows", "joins")


def seeds_of(job):
    """How many a process runs, one of them twice."""
    return 5 if job in DRAWN else 20


def batch(options, job, first):
    """Runs the seeds of one process from `first` on; gives what it printed."""
    program = os.path.join(options.build, "test-bin", f"simulate_{job}")
    before, after, _ = JOBS[job]
    if job in DRAWN:
        before, after = ["-p", str(1 + first % 4)], [*after, "--data", str(first)]
    command = [program, "--seed", str(first), "--seeds", str(seeds_of(job)), *before, "--", *after]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return job, done.returncode, done.stdout, done.stderr, command


class Sums:
    def __init__(self):
        self.seeds = collections.Counter()
        self.failed = []
        self.hours = collections.Counter()
        self.actions = 0
        self.twice = 0
        self.faults = collections.Counter()
        self.numbers = collections.Counter()
        self.slowest = 0.0

    def add(self, result):
        job, code, out, err, command = result
        totals = re.search(r"^(\d+) seeds, (\d+) failed; ([\d.]+) simulated hours, (\d+) actions, "
                           r"(.*)$", out, re.M)
        if not totals:
            last_words = [line for line in err.splitlines()
                          if line.startswith(("seed", "replay", "flinkc"))]
            self.failed.append((job, "\n".join(last_words) or
                                f"exit code {code}: {' '.join(command)}\n{err}"))
            return
        self.seeds[job] += int(totals[1])
        self.hours[job] += float(totals[3])
        self.actions += int(totals[4])
        for count, what in re.findall(r"(\d+) ([A-Za-z]+(?: [a-z]+)*)", totals[5]):
            self.numbers[what] += int(count)
        faults = re.search(r"^\d+ faults: .*$", out, re.M)[0]
        for count, what in re.findall(r"(\d+) x ([^,;]+)", faults):
            self.faults[what] += int(count)
        self.twice += int(re.search(r"^(\d+) seeds run twice", out, re.M)[1])
        self.slowest = max(self.slowest, float(re.search(r"had healed: ([\d.]+) s", out)[1]))
        for seed in re.findall(r"^seed (\d+) FAILED: .*$", out, re.M):
            said = [line for line in out.splitlines()
                    if f"seed {seed}" in line or f"--seed {seed} " in line]
            self.failed.append((job, "\n".join(said)))

    def total_hours(self):
        return sum(self.hours.values())

    def total_seeds(self):
        return sum(self.seeds.values())


def simulate(options):
    sums = Sums()
    began = time.monotonic()
    shares = sum(JOBS[job][2] for job in options.jobs)
    next_seed = {job: options.seed for job in options.jobs}
    pending = set()

    def enough():
        late = options.minutes and time.monotonic() - began > options.minutes * 60
        return late or (sums.total_hours() >= options.hours and sums.total_seeds() >= options.seeds)

    def behind():
        """The job that is furthest from its share, with what is under way."""
        return min(options.jobs, key=lambda j: (next_seed[j] - options.seed) * mean_hours(sums, j)
                   / (JOBS[j][2] / shares))

    with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
        while pending or not enough():
            while len(pending) < options.workers and not enough():
                job = behind()
                pending.add(pool.submit(batch, options, job, next_seed[job]))
                next_seed[job] += seeds_of(job)
            done, pending = concurrent.futures.wait(
                pending, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                failures = len(sums.failed)
                sums.add(future.result())
                for job, said in sums.failed[failures:]:
                    print(f"{job}: {said}", flush=True)
    sums.seconds = time.monotonic() - began
    return sums


def mean_hours(sums, job):
    return sums.hours[job] / sums.seeds[job] if sums.seeds[job] else 0.2


def lines_of(sums):
    """The report, as Markdown."""
    yield (f"{sums.total_seeds()} seeds, {sums.total_hours():.1f} simulated hours in "
           f"{sums.seconds:.0f} s, {sums.actions} actions; {sums.twice} seeds ran twice, with the "
           f"same trace. **{len(sums.failed)} failed.** Slowest end once everything had healed: "
           f"{sums.slowest:.0f} s of virtual time.")
    yield ""
    yield ", ".join(f"{count} {what}" for what, count in sums.numbers.items()) + "."
    yield ""
    yield "| job | seeds | simulated hours |"
    yield "|---|---|---|"
    for job in sums.seeds:
        yield f"| {job} | {sums.seeds[job]} | {sums.hours[job]:.1f} |"
    yield ""
    yield "| fault | times |"
    yield "|---|---|"
    for fault, count in sums.faults.most_common():
        yield f"| {fault} | {count} |"
    yield f"| **all** | {sum(sums.faults.values())} |"


def write_docs(path, report):
    begin, end = "<!-- report -->", "<!-- end of report -->"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    before, rest = text.split(begin, 1)
    after = rest.split(end, 1)[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{begin}\n{report}\n{end}{after}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--hours", type=float, default=0)
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--write-docs", default="")
    parser.add_argument("jobs", nargs="*", default=list(JOBS))
    options = parser.parse_args()
    sums = simulate(options)
    report = "\n".join(lines_of(sums))
    print(report)
    if options.write_docs:
        write_docs(options.write_docs, report)
    return 1 if sums.failed else 0


if __name__ == "__main__":
    sys.exit(main())
