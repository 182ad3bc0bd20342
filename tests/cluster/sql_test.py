# SPDX-License-Identifier: Apache-2.0
"""A script of SQL as a job: its TaskManagers are killed, it is stopped and goes on at another
parallelism; the change log that it writes has every update of a group once."""
import collections
import json
import os
import pathlib
import signal
import subprocess
import sys

from cluster import ClusterTest, main, until

FLINKC = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
FLINKCTL = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else ""
RECORDS = 60000
KEYS = 10

SCRIPT = f"""
SET 'execution.checkpointing.interval' = '100ms';
CREATE TABLE numbers (n BIGINT) WITH (
  'connector' = 'datagen', 'rows-per-second' = '10000',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '{RECORDS}');
CREATE TABLE names (k BIGINT, name STRING) WITH ('connector' = 'values', 'path' = 'names');
CREATE TABLE tallies (name STRING, c BIGINT, s BIGINT)
  WITH ('connector' = 'values', 'path' = 'out', 'changelog-mode' = 'I,UA,UB,D');
INSERT INTO tallies
  SELECT name, COUNT(*), SUM(n) FROM numbers JOIN names ON MOD(n, {KEYS}) = k GROUP BY name;
"""


class Sql(ClusterTest):
    def setUp(self):
        super().setUp()
        os.environ["XDG_RUNTIME_DIR"] = self.directory
        pathlib.Path(self.path("job.sql")).write_text(SCRIPT)
        pathlib.Path(self.path("names")).write_text(
            "".join(f'["+I", {k}, "name {k}"]\n' for k in range(KEYS)))
        subprocess.run([FLINKC, "build", "-q", "job.sql", "-o", "job"], cwd=self.directory,
                       check=True)

    def run_job(self, *arguments):
        return self.start(*arguments, "-Drestart-strategy.exponential-delay.initial-backoff=50ms",
                          f"-Dexecution.checkpointing.dir={self.path('chk')}",
                          program=self.path("job"))

    def wait_completed(self, job, count):
        def completed():
            told = job.rest(f"/jobs/{job.id()}/checkpoints")
            return told is not None and told["counts"]["completed"] >= count
        until(completed, f"{count} checkpoints; messages: {job.messages()}")

    def check_change_log(self):
        added, removed = collections.defaultdict(list), collections.defaultdict(list)
        for part in pathlib.Path(self.path("out")).rglob("*"):
            if not part.is_file():
                continue
            for line in part.read_text().splitlines():
                kind, name, count, total = json.loads(line)
                to = added if kind in ("+I", "+U") else removed
                to[name].append((count, total))
        self.assertEqual(set(added), {f"name {k}" for k in range(KEYS)})
        for k in range(KEYS):
            of_key = [n for n in range(1, RECORDS + 1) if n % KEYS == k]
            counts = sorted(added[f"name {k}"])
            self.assertEqual([count for count, _ in counts], list(range(1, len(of_key) + 1)))
            self.assertEqual(counts[-1], (len(of_key), sum(of_key)))
            self.assertEqual(sorted(removed[f"name {k}"]), counts[:-1])

    def test_killed_taskmanagers(self):
        job = self.run_job("--taskmanagers", "2", "-p", "2")
        for round_ in range(3):
            self.wait_completed(job, 2 * round_ + 1)
            job.wait_running()
            pids = until(lambda: len(job.taskmanagers()) == 2 and job.taskmanagers(), "both run")
            os.kill(pids[round_ % 2], signal.SIGKILL)
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_change_log()

    def test_it_goes_on_at_another_parallelism(self):
        job = self.run_job("-p", "1")
        self.wait_completed(job, 2)
        done = subprocess.run([FLINKCTL, "stop", job.id(), "-p", "sp", "--json"],
                              cwd=self.directory, capture_output=True, text=True, timeout=60,
                              check=True)
        job.wait()
        again = self.run_job("-p", "3", "-s", json.loads(done.stdout)["location"])
        self.assertEqual(again.wait(), 0, again.messages())
        self.check_change_log()


if __name__ == "__main__":
    main()
