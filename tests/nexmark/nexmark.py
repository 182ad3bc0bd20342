#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the queries of jobs/nexmark in several ways; each must give what oracle.py computes of the
events by brute force, and what expected.txt has.

nexmark.py --executable FILE --build FLINKC         builds it
nexmark.py --executable FILE [--only NAME[,NAME]]   runs queries, and the events as files
nexmark.py --executable FILE --record               writes expected.txt, from one subtask

A row of expected.txt: name, lines of the result, lines written, a hash of the result. Lines written
are compared with one subtask only: else the number of updates depends on who comes first.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

import oracle
import results

HERE = pathlib.Path(__file__).resolve().parent
JOB = HERE.parent.parent / "jobs/nexmark"
EXPECTED = HERE / "expected.txt"
# A hundred seconds of event time.
SIDE_INPUT = str(JOB / "side_input.csv")
EVENTS = ["--events", "100000", "--tps", "1000", "--side-input", SIDE_INPUT]
QUERIES = ["q0", "q1", "q2", "q3", "q4", "q5", "q7", "q8", "q9", "q11", "q12", "q13", "q14", "q15",
           "q16", "q17", "q18", "q19", "q20", "q22"]
FILES = {"csv": "--write-csv", "json": "--write-json"}
WAYS = {
    "one subtask": ["--local", "-p", "1"],
    "two subtasks": ["--local", "-p", "2"],
    "four subtasks on two TaskManagers": ["--taskmanagers", "2", "--slots", "2", "-p", "4"],
}
SECONDS_MAX = 250


def run(executable, flags, name, out):
    """Gives the lines that were written."""
    if name in FILES:
        arguments = [FILES[name], str(out)]
    else:
        arguments = ["--query", name, "--output", str(out)]
    command = [str(executable), *flags, "-Drest.bind-port=0", "--", *arguments, *EVENTS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX,
                          cwd=out.parent)
    if done.returncode != 0:
        raise SystemExit(f"{name}: exit code {done.returncode}: {done.stderr}")
    return results.lines_of(out)


def measure(executable, flags, name):
    with tempfile.TemporaryDirectory() as folder:
        written = run(executable, flags, name, pathlib.Path(folder) / "out")
    result = results.final(name, written)
    return str(len(result)), str(len(written)), results.digest(result)


def by_brute_force(executable, names):
    """The hash of what each query is to give."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "events"
        run(executable, WAYS["one subtask"], "csv", out)
        events = [oracle.rows_of(out, kind) for kind in ("person", "auction", "bid")]
    found = {}
    for name in names:
        rows = getattr(oracle, name)(*events, SIDE_INPUT)
        found[name] = results.digest(sorted(",".join(map(str, row)) for row in rows))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executable", type=pathlib.Path, required=True)
    parser.add_argument("--build", metavar="FLINKC")
    parser.add_argument("--only")
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    executable = arguments.executable.resolve()
    if arguments.build:
        executable.parent.mkdir(parents=True, exist_ok=True)
        sources = sorted(str(path) for path in JOB.glob("*.cpp"))
        sys.exit(subprocess.run([arguments.build, "build", *sources, "-o", str(executable)],
                                check=False).returncode)
    names = arguments.only.split(",") if arguments.only else QUERIES + list(FILES)
    if arguments.record:
        rows = [" ".join([name, *measure(executable, WAYS["one subtask"], name)]) for name in names]
        EXPECTED.write_text("\n".join(rows) + "\n")
        return
    expected = {row.split()[0]: row.split()[1:] for row in EXPECTED.read_text().splitlines()}
    forced = by_brute_force(executable, [name for name in names if name not in FILES])
    failed = False
    for name in names:
        if forced.get(name, expected[name][2]) != expected[name][2]:
            failed = True
            print(f"{name}: the oracle's hash is {forced[name]}, not {expected[name][2]}")
        for way, flags in list(WAYS.items())[:1 if name in FILES else None]:
            lines, written, digest = measure(executable, flags, name)
            asked = expected[name]
            good = [lines, digest] == [asked[0], asked[2]]
            good = good and (way != "one subtask" or written == asked[1])
            failed = failed or not good
            print(f"{name}, {way}: " + ("ok" if good else
                  f"{lines} lines of {written}, hash {digest}; expected {' '.join(asked)}"))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
