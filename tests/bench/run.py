#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make bench: measures our jobs beside hand-written loops that do the same work, and the budgets.

run.py [--build DIR] [--repeat N] [--quick] [--only NAME[,NAME]] [--write-docs FILE]
       [--patience SECONDS] [--busy]
run.py --against OTHER_DIR [--build DIR] [--repeat N] [--quick] [--only NAME[,NAME]] ...
Leaves DIR/bench.json and prints a table, and where the time of what was missed goes. Waits for a
quiet machine before each figure, --patience seconds at most, and repeats what others disturbed; if
they still did, FILE is not written unless --busy says that this is known.

Runs of both sides alternate; each figure is a median. A run is a whole process tree from exec to
exit: records over wall time, CPU-seconds of all processes (user and system), peak memory as the sum
of the peak resident sizes of its processes.

--against compares with the build of another commit instead (against.py).
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time

import against
import budgets
import measure
import state_figures
import where
import window_figures

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TWO_SLOTS = ["--taskmanagers", "1", "--slots", "2", "-p", "2"]

# name, unit, records, program of ours, its flags, baseline, arguments of both, the share of the
# baseline that is asked for (None: nothing is).
COMPARISONS = [
    ("keyed_count_1k", "records/s", 300_000_000, "keyed_count", TWO_SLOTS, "keyed_count",
     ["--keys", "1000"], 0.7),
    ("keyed_count_1m", "records/s", 150_000_000, "keyed_count", TWO_SLOTS, "keyed_count",
     ["--keys", "1000000"], 0.7),
    ("word_count", "words/s", 0, "word_count", TWO_SLOTS, "word_count", [], 0.5),
    ("map_chain", "records/s", 500_000_000, "map_chain", TWO_SLOTS, "map_chain", [], None),
    ("rebalance", "records/s", 400_000_000, "rebalance", TWO_SLOTS, "rebalance", [], None),
    ("tcp_exchange", "records/s", 100_000_000, "tcp_exchange",
     ["--taskmanagers", "2", "--slots", "1", "-p", "1"], "tcp_exchange", [], 0.5),
    ("tumbling", "records/s", 100_000_000, "windows", TWO_SLOTS, "tumbling",
     ["--kind", "tumbling", "--keys", "10000", "--size", "100"], 0.6),
    ("session", "records/s", 40_000_000, "windows", TWO_SLOTS, "session",
     ["--kind", "session", "--keys", "6000", "--size", "10"], 0.5),
    ("interval_join", "records/s", 40_000_000, "interval_join", TWO_SLOTS, "interval_join",
     ["--keys", "20000"], 0.4),
    ("timers_1m", "timers/s", 1_000_000, "timers", TWO_SLOTS, "timers",
     ["--keys", "1000000"], 0.5),
    ("timers_10m", "timers/s", 10_000_000, "timers", TWO_SLOTS, "timers",
     ["--keys", "10000000"], 0.5),
    ("serialize", "records/s", 60_000_000, None, [], "serialize", [], None),
]
TEXT_BYTES = 100_000_000


def source_of(build):
    """The tree that was built there."""
    with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as handle:
        return re.search(r"^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$", handle.read(), re.M)[1]


