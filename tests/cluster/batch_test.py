# SPDX-License-Identifier: Apache-2.0
"""Jobs in BATCH: stages in few slots, and TaskManagers that are killed with what they hold."""
import os
import pathlib
import signal

from cluster import RESTARTS, ClusterTest, main, until


class Batch(ClusterTest):
    def start_batch(self, *arguments, records=20000, job=()):
        return self.start("--batch", *arguments, "--", "--records", str(records),
                          "--output", self.path("out"), *job)

    def check_finals(self, records):
        """One line a key: its count, and no part that was not committed."""
        parts = [part for part in pathlib.Path(self.path("out")).rglob("*") if part.is_file()]
        left = [part.name for part in parts if part.suffix in (".inprogress", ".pending")]
        self.assertEqual(left, [])
        lines = sorted(line for part in parts for line in part.read_text().splitlines())
        self.assertEqual(lines, [f"{key},{records // 10}" for key in range(10)])

    def tasks(self, job):
        """Of each vertex, how many subtasks are in which state."""
        return [vertex["tasks"] for vertex in job.view()["vertices"]]

    def test_four_subtasks_in_one_slot(self):
        job = self.start_batch("--slots", "1", "-p", "4")
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_finals(20000)

    def test_a_region_larger_than_all_slots(self):
        job = self.start_batch("--slots", "2", "-p", "4",
                               "-Dexecution.batch-shuffle-mode=ALL_EXCHANGES_PIPELINED")
        self.assertEqual(job.wait(), 6, job.messages())
        self.assertIn("a pipelined region of the job needs 4 slots, and its TaskManagers have 2",
                      job.messages())

    def test_checkpoints_are_not_taken(self):
        job = self.start_batch("-Dexecution.checkpointing.interval=10ms", "-p", "2")
        self.assertEqual(job.wait(), 0, job.messages())
        self.assertIn("execution.checkpointing.interval is ignored", job.messages())
        self.check_finals(20000)

    def start_held(self, *arguments):
        """Its second stage waits for the gate."""
        job = self.start_batch("--taskmanagers", "2", "--slots", "1", "-p", "4", *arguments,
                               job=("--gate", self.path("gate")))
        until(lambda: len(self.tasks(job)) == 2 and self.tasks(job)[1]["RUNNING"] == 2,
              f"the second stage runs; messages: {job.messages()}")
        return job

    def test_rest_shows_stages(self):
        job = self.start_held()
        tasks = self.tasks(job)
        self.assertEqual(tasks[0]["FINISHED"], 4, tasks)
        self.assertEqual(tasks[1]["SCHEDULED"], 2, tasks)  # they wait for slots
        view = job.view()
        self.assertEqual(view["job-type"], "BATCH")
        inputs = [edge for node in view["plan"]["nodes"] for edge in node.get("inputs", [])]
        self.assertEqual([edge["exchange"] for edge in inputs], ["blocking"])
        pathlib.Path(self.path("gate")).touch()
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_finals(20000)

    def test_a_killed_taskmanager_costs_what_it_held(self):
        job = self.start_held(*RESTARTS)
        os.kill(job.taskmanagers()[0], signal.SIGKILL)
        until(lambda: any(attempt["attempt"] > 0 for attempt in self.attempts(job, 0)),
              "producers run again")
        pathlib.Path(self.path("gate")).touch()
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_finals(20000)
        self.assertIn("died (signal 9", job.messages())

    def attempts(self, job, vertex):
        view = job.view()
        if len(view["vertices"]) <= vertex:
            return []
        path = f"/jobs/{job.id()}/vertices/{view['vertices'][vertex]['id']}"
        return (job.rest(path) or {"subtasks": []})["subtasks"]

    def test_a_killed_taskmanager_fails_a_job_without_restarts(self):
        job = self.start_held()
        os.kill(job.taskmanagers()[0], signal.SIGKILL)
        until(lambda: job.process.poll() is not None or job.view()["state"] == "FAILING",
              "it fails, or has failed")
        pathlib.Path(self.path("gate")).touch()
        self.assertEqual(job.wait(), 6, job.messages())
        self.assertEqual(list(pathlib.Path(self.path("out")).rglob("*.csv")), [])

    def test_killed_again_and_again(self):
        job = self.start_batch("--taskmanagers", "2", "--slots", "1", "-p", "4", *RESTARTS,
                               job=("--rate", "20000", "--gate", self.path("gate")))
        for finished in (1, 3):
            until(lambda: len(self.tasks(job)) == 2 and self.tasks(job)[0]["FINISHED"] >= finished,
                  f"{finished} sources have finished; messages: {job.messages()}")
            victim = job.taskmanagers()[0]
            os.kill(victim, signal.SIGKILL)
            until(lambda: victim not in job.taskmanagers(), "it is gone")
        pathlib.Path(self.path("gate")).touch()
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_finals(20000)


if __name__ == "__main__":
    main()
