#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one example job in several ways and compares what it writes with what it should.

golden.py FLINKC JOB_DIRECTORY WORK_DIRECTORY

A job directory holds NAME.cpp, expected.txt (the output's lines, sorted by bytes) and, if the job
takes any, `arguments`: {job} is the job's directory, {out} a fresh output directory, {port} a TCP
server that sends input.txt once and closes. The output is what lies in {out}, else stdout without
print()'s subtask numbers. Lines are compared as a sorted list: subtasks may interleave.

Each job runs in BATCH, too, where its output is the same, unless there is
- expected_batch.txt, whose comments, lines of #, say why it is another one (a rolling aggregation
  emits only its last value of each key);
- batch_by_time.txt: the name of the input's column of time, and a pattern of lines of which its
  group alone counts. What is to come out is what STREAMING writes of that input in order of time:
  so BATCH gives a key its records, and none is late.
One that reads a socket is refused in BATCH, and AUTOMATIC runs it in STREAMING.

An example of jobs/ from files to files is simulated as well: in its middle TaskManagers and
JobManagers are killed, it is restored from checkpoints, and goes on from savepoints at another
parallelism. One with threads of its own, which a simulation of one thread cannot have, is refused.
"""

import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading

WAYS = {
    "one subtask": ["-p", "1"],
    "four subtasks on two TaskManagers": ["--taskmanagers", "2", "--slots", "2", "-p", "4"],
    "in one process": ["--local", "-p", "2"],
}
BATCH_WAYS = {
    "in batch, four subtasks in two slots": ["--batch", "--taskmanagers", "2", "--slots", "1",
                                             "-p", "4"],
    "in batch, all at once in one process": ["--batch", "--local", "-p", "2",
                                             "-Dexecution.batch-shuffle-mode="
                                             "ALL_EXCHANGES_PIPELINED"],
}
AUTOMATIC_WAY = "as AUTOMATIC chooses"
AUTOMATIC = ["-Dexecution.runtime-mode=AUTOMATIC"]
SEEDS = 40  # of the simulation: most runs are over before their faults come
SECONDS_MAX = 120
SUBTASK = re.compile(rb"^(?:([^>\s]+):)?\d+> ")


def serve(text):
    """A server that sends `text` to the first who connects."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        connection, _ = listener.accept()
        with connection:
            connection.sendall(text)
        listener.close()

    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]


def without_subtask(line):
    found = SUBTASK.match(line)
    if not found:
        return line
    prefix = found.group(1) + b"> " if found.group(1) else b""
    return prefix + line[found.end():]


def arguments_of(job):
    return (job / "arguments").read_text() if (job / "arguments").exists() else ""


def can_be_simulated(job):
    arguments = arguments_of(job)
    example = job.parent.name == "jobs"
    return example and "{out}" in arguments and "{port}" not in arguments


def has_threads(job):
    return "#include <thread>" in (job / f"{job.name}.cpp").read_text()


def simulate(executable, job, expected, folder):
    """What went wrong in runs with faults; each must write what the undisturbed one does."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [str(executable), "simulate", "--seeds", str(SEEDS), "--taskmanagers", "2",
               "--slots", "2", "-p", "4", "--"]
    command += arguments_of(job).format(job=job, out=folder / "out").split()
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                              timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return f"did not end within {SECONDS_MAX} s"
    if has_threads(job):
        refused = done.returncode == 1 and "threads of their own" in done.stderr
        return "" if refused else f"is not refused: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    lines = re.search(r"(\d+) lines of output", done.stdout)
    if done.returncode != 0 or "is not checked" in done.stdout or not lines:
        return f"exit code {done.returncode}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    if int(lines.group(1)) != len(expected):
        return f"{lines.group(1)} lines of output in place of {len(expected)}"
    return ""


def run_job(executable, job, flags, folder, *, at=None):
    """The sorted output lines of one run, or a message that says why there are none."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    out = folder / "out"
    arguments = arguments_of(job)
    values = {"job": at or job, "out": out}
    if "{port}" in arguments:
        values["port"] = serve((job / "input.txt").read_bytes())
    command = [str(executable), *flags, "-Drest.bind-port=0", "--"]
    command += arguments.format(**values).split()
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired as late:
        return None, f"did not end within {SECONDS_MAX} s: {late.stderr or b''}"
    if done.returncode != 0:
        return None, f"exit code {done.returncode}: {done.stderr.decode(errors='replace')}"
    if "{out}" not in arguments:
        return sorted(without_subtask(line) for line in done.stdout.splitlines()), ""
    left = [part.name for part in out.iterdir() if part.name.endswith((".inprogress", ".pending"))]
    if left:
        return None, f"uncommitted parts are left: {left}"
    lines = [line for part in sorted(out.iterdir()) for line in part.read_bytes().splitlines()]
    return sorted(lines), ""