class Bench:
    def __init__(self, build, repeat, quick, patience):
        self.build = os.path.abspath(build)
        self.root = source_of(self.build)
        self.repeat = repeat
        self.scale = 20 if quick else 1
        self.work = os.path.join(self.build, "bench")
        self.flinkc = os.path.join(self.build, "bin/flinkc")
        self.baseline = os.path.join(self.build, "bin/flink_baseline")
        os.makedirs(self.work, exist_ok=True)
        self.patience = patience
        self.details = {}
        self.explanations = {}  # of what was missed
        self.disturbed = []     # figures that others took part in

    def explain(self, name, lines):
        self.explanations[name] = lines

    def wait_until_quiet(self, name):
        others = measure.wait_until_quiet(
            self.patience, lambda text: print(f"bench: {name}: {text}", file=sys.stderr))
        if others > measure.OTHERS_MAX:
            self.disturbed.append(name)

    def job(self, name, source=None):
        """Builds tests/bench/jobs/NAME.cpp (or source) with flinkc and answers its path."""
        source = source or os.path.join(ROOT, "tests/bench/jobs", name + ".cpp")
        path = os.path.join(self.work, name)
        subprocess.run([self.flinkc, "build", "--release", source, "-o", path], check=True,
                       stdout=subprocess.DEVNULL)
        return path

    def text(self):
        size = TEXT_BYTES // self.scale
        path = os.path.join(self.work, f"text-{size}")
        if not os.path.exists(path):
            subprocess.run([self.baseline, "make_text", "--bytes", str(size), "--output",
                            path + ".part"], check=True, stdout=subprocess.DEVNULL)
            os.rename(path + ".part", path)
        with open(path, "rb") as handle:
            words = sum(len(line.split()) for line in handle)
        return path, words

    def commands_of(self, row):
        """What is run for one of COMPARISONS: the number of records, our command, the baseline's,
        and what they write, which must be gone before each run."""
        name, _, records, program, flags, baseline, arguments, _ = row
        records //= self.scale
        outputs = {side: os.path.join(self.work, f"{name}-{side}") for side in ("ours", "baseline")}
        if name == "word_count":
            text, records = self.text()
            ours = self.job("word_count", os.path.join(ROOT, "jobs/word_count/word_count.cpp"))
            arguments = ["--input", text]
            of = {side: arguments + ["--output", outputs[side]] for side in outputs}
        else:
            ours = self.job(program) if program else os.path.join(self.build, "bin/flink_serialize")
            arguments = ["--records", str(records)] + arguments
            of = {side: arguments for side in outputs}
        commands = {
            "ours": [ours] + (flags + ["--"] if program else []) + of["ours"],
            "baseline": [self.baseline, baseline] + of["baseline"],
        }
        return records, commands, outputs

    def compare(self, row):
        name, unit, wanted = row[0], row[1], row[-1]
        records, commands, outputs = self.commands_of(row)
        runs = self.alternate(name, commands, outputs)
        for side in outputs:
            shutil.rmtree(outputs[side], ignore_errors=True)
        middle = {side: measure.median(runs[side]) for side in runs}
        rate = {side: records / middle[side].seconds for side in runs}
        self.details[name] = {"runs": runs, "middle": middle, "wanted": wanted}
        if wanted and rate["ours"] < wanted * rate["baseline"]:
            self.explain(name, where.profile(self, commands["ours"]))
            shutil.rmtree(outputs["ours"], ignore_errors=True)
        return {"name": name, "ours": round(rate["ours"]), "baseline": round(rate["baseline"]),
                "ratio": round(rate["ours"] / rate["baseline"], 3), "unit": unit,
                "cpu_seconds": round(middle["ours"].cpu_seconds, 2),
                "peak_mb": round(middle["ours"].peak_mb, 1)}

    def alternate(self, name, commands, outputs):
        """Pairs of runs. One that others disturbed is repeated, a few times."""
        pairs, disturbed = [], []
        while len(pairs) < self.repeat and len(pairs) + len(disturbed) < 3 * self.repeat:
            turn = len(pairs) + len(disturbed)
            pair = {}
            for side in list(commands)[:: 1 if turn % 2 == 0 else -1]:
                shutil.rmtree(outputs[side], ignore_errors=True)
                pair[side] = measure.run(commands[side], cwd=self.work)
            self.same_work(name, outputs)
            noisy = max(run.others for run in pair.values()) > measure.OTHERS_MAX
            (disturbed if noisy else pairs).append(pair)
            if noisy and self.patience == 0 and len(pairs) + len(disturbed) == self.repeat:
                break
        if len(pairs) < self.repeat:
            if name not in self.disturbed:
                self.disturbed.append(name)
            pairs += disturbed[:self.repeat - len(pairs)]
        return {side: [pair[side] for pair in pairs] for side in commands}

    @staticmethod
    def same_work(name, outputs):
        """Every update is written, so both outputs are of the same length whatever their order."""
        if name != "word_count":
            return
        sizes = []
        for output in outputs.values():
            sizes.append(sum(os.path.getsize(os.path.join(folder, file))
                             for folder, _, files in os.walk(output) for file in files))
        if sizes[0] != sizes[1]:
            sys.exit(f"bench: word_count wrote {sizes[0]} and {sizes[1]} bytes")


