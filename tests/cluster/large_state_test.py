# SPDX-License-Identifier: Apache-2.0
"""State of no key that is larger than a message should be: it lies in files of the checkpoint, the
JobManager never holds it, and a restart, a savepoint and another parallelism find it again.

large_state_test.py JOB FLINKCTL     LARGE_STATE_MB=560 was what silenced a TaskManager
"""
import csv
import os
import pathlib
import signal
import subprocess
import sys

from cluster import ClusterTest, RESTARTS, main, until

FLINKCTL = os.path.abspath(sys.argv[2])
MEGABYTES = int(os.environ.get("LARGE_STATE_MB", "24"))
PATIENCE = 60 + MEGABYTES / 2


class LargeState(ClusterTest):
    def begin(self, *flags, parallelism=2):
        return self.start(
            "--taskmanagers", str(parallelism), "-p", str(parallelism), *RESTARTS,
            "-Dexecution.checkpointing.interval=200ms", "-Dexecution.checkpointing.timeout=5min",
            f"-Dexecution.checkpointing.dir={self.path('chk')}", *flags, "--", "--rules",
            str(MEGABYTES), "--bytes", str(1 << 20), "--numbers", "1000000",
            "--rate", "50", "--output", self.path("out"))

    def newest(self, job):
        view = job.rest(f"/jobs/{job.id()}/checkpoints")
        return ((view or {}).get("latest") or {}).get("completed")

    def whole(self, job):
        """A complete checkpoint with the whole state of both subtasks."""
        def found():
            newest = self.newest(job)
            return newest if newest and newest["state_size"] >= 2 * MEGABYTES << 20 else None
        return until(found, f"a checkpoint has all state; messages: {job.messages()}", PATIENCE)

    def last_seen(self):
        rows = [row for part in pathlib.Path(self.path("out")).iterdir() if part.suffix == ".csv"
                for row in csv.reader(part.read_text().splitlines())]
        return max(([int(number), int(rules), int(size), intact]
                    for number, rules, size, intact in rows), default=[-1, 0, 0, ""])

    def peak(self, pid):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) >> 10  # MB

    def test_state_in_files(self):
        job = self.begin()
        first = self.whole(job)
        directory = pathlib.Path(self.path("chk"), job.id())
        # Named in _metadata with its checksums, not held there. A checkpoint may just be removed.
        def size():
            try:
                return [path.stat().st_size for path in directory.glob("chk-*/_metadata")]
            except FileNotFoundError:
                return []
        self.assertLess(max(until(size, "there is a checkpoint")),
                        50_000 + (2 * MEGABYTES << 20) // 2000)
        peak = self.peak(job.pid)
        print(f"{MEGABYTES} MB of broadcast state in each of two subtasks: "
              f"the JobManager takes {peak} MB")
        self.assertLess(peak, 150)
        # Killed, it starts from there.
        os.kill(until(job.taskmanagers, "it runs")[0], signal.SIGKILL)
        until(lambda: "restarting" in job.messages(), "the death is noticed")
        job.wait_running(PATIENCE)
        until(lambda: (self.newest(job) or {"id": 0})["id"] > first["id"],
              f"checkpoints go on; messages: {job.messages()}", PATIENCE)
        # What is not the newest is gone.
        def tidy():
            kept = [path for path in directory.glob("chk-*") if (path / "_metadata").exists()]
            return len(kept) == 1 and len(list(kept[0].glob("*.lists"))) >= 2
        until(tidy, f"old files are removed: {list(directory.rglob('*'))}", PATIENCE)
        stopped = subprocess.run(
            [FLINKCTL, "stop", job.id(), "-p", self.path("sp"), "--jobmanager",
             f"localhost:{job.rest_port()}"], capture_output=True, text=True, check=False)
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        self.assertEqual(job.wait(PATIENCE), 0, job.messages())
        self.assertEqual(list(pathlib.Path(self.path("chk")).rglob("*.lists")), [])
        # At another parallelism, from the savepoint.
        savepoint = next(pathlib.Path(self.path("sp")).iterdir())
        self.assertGreater(len(list(savepoint.glob("*.lists"))), 1)
        before = self.last_seen()
        self.assertEqual(before[1:], [MEGABYTES, MEGABYTES << 20, "true"])
        job = self.begin("--from-savepoint", str(savepoint), parallelism=3)
        after = until(lambda: self.last_seen()[0] > before[0] and self.last_seen(),
                      f"it goes on; messages: {job.messages()}", PATIENCE)
        self.assertEqual(after[1:], before[1:])


if __name__ == "__main__":
    main()
