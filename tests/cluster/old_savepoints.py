#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The savepoints of every format that was ever released, kept in data/savepoint-v<n>: each is still
read by `flinkctl state` as it was, and goes on at other parallelisms, with both backends, to the
output and the final state of a job that was left alone. data/README.md says how one is added.

old_savepoints.py FLINKCTL WORK_DIRECTORY JOB_V1 [JOB_V2 ...]
old_savepoints.py --make data/savepoint-v<n> FLINKCTL WORK_DIRECTORY JOB_V<n>
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

from cluster import Job, until

RECORDS = 240
BEHIND_ALL = 1 << 49  # milliseconds of event time: timers that stay are later
DATA = pathlib.Path(__file__).parent / "data"
MAKE = sys.argv[1] == "--make"
FLINKCTL, WORK, *JOBS = [os.path.abspath(argument) for argument in sys.argv[3 if MAKE else 1:]]


def writes_files(name):
    """Since v3 not: what a sink has to commit names absolute paths, and is good at one place."""
    return name in ("savepoint-v1", "savepoint-v2")


def fail(message):
    sys.exit(f"old_savepoints: {message}")


def flinkctl(*arguments, codes=(0,)):
    done = subprocess.run([FLINKCTL, *arguments], check=False, capture_output=True, text=True,
                          timeout=120)
    if done.returncode not in codes:
        fail(f"flinkctl {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def dump(savepoint, *filters):
    return flinkctl("state", "dump", savepoint, *filters).splitlines()


def respelled(line):
    """Whole means were written without a fraction by the first releases."""
    rest, comma, mean = line.rpartition(b",")
    return rest + comma + repr(float(mean)).encode()


def lines(folder):
    if not os.path.exists(os.path.join(folder, "out")):
        return []
    parts = list(pathlib.Path(folder, "out").iterdir())
    unfinished = [part.name for part in parts if part.name.endswith((".inprogress", ".pending"))]
    if unfinished:
        fail(f"{folder}: left behind: {unfinished}")
    return sorted(respelled(line) for part in parts for line in part.read_bytes().splitlines())


class Run:
    def __init__(self, program, folder, *flags, files, sources=2, rate=0):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.files = files
        self.job = Job(folder, *flags, "--", "--records", str(RECORDS), "--rate", str(rate),
                       "--sources", str(sources), *(["--output", "out"] if files else []),
                       program=program)

    def readings(self):
        return next((v for v in self.job.view()["vertices"] if "readings" in v["name"]), None)

    def all_fired(self):
        """Every record has come, and every timer that will fire before the job is stopped."""
        if self.job.process.poll() is not None:
            fail(f"{self.folder}:\n{self.job.messages()}")
        if self.readings() is None or self.readings()["status"] != "FINISHED":
            return False
        where = self.ended_with("savepoint")
        pending = [json.loads(line)["time"] for line in
                   dump(where, "--uid", "every-state", "--state",
                        "_timer_state/event_user-timers")]
        windows = [] if self.files else dump(where, "--uid", "windows")
        shutil.rmtree(where)
        return not windows and len(pending) == RECORDS / 4 and min(pending) > BEHIND_ALL

    def half_way(self):
        view = self.job.view()
        return view["state"] == "RUNNING" and view["duration"] > 3000  # of six seconds

    def ended_with(self, command):
        flags = ["-p"] if command == "stop" else []
        answer = flinkctl(command, self.job.id(), *flags, os.path.join(self.folder, "savepoints"),
                          "--json", "--jobmanager", f"localhost:{self.job.rest_port()}")
        return json.loads(answer)["location"]

    def stop(self, when):
        try:
            until(when, f"the moment to stop {self.folder}:\n{self.job.messages()}")
            where = self.ended_with("stop")
            if self.job.wait() != 0:
                fail(f"{self.folder}:\n{self.job.messages()}")
            return where
        finally:
            self.job.kill()


def make(target, program):
    """Stops a job half way."""
    run = Run(program, os.path.join(WORK, "made"), "--taskmanagers", "2", "-p", "2",
              "-Dexecution.checkpointing.data-inline-threshold=0",
              files=writes_files(os.path.basename(target)), rate=40)
    where = run.stop(run.half_way)
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    shutil.copytree(where, os.path.join(target, "savepoint"))
    if run.files:
        shutil.copytree(os.path.join(run.folder, "out"), os.path.join(target, "out"))
    pathlib.Path(target, "dump.jsonl").write_text("\n".join(dump(where)) + "\n", encoding="utf-8")


def check(kept, program):
    savepoint = str(kept / "savepoint")
    if dump(savepoint) != (kept / "dump.jsonl").read_text(encoding="utf-8").splitlines():
        fail(f"flinkctl state dump {savepoint} is not {kept}/dump.jsonl any more")
    work = os.path.join(WORK, kept.name)
    files = writes_files(kept.name)
    alone = Run(program, os.path.join(work, "alone"), "-p", "2", files=files)
    expected_state = alone.stop(alone.all_fired)
    expected = lines(alone.folder)
    for name, sources, flags in [
            ("one", 1, ["-p", "1", "-Dstate.backend.type=hashmap"]),
            ("two", 2, ["-p", "2", "--taskmanagers", "2"]),
            ("three", 1, ["-p", "3", "--taskmanagers", "2", "--slots", "2"]),
            ("four", 2, ["-p", "4", "-Dstate.backend.type=hashmap"])]:
        folder = os.path.join(work, name)
        if files:
            shutil.copytree(kept / "out", os.path.join(folder, "out"))
        if files and name == "two":  # as if the job had died before its sink committed
            for part in pathlib.Path(folder, "out").iterdir():
                hidden = part.parent / f".{part.name}.pending"
                part.rename(f"{part}.inprogress" if kept.name == "savepoint-v1" else hidden)
        run = Run(program, folder, "--from-savepoint", savepoint, *flags, files=files,
                  sources=sources)
        state = run.stop(run.all_fired)
        if lines(folder) != expected:
            fail(f"{len(lines(folder))} lines instead of {len(expected)}, or others: "
                 f"{folder}/out and {alone.folder}/out")
        different = flinkctl("state", "diff", expected_state, state, codes=(0, 1))
        if different:
            fail(f"the state differs from that of a job left alone:\n{different}")
        print(f"{kept.name}, {' '.join(flags)}: the same {len(expected)} lines, the same state")


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    os.environ["XDG_RUNTIME_DIR"] = WORK
    if MAKE:
        make(sys.argv[2], JOBS[0])
        return
    kept = sorted(DATA.glob("savepoint-v*"), key=lambda path: int(path.name.rpartition("v")[2]))
    if len(kept) != len(JOBS):
        fail(f"{len(kept)} savepoints are kept, {len(JOBS)} jobs are given")
    for savepoint, program in zip(kept, JOBS):
        check(savepoint, program)


if __name__ == "__main__":
    main()