def in_order_of_time(job, column, folder):
    """A copy of the job's data in which each file is sorted by that column."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in job.glob("*.csv"):
        header, *rows = file.read_text().splitlines(keepends=True)
        place = header.rstrip("\n").split(",").index(column)
        rows.sort(key=lambda row, place=place: int(row.rstrip("\n").split(",")[place]))
        (folder / file.name).write_text("".join([header, *rows]))
    return folder


def in_batch(executable, job, expected, work):
    """What comes out in BATCH, and what is compared of a line."""
    by_time, file = job / "batch_by_time.txt", job / "expected_batch.txt"
    if by_time.exists():
        column, pattern = by_time.read_text().splitlines()
        ordered = in_order_of_time(job, column, work / "in-order-of-time")
        lines, problem = run_job(executable, job, ["-p", "1"], work / "over-it", at=ordered)
        if lines is None:
            sys.exit(f"{job.name}, over its input in order of time: {problem}")
        pattern = re.compile(pattern.encode())
        return lines, lambda line: pattern.sub(rb"\1", line)
    if file.exists():
        expected = [line for line in file.read_bytes().splitlines() if not line.startswith(b"#")]
    return expected, lambda line: line


def refused_in_batch(executable, job):
    """What is wrong, of a job whose input does not end."""
    rest = ["--", *arguments_of(job).format(job=job, out="out", port=1).split()]
    done = subprocess.run([str(executable), "--batch", *rest], capture_output=True, text=True,
                          check=False)
    if done.returncode != 1 or "BATCH is for sources that end, and \"Source: " not in done.stderr:
        return f"exit code {done.returncode}: {done.stderr}"
    done = subprocess.run([str(executable), "describe", *AUTOMATIC, *rest], capture_output=True,
                          text=True, check=False)
    return "" if "(unbounded, STREAMING)" in done.stdout else f"describe: {done.stdout}"


def difference(expected, actual):
    missing, extra = list(expected), []
    for line in actual:
        if line in missing:
            missing.remove(line)
        else:
            extra.append(line)
    return "\n".join([f"  missing: {line!r}" for line in missing[:10]] +
                     [f"  extra:   {line!r}" for line in extra[:10]])


def main():
    flinkc, job, work = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])
    work = work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    executable = work / job.name
    built = subprocess.run([flinkc, "build", str(job / f"{job.name}.cpp"), "-o", str(executable)],
                           capture_output=True, text=True)
    if built.returncode != 0:
        sys.exit(f"{job.name}: flinkc build failed:\n{built.stdout}{built.stderr}")
    expected = (job / "expected.txt").read_bytes().splitlines()
    runs = [(way, flags, expected, lambda line: line) for way, flags in WAYS.items()]
    failed = False
    if "{port}" in arguments_of(job):
        runs.append((AUTOMATIC_WAY, AUTOMATIC, expected, lambda line: line))
        problem = refused_in_batch(executable, job)
        print(f"{job.name}, refused in batch: {problem or 'ok'}")
        failed = bool(problem)
    else:
        wanted, compared = in_batch(executable, job, expected, work)
        runs += [(way, flags, wanted, compared) for way, flags in BATCH_WAYS.items()]
    for way, flags, wanted, compared in runs:
        folder = work / way.replace(" ", "-").replace(",", "")
        actual, problem = run_job(executable, job, flags, folder)
        if actual is not None:
            actual, wanted = sorted(map(compared, actual)), sorted(map(compared, wanted))
            if actual != wanted:
                problem = "the output differs:\n" + difference(wanted, actual)
        print(f"{job.name}, {way}: {'ok' if not problem else problem}")
        failed = failed or bool(problem)
    if can_be_simulated(job):
        problem = simulate(executable, job, expected, work / "simulated")
        way = "simulated in vain" if has_threads(job) else "killed and rescaled in its middle"
        print(f"{job.name}, {way}: {problem or 'ok'}")
        failed = failed or bool(problem)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
