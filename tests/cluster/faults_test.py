# SPDX-License-Identifier: Apache-2.0
"""Processes that are killed, stopped or hang: counts stay exact, nothing is left behind."""
import os
import shutil
import signal
import time

from cluster import JOB, RESTARTS, ClusterTest, alive, main, until


class Faults(ClusterTest):
    def start_counting(self, *arguments, records=30000, rate=10000, **options):
        return self.start("--taskmanagers", "2", "--slots", "2", "-p", "4", *RESTARTS, *arguments,
                          "--", "--records", str(records), "--rate", str(rate),
                          "--output", self.path("out"), **options)

    def test_taskmanager_killed_three_times(self):
        job = self.start_counting()
        for _ in range(3):
            job.wait_running()
            victim = job.taskmanagers()[0]
            os.kill(victim, signal.SIGKILL)
            until(lambda: victim not in job.taskmanagers(), "it is gone")
            until(lambda: len(job.taskmanagers()) == 2, "it is replaced")
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_tallies(self.path("out"), 30000)
        self.assertIn("died (signal 9", job.messages())
        self.assertIn("while running", job.messages())

    def start_from_a_copy(self):
        program = self.path("job")
        shutil.copy(JOB, program)
        job = self.start_counting(program=program)
        job.wait_running()
        os.chmod(program, 0o644)  # nothing can be started from it
        os.kill(job.taskmanagers()[0], signal.SIGKILL)
        until(lambda: "was not started" in job.messages(), "the start has failed")
        return job, program

    def test_taskmanager_that_cannot_be_started_is_tried_again(self):
        job, program = self.start_from_a_copy()
        os.chmod(program, 0o755)
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_tallies(self.path("out"), 30000)
        self.assertIn("Permission denied", job.messages())
        self.assertRegex(job.messages(), "was not started: .*; it is tried again")

    def test_taskmanager_that_can_never_be_started_fails_the_job(self):
        job, _ = self.start_from_a_copy()
        self.assertEqual(job.wait(), 6, job.messages())
        self.assertIn("no TaskManager could be started, 5 times in a row; the last time: cannot "
                      "start a TaskManager process: Permission denied", job.messages())

    def test_stopped_taskmanager_is_lost_after_the_heartbeat_timeout(self):
        job = self.start_counting("-Dheartbeat.interval=200ms", "-Dheartbeat.timeout=2s")
        job.wait_running()
        victim = job.taskmanagers()[0]
        os.kill(victim, signal.SIGSTOP)
        until(lambda: not alive(victim), "the stopped one is ended")
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_tallies(self.path("out"), 30000)
        self.assertIn("heartbeat.timeout", job.messages())

    def test_killed_jobmanager_takes_its_taskmanagers_down(self):
        job = self.start_counting()
        job.wait_running()
        pids = job.taskmanagers()
        self.assertEqual(len(pids), 2)
        os.kill(job.pid, signal.SIGKILL)
        until(lambda: not any(alive(pid) for pid in pids), "no TaskManager is left", 5)

    def test_killed_jobmanager_ends_standalone_taskmanagers(self):
        manager = self.start("jobmanager", "-Djobmanager.rpc.port=0", "--", "--rate", "1000",
                             "--records", "100000000")
        until(lambda: "Waiting for TaskManagers at" in manager.messages(), "it waits")
        address = manager.messages().split("Waiting for TaskManagers at ")[1].split()[0]
        worker = self.start("taskmanager", "--jobmanager", address)
        manager.wait_running()
        os.kill(manager.pid, signal.SIGKILL)
        self.assertEqual(worker.wait(), 1, worker.messages())

    def test_task_that_never_returns_ends_its_process_on_cancel(self):
        job = self.start("-Dtask.cancellation.timeout=500ms", "--", "--mode", "hang",
                         "--records", "100000000")
        job.wait_running()
        job.rest(f"/jobs/{job.id()}?mode=cancel", "PATCH")
        self.assertEqual(job.wait(), 0, job.messages())

    def test_runs_again_quickly(self):
        job = self.start_counting(records=100000000, rate=1000)
        job.wait_running()
        victim = job.taskmanagers()[0]
        before = job.view()["timestamps"].get("RESTARTING", 0)
        os.kill(victim, signal.SIGKILL)
        killed = time.monotonic()
        until(lambda: job.view()["timestamps"].get("RESTARTING", 0) > before, "it restarts")
        job.wait_running()
        print(f"running again {1000 * (time.monotonic() - killed):.0f} ms after kill -9")


if __name__ == "__main__":
    main()
