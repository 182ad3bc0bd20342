# SPDX-License-Identifier: Apache-2.0
"""Where the time (or the memory, or the size) of a missed figure goes: lines of text for each."""
import glob
import os
import re
import shutil
import subprocess

LINES_MAX = 14


def output_of(command, cwd):
    done = subprocess.run(command, cwd=cwd, text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.stdout.rstrip().split("\n")


def profile(bench, command):
    """The functions that a sampled run of the command spends its CPU time in."""
    if not shutil.which("perf"):
        return ["install perf (Debian: linux-perf) to see the functions"]
    data = os.path.join(bench.work, "perf.data")
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "999", "-o", data, "--",
                    *command], cwd=bench.work, check=False, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    lines = output_of(["perf", "report", "-q", "--stdio", "--no-children", "-F",
                       "overhead,comm,symbol", "-i", data], bench.work)
    return [line.strip() for line in lines if "%" in line][:LINES_MAX]


def phases(bench, command):
    """What flinkc says of its own phases."""
    return output_of(command, bench.work)


def compiler_phases(bench, command):
    lines = [line for line in output_of([*command, "-ftime-report"], bench.work)
             if re.search(r"^ *(phase |preprocessing|template instantiation|TOTAL)", line)]
    return [re.sub(r" +", " ", line).strip() for line in lines]


def timeline(bench, program, pid):
    """The logs of all processes of one run of a job, by time: milliseconds since the first line."""
    entries = []
    for path in glob.glob(os.path.join(bench.work, "log", f"{program}-{pid}-*.log")):
        role = path.rsplit(f"-{pid}-", 1)[1].removesuffix(".log")
        with open(path, encoding="utf-8", errors="replace") as handle:
            for line in handle:
                at = re.match(r"\S+ (\d+):(\d+):(\d+),(\d+) \w+ +(.*)", line)
                if at:
                    hours, minutes, seconds, millis = (int(part) for part in at.groups()[:4])
                    moment = ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis
                    entries.append((moment, role, at.group(5)))
    entries.sort(key=lambda entry: entry[0])
    return [f"{moment - entries[0][0]:6} ms  {role}: {text}" for moment, role, text in entries]


def memory(pids):
    """Resident memory of processes: what is their own, and what is pages of files."""
    lines = []
    for pid in pids:
        sizes = {}
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as handle:
                for line in handle:
                    match = re.match(r"(Rss|Anonymous|Shared_Clean|Private_Clean): +(\d+)", line)
                    if match:
                        sizes[match.group(1)] = int(match.group(2)) / 1024
            with open(f"/proc/{pid}/cmdline", "rb") as handle:
                name = b" ".join(handle.read().split(b"\0")[:3]).decode(errors="replace")
        except OSError:
            continue  # it has just ended
        lines.append(f"{name}: " + ", ".join(f"{key} {size:.1f} MB" for key, size in sizes.items()))
    return lines


def sections(bench, path):
    found = []
    for line in output_of(["size", "-A", path], bench.work):
        parts = line.split()
        if len(parts) == 3 and parts[1].isdigit():
            found.append((int(parts[1]), parts[0]))
    return [f"{size / 1e6:6.2f} MB {name}" for size, name in sorted(found, reverse=True)[:8]]
