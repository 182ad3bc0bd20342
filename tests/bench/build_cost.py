#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The CPU time that compiling the tree takes, by target: user and system time of every compiler.

usage: build_cost.py BUILD [--sample N] [--only TEXT]

With --sample, N files of each target stand for all of them. The compilers write to /dev/null and no
cache is asked; precompiled headers must have been built (ninja -C BUILD).
"""
import argparse
import json
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys


def cpu_seconds(command, directory):
    words = shlex.split(command)
    words[words.index("-o") + 1] = "/dev/null"
    if "c++-header" in words:  # a name that is not precompiled yet
        header = words[words.index("-include") + 1]
        words[words.index("-include") + 1] = shutil.copy(header, header + ".measured")
        words[words.index("-o") + 1] = header + ".measured.out"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, cwd=directory, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"build_cost: {shlex.join(words)}\n{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def by_target(commands):
    targets = {}
    for entry in commands:
        output = re.search(r" -o (\S+)", entry["command"])[1]
        target = re.search(r"([^/]+)\.dir/", output)
        targets.setdefault(target[1] if target else "other", []).append(entry)
    return targets


def sampled(entries, count):
    headers = [entry for entry in entries if "c++-header" in entry["command"]]
    sources = [entry for entry in entries if "c++-header" not in entry["command"]]
    step = max(1.0, len(sources) / count) if count else 1.0
    chosen = [sources[int(i * step)] for i in range(int(len(sources) / step + 1e-9))]
    return headers, sources, chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    with open(os.path.join(options.build, "compile_commands.json"), encoding="utf-8") as file:
        targets = by_target(json.load(file))
    rows = []
    for target, entries in targets.items():
        if options.only not in target:
            continue
        headers, sources, chosen = sampled(entries, options.sample)
        spent = sum(cpu_seconds(entry["command"], entry["directory"]) for entry in chosen)
        seconds = spent * len(sources) / max(1, len(chosen))
        seconds += sum(cpu_seconds(entry["command"], entry["directory"]) for entry in headers)
        rows.append((seconds, target, len(entries)))
        print(f"{seconds:8.1f} s {len(entries):4} files  {target}", flush=True)
    print(f"{sum(row[0] for row in rows):8.1f} s {sum(row[2] for row in rows):4} files  all")


if __name__ == "__main__":
    main()
