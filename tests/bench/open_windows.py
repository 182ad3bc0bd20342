#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""open_windows.py [--build DIR] [--windows N] [--memory MB] [--rounds N]

N windows open at once, each with its timer, in one TaskManager of that memory; all fire at the end.
All processes together run in a memory cgroup of that size when this user may make one: who takes
more is killed. Prints throughput, and the peak of resident memory, which counts the pages of state
files that the kernel has in its cache and can drop. Takes minutes at the default of 50 million in
512 MB."""
import argparse
import glob
import json
import os
import subprocess
import sys

import measure

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def limit_memory(megabytes):
    """This process and its children from now on; None: it may not be limited."""
    group, limit = "/sys/fs/cgroup/memory/open_windows", "memory.limit_in_bytes"
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        group, limit = "/sys/fs/cgroup/open_windows", "memory.max"
    try:
        os.makedirs(group, exist_ok=True)
        for file, value in ((limit, megabytes << 20), ("cgroup.procs", os.getpid())):
            with open(os.path.join(group, file), "w", encoding="ascii") as handle:
                handle.write(str(value))
    except OSError as error:
        print(f"open_windows: not limited to {megabytes} MB: {error}", file=sys.stderr)
        return None
    return megabytes


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--windows", type=int, default=50_000_000)
    parser.add_argument("--memory", type=int, default=512, metavar="MB")
    parser.add_argument("--rounds", type=int, default=1, help="records of each window")
    arguments = parser.parse_args()
    work = os.path.join(os.path.abspath(arguments.build), "bench")
    os.makedirs(work, exist_ok=True)
    job, report = os.path.join(work, "open_windows"), os.path.join(work, "opened")
    source = os.path.join(ROOT, "tests/bench/jobs/open_windows.cpp")
    subprocess.run([os.path.join(arguments.build, "bin/flinkc"), "build", "--release", source, "-o",
                    job], check=True, stdout=subprocess.DEVNULL)
    for file in glob.glob(report + ".*"):
        os.remove(file)
    limit = limit_memory(arguments.memory)
    try:
        run = measure.run([job, "--taskmanagers", "1", "--slots", "2", "-p", "2",
                           "-Dstate.backend.type=lmdb",
                           f"-Dtaskmanager.memory.process.size={arguments.memory}m", "--",
                           "--windows", str(arguments.windows), "--rounds", str(arguments.rounds),
                           "--report", report], cwd=work)
    except measure.Failed as failed:
        sys.exit(str(failed))
    results = total = 0
    for file in glob.glob(report + ".*"):
        with open(file, encoding="ascii") as handle:
            here, amount = handle.read().split()
            results, total = results + int(here), total + int(amount)
    records = arguments.windows * arguments.rounds
    print(json.dumps({"windows": arguments.windows, "seconds": round(run.seconds, 1),
                      "records_per_s": round(records / run.seconds),
                      "cpu_s": round(run.cpu_seconds, 1), "peak_mb": round(run.peak_mb),
                      "limit_mb": limit,
                      "others": round(run.others, 1)}))
    if results != arguments.windows or total != records:
        sys.exit(f"open_windows: {results} results, and their sum is {total} of {records}")


if __name__ == "__main__":
    main()
