# SPDX-License-Identifier: Apache-2.0
"""Jobs that run as they should: finished, printed, cancelled, several at once."""
import os
import pathlib
import signal

from cluster import JOB, ClusterTest, command_line, main, until


class Runs(ClusterTest):
    def test_finishes_with_two_taskmanagers(self):
        job = self.start("--taskmanagers", "2", "--slots", "2", "-p", "4", "--",
                         "--records", "20000", "--output", self.path("out"))
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_tallies(self.path("out"), 20000)
        self.assertIn("has finished", job.messages())
        self.assertIn("Job Runtime: ", job.messages())

    def test_local_runs_in_one_process(self):
        job = self.start("--local", "--taskmanagers", "2", "-p", "2", "--",
                         "--records", "20000", "--output", self.path("out"))
        self.assertEqual(job.wait(), 0, job.messages())
        self.check_tallies(self.path("out"), 20000)

    def test_prints_to_the_standard_output(self):
        job = self.start("-p", "2", "--", "--records", "100")
        self.assertEqual(job.wait(), 0, job.messages())
        self.assertEqual(len(job.output().splitlines()), 100)

    def test_processes_show_their_role(self):
        job = self.start("--taskmanagers", "2", "--", "--rate", "100", "--records", "100000000")
        pids = until(lambda: len(job.taskmanagers()) == 2 and job.taskmanagers(), "two are there")
        for pid in pids:
            self.assertEqual(os.path.basename(command_line(pid)[0]), "cluster_job")
            # A process takes its name just after it was started as /proc/self/exe.
            until(lambda pid=pid: pathlib.Path(f"/proc/{pid}/comm").read_text() == "cluster_job\n",
                  f"process {pid} has its name")

    def test_control_c_cancels(self):
        job = self.start("--", "--rate", "1000", "--records", "100000000",
                         "--output", self.path("out"))
        job.wait_running()
        os.killpg(job.pid, signal.SIGINT)  # as a terminal does: everybody gets it
        self.assertEqual(job.wait(), 130, job.messages())
        self.assertIn("was cancelled", job.messages())

    def test_a_closed_terminal_cancels(self):
        job = self.start("--", "--rate", "1000", "--records", "100000000",
                         "--output", self.path("out"))
        job.wait_running()
        os.killpg(job.pid, signal.SIGHUP)
        self.assertEqual(job.wait(), 128 + signal.SIGHUP, job.messages())
        self.assertIn("was cancelled", job.messages())

    def test_nohup_outlives_its_terminal(self):
        job = self.start(JOB, "--", "--rate", "5000", "--records", "5000", program="nohup")
        job.wait_running()
        os.killpg(job.pid, signal.SIGHUP)
        self.assertEqual(job.wait(), 0, job.messages())

    def test_control_c_twice_ends_at_once(self):
        job = self.start("--", "--mode", "hang", "--records", "100000000")
        job.wait_running()
        os.killpg(job.pid, signal.SIGINT)
        until(lambda: "Cancelling" in job.messages(), "the first is understood")
        os.killpg(job.pid, signal.SIGINT)
        self.assertEqual(job.wait(5), 130, job.messages())

    def test_cancel_through_rest(self):
        job = self.start("--taskmanagers", "2", "-p", "2", "--", "--rate", "1000",
                         "--records", "100000000")
        job.wait_running()
        job.rest(f"/jobs/{job.id()}?mode=cancel", "PATCH")
        self.assertEqual(job.wait(), 0, job.messages())
        self.assertIn("was cancelled", job.messages())

    def test_two_jobs_in_one_directory(self):
        jobs = [self.start("-p", "2", "--", "--records", "20000", "--output", self.path(f"out{i}"))
                for i in range(2)]
        ports = {job.rest_port() for job in jobs}
        self.assertEqual(len(ports), 2)
        for i, job in enumerate(jobs):
            self.assertEqual(job.wait(), 0, job.messages())
            self.check_tallies(self.path(f"out{i}"), 20000)

    def test_standalone(self):
        manager = self.start("jobmanager", "-p", "2", "-Djobmanager.rpc.port=0", "--",
                             "--records", "20000", "--output", self.path("out"))
        until(lambda: "Waiting for TaskManagers at" in manager.messages(), "it waits")
        address = manager.messages().split("Waiting for TaskManagers at ")[1].split()[0]
        workers = [self.start("taskmanager", "--jobmanager", address) for _ in range(2)]
        self.assertEqual(manager.wait(), 0, manager.messages())
        for worker in workers:
            self.assertEqual(worker.wait(), 0, worker.messages())
        self.check_tallies(self.path("out"), 20000)


if __name__ == "__main__":
    main()
