#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make bench-nexmark: the queries of jobs/nexmark, beside hand-written loops.

nexmark.py [--build DIR] [--repeat N] [--events N] [--only q0[,q1]] [--write-docs FILE]
           [--patience SECONDS] [--busy]

Each query runs with one slot and with two, results dropped, a checkpoint every ten seconds. A loop
is DIR/bin/flink_nexmark_baseline --query Q --events N --tps N --threads T, with one thread and
with two, in turns with ours. A run is a whole process tree from exec to exit; figures are medians
of events over wall time and over CPU time of all processes.
"""
import argparse
import os
import shutil
import subprocess
import sys

import measure
from run import ROOT, write_docs

TPS = 100_000
EVENTS = 50_000_000
# Where events make state or windows that cost more: of EVENTS.
SHARE = {"q4": 0.4, "q5": 0.2, "q9": 0.1, "q11": 0.2, "q12": 0.4, "q15": 0.2, "q16": 0.2,
         "q17": 0.2, "q18": 0.2, "q19": 0.1, "q20": 0.1}
QUERIES = ["q0", "q1", "q2", "q3", "q4", "q5", "q7", "q8", "q9", "q11", "q12", "q13", "q14", "q15",
           "q16", "q17", "q18", "q19", "q20", "q22"]
SLOTS = {1: ["--taskmanagers", "1", "--slots", "1", "-p", "1"],
         2: ["--taskmanagers", "1", "--slots", "2", "-p", "2"]}


class Nexmark:
    def __init__(self, arguments):
        self.build = os.path.abspath(arguments.build)
        self.events, self.repeat = arguments.events, arguments.repeat
        self.patience = arguments.patience
        self.work = os.path.join(self.build, "bench")
        self.executable = os.path.join(self.work, "nexmark")
        self.baseline = os.path.join(self.build, "bin/flink_nexmark_baseline")
        self.disturbed = []

    def compile(self):
        os.makedirs(self.work, exist_ok=True)
        folder = os.path.join(ROOT, "jobs/nexmark")
        sources = [os.path.join(folder, name) for name in sorted(os.listdir(folder))
                   if name.endswith(".cpp")]
        subprocess.run([os.path.join(self.build, "bin/flinkc"), "build", "--release", *sources,
                        "-o", self.executable], check=True, stdout=subprocess.DEVNULL)

    def has_baseline(self, query):
        if not os.path.exists(self.baseline):
            return False
        return subprocess.run(self.by_hand(query, 1000, 1), check=False,
                              capture_output=True).returncode == 0

    def by_hand(self, query, events, threads):
        return [self.baseline, "--query", query, "--events", str(events), "--tps", str(TPS),
                "--threads", str(threads),
                "--side-input", os.path.join(ROOT, "jobs/nexmark/side_input.csv")]

    def command(self, query, events, slots):
        return [self.executable, *SLOTS[slots], "-Drest.bind-port=0",
                "-Dexecution.checkpointing.interval=10s",
                f"-Dexecution.checkpointing.dir={self.work}/nexmark-checkpoints", "--",
                "--query", query, "--events", str(events), "--tps", str(TPS),
                "--side-input", os.path.join(ROOT, "jobs/nexmark/side_input.csv")]

    def query(self, query):
        """Events, and the median run of each side."""
        events = int(self.events * SHARE.get(query, 1))
        commands = {1: self.command(query, events, 1), 2: self.command(query, events, 2)}
        if self.has_baseline(query):
            for threads in (1, 2):
                commands["by hand", threads] = self.by_hand(query, events, threads)
        others = measure.wait_until_quiet(
            self.patience, lambda text: print(f"{query}: {text}", file=sys.stderr))
        runs = {side: [] for side in commands}
        for turn in range(self.repeat):
            for side in list(commands)[:: 1 if turn % 2 == 0 else -1]:
                shutil.rmtree(os.path.join(self.work, "nexmark-checkpoints"), ignore_errors=True)
                run = measure.run(commands[side], cwd=self.work)
                others = max(others, run.others)
                runs[side].append(run)
        if others > measure.OTHERS_MAX:
            self.disturbed.append(query)
        return events, {side: measure.median(runs[side]) for side in runs}


def millions(value):
    return f"{value / 1e6:.2f}"


def beside(events, ours, by_hand):
    """By hand: M/s, M/CPU-s, and our rates over them, by wall and by CPU time."""
    if by_hand is None:
        return [""] * 4
    return [millions(events / by_hand.seconds), millions(events / by_hand.cpu_seconds),
            f"{by_hand.seconds / ours.seconds:.2f}",
            f"{by_hand.cpu_seconds / ours.cpu_seconds:.2f}"]


def row_of(query, events, runs):
    cells = [query, f"{events / 1e6:g} M"]
    for slots in (1, 2):
        run = runs[slots]
        cells += [millions(events / run.seconds), millions(events / run.cpu_seconds)]
        cells += [f"{run.peak_mb:.0f}"] if slots == 1 else []
        cells += beside(events, run, runs.get(("by hand", slots)))
    return "| " + " | ".join(cells) + " |"


BY_HAND = ["by hand, M/s", "M/CPU-s", "of it, wall", "of it, CPU"]
COLUMNS = ["query", "events", "M/s, one slot", "M/CPU-s", "peak MB", *BY_HAND,
           "M/s, two slots", "M/CPU-s", *BY_HAND]
HEADER = "| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--only", help="queries, with commas between")
    parser.add_argument("--write-docs", metavar="FILE")
    parser.add_argument("--patience", type=int, default=60, metavar="SECONDS",
                        help="how long to wait for a quiet machine before each query")
    parser.add_argument("--busy", action="store_true",
                        help="write the docs although others used the machine")
    arguments = parser.parse_args()
    only = arguments.only.split(",") if arguments.only else QUERIES
    nexmark = Nexmark(arguments)
    nexmark.compile()
    machine = measure.Machine()
    rows = []
    for query in only:
        events, runs = nexmark.query(query)
        rows.append(row_of(query, events, runs))
        print(rows[-1], file=sys.stderr, flush=True)
    said = machine.describe(ROOT)
    if nexmark.disturbed:
        said += (" Others used the machine during " + ", ".join(nexmark.disturbed) +
                 ": there CPU time says more than wall time.")
    text = "\n".join([said, "", HEADER, *rows])
    print(text)
    if arguments.write_docs and not arguments.only:
        if nexmark.disturbed and not arguments.busy:
            sys.exit(f"{arguments.write_docs} is left as it was (--busy writes it)")
        write_docs(arguments.write_docs, text)


if __name__ == "__main__":
    main()