def table(rows, details):
    lines = ["| name | ours | by hand | ratio | asked | unit | CPU-s ours / by hand "
             "| peak MB ours / by hand |",
             "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        if "ratio" not in row:
            continue
        middle = details[row["name"]]["middle"]
        wanted = details[row["name"]]["wanted"]
        lines.append(
            f"| {row['name']} | {row['ours'] / 1e6:.1f} M | {row['baseline'] / 1e6:.1f} M "
            f"| {row['ratio']:.2f} | {'≥ ' + format(wanted, '.2f') if wanted else ''} "
            f"| {row['unit']} | {row['cpu_seconds']:.1f} / {middle['baseline'].cpu_seconds:.1f} "
            f"| {row['peak_mb']:.0f} / {middle['baseline'].peak_mb:.0f} |")
    lines += ["", "| budget | measured | allowed | |", "|---|---|---|---|"]
    for row in rows:
        if "budget" in row:
            allowed = "" if row["budget"] is None else f"{row['budget']} {row['unit']}"
            verdict = "**missed**" if allowed and row["value"] > row["budget"] else ""
            more = ", ".join(f"{key} {value:.3g}" for key, value in
                             details.get(row["name"], {}).items())
            lines.append(f"| {row['name']} | {row['value']} {row['unit']} | {allowed} "
                         f"| {verdict}{more} |")
    return "\n".join(lines)


def write_docs(path, text):
    with open(path, encoding="utf-8") as handle:
        page = handle.read()
    block = f"<!-- measured -->\n{text}\n<!-- /measured -->"
    page, count = re.subn(r"<!-- measured -->.*?<!-- /measured -->", lambda _: block, page,
                          flags=re.S)
    if count != 1:
        sys.exit(f"bench: {path} has no <!-- measured --> block")
    with open(path, "w", encoding="utf-8") as handle:
        handle.write(page)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the records")
    parser.add_argument("--only", help="names, with commas between")
    parser.add_argument("--write-docs", metavar="FILE")
    parser.add_argument("--patience", type=int, default=60, metavar="SECONDS",
                        help="how long to wait for a quiet machine before each figure")
    parser.add_argument("--against", metavar="OTHER_DIR", help="another commit's build directory")
    parser.add_argument("--busy", action="store_true",
                        help="write the docs although others used the machine")
    arguments = parser.parse_args()
    only = set(arguments.only.split(",")) if arguments.only else None
    bench = Bench(arguments.build, arguments.repeat, arguments.quick, arguments.patience)
    if arguments.against:
        other = Bench(arguments.against, arguments.repeat, arguments.quick, arguments.patience)
        return against.compare(bench, other, COMPARISONS, only)
    machine = measure.Machine()
    rows, failed = [], []

    def row_of(name, function):
        if only and name not in only:
            return
        bench.wait_until_quiet(name)
        began = time.monotonic()
        try:
            row = function()
        except (subprocess.CalledProcessError, measure.Failed, OSError) as error:
            failed.append(name)
            print(f"{name}: {error}", file=sys.stderr)
            return
        rows.append(row)
        print(f"{name}: {json.dumps(row)} ({time.monotonic() - began:.0f} s)", file=sys.stderr)

    for comparison in COMPARISONS:
        row_of(comparison[0], lambda row=comparison: bench.compare(row))
    for name, function in budgets.ALL + window_figures.ALL + state_figures.ALL:
        row_of(name, lambda name=name, function=function: function(bench, name))

    with open(os.path.join(bench.build, "bench.json"), "w", encoding="utf-8") as handle:
        json.dump(rows, handle, indent=1)
        handle.write("\n")
    text = machine.describe(ROOT) + "\n\n" + table(rows, bench.details)
    print(text)
    for name, lines in bench.explanations.items():
        print(f"\n{name} was missed; it went to:\n  " + "\n  ".join(lines))
    if bench.disturbed:
        print(f"bench: other processes used the machine meanwhile: {', '.join(bench.disturbed)}",
              file=sys.stderr)
    if arguments.write_docs and not only and not arguments.quick:
        if bench.disturbed and not arguments.busy:
            failed.append(f"{arguments.write_docs} is left as it was (--busy writes it)")
        else:
            write_docs(arguments.write_docs, text)
    if failed:
        sys.exit(f"bench: not done: {', '.join(failed)}")


if __name__ == "__main__":
    main()
