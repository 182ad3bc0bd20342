# SPDX-License-Identifier: Apache-2.0
"""run.py --against: this build's programs and those of another commit's build, in turns.

Both build the job sources of this tree, each with its own flinkc, headers and runtime. A ratio is
the median of the pairs' ratios, above one where this build is better.
"""
import os
import statistics
import sys

import budgets
import measure
import state_figures

# What becomes better when it grows.
GROWING = {"ratio"}


def compare_rates(ours, theirs, row):
    """One of COMPARISONS: run beside the other build, not the baseline."""
    name, unit = row[0], row[1]
    commands, outputs = {}, {}
    for side, bench in (("ours", ours), ("theirs", theirs)):
        records, of_side, out = bench.commands_of(row)
        commands[side], outputs[side] = of_side["ours"], out["ours"]
    runs = ours.alternate(name, commands, outputs)
    pairs = list(zip(runs["ours"], runs["theirs"]))
    values = [[records / run.seconds for run in runs[side]] for side in commands]
    return (values, unit, [b.seconds / a.seconds for a, b in pairs],
            [b.cpu_seconds / a.cpu_seconds for a, b in pairs])


def compare_values(ours, theirs, name, function):
    """A row of budgets.py or state_figures.py."""
    repeat, ours.repeat, theirs.repeat = ours.repeat, 1, 1
    values = {ours: [], theirs: []}
    for turn in range(repeat):
        for bench in (ours, theirs)[:: 1 if turn % 2 == 0 else -1]:
            row = function(bench, name)
            values[bench].append(row["value"])
    ours.repeat = theirs.repeat = repeat
    ratios = [a / b if row["unit"] in GROWING else b / a
              for a, b in zip(values[ours], values[theirs])]
    return [values[ours], values[theirs]], row["unit"], ratios, []


def line(name, values, unit, ratios, cpu):
    ours, theirs = (statistics.median(side) for side in values)
    spread = f"{min(ratios):.2f}..{max(ratios):.2f}"
    more = f"{statistics.median(cpu):.3f}" if cpu else ""
    return (f"| {name} | {ours:.4g} | {theirs:.4g} | {unit} | {statistics.median(ratios):.3f} "
            f"| {spread} | {more} |")


def compare(ours, theirs, comparisons, only):
    print("| name | this build | other build | unit | ratio | of pairs | ratio of CPU time |\n"
          "|---|---|---|---|---|---|---|", flush=True)
    rows = [(row[0], lambda row=row: compare_rates(ours, theirs, row)) for row in comparisons]
    rows += [(name, lambda name=name, function=function:
              compare_values(ours, theirs, name, function))
             for name, function in budgets.ALL + state_figures.ALL]
    failed = []
    for name, function in rows:
        if only and name not in only:
            continue
        ours.wait_until_quiet(name)
        try:
            print(line(name, *function()), flush=True)
        except (measure.Failed, OSError, ValueError) as error:
            failed.append(name)
            print(f"{name}: {error}", file=sys.stderr)
    if ours.disturbed:
        print(f"bench: other processes used the machine meanwhile: {', '.join(ours.disturbed)}",
              file=sys.stderr)
    if failed:
        sys.exit(f"bench: not done: {', '.join(failed)}")
