# SPDX-License-Identifier: Apache-2.0
"""What happens between two records: slow functions do not hold up output, checkpoints, stop or
cancel; records before a failing one are seen; timestamps stay with their records; large records
stay within memory."""
import os
import pathlib
import signal
import urllib.request

from cluster import SANITIZER, ClusterTest, main, until

# 1,024 records of 20 ms take 20 s: what works on that many before it looks up misses these.
SOON = 10.0
# Two slots, each in a process of its own.
APART = ("--taskmanagers", "2", "-Dtaskmanager.numberOfTaskSlots=1")


class RecordPath(ClusterTest):
    def slow(self, *options, millis=20, exchange="no"):
        return self.start("-Dexecution.checkpointing.interval=500ms",
                          f"-Dexecution.checkpointing.dir={self.path('chk')}", *options, "--",
                          "--mode", "slow", "--millis", str(millis), "--exchange", exchange)

    @staticmethod
    def numbers(job):
        return [int(line) for line in job.output().split("\n")[:-1]]

    def check_in_order(self, job):
        numbers = self.numbers(job)
        self.assertEqual(numbers, list(range(len(numbers))))

    def checkpoints(self, job):
        view = job.rest(f"/jobs/{job.id()}/checkpoints")
        return view["counts"]["completed"] if view else 0

    def check_slow(self, options=(), **how):
        job = self.slow(*options, **how)
        job.wait_running()
        until(lambda: self.numbers(job), "the first output", SOON)
        until(lambda: self.checkpoints(job) >= 3, f"checkpoints; messages: {job.messages()}", SOON)
        os.kill(job.pid, signal.SIGINT)
        job.wait(SOON)
        self.check_in_order(job)
        self.assertNotIn("did not end", job.messages())

    def test_a_slow_map_in_the_chain_of_its_source(self):
        self.check_slow()

    def test_a_slow_map_behind_an_exchange(self):
        self.check_slow(exchange="yes")

    def test_a_slow_map_fed_by_another_taskmanager(self):
        self.check_slow(exchange="slot", options=APART)

    def test_a_very_slow_map_is_cancelled_in_time(self):
        job = self.slow("-Dtask.cancellation.timeout=5s", millis=200)
        job.wait_running()
        until(lambda: self.numbers(job), "the first output", SOON)
        os.kill(job.pid, signal.SIGINT)
        job.wait(SOON)
        self.check_in_order(job)
        self.assertNotIn("task.cancellation.timeout", job.messages())

    def test_a_slow_map_stops_with_a_savepoint(self):
        for exchange, options in (("no", ()), ("yes", ()), ("slot", APART)):
            with self.subTest(exchange=exchange):
                job = self.slow(*options, exchange=exchange)
                job.wait_running()
                until(lambda job=job: self.numbers(job), "the first output", SOON)
                body = ('{"drain": false, "targetDirectory": "%s"}' % self.path("sp")).encode()
                urllib.request.urlopen(urllib.request.Request(
                    f"http://localhost:{job.rest_port()}/jobs/{job.id()}/stop", data=body,
                    headers={"Content-Type": "application/json"}), timeout=10).close()
                self.assertEqual(job.wait(SOON), 0, job.messages())
                self.check_in_order(job)

    def test_records_before_one_that_fails_are_printed(self):
        job = self.start("-Drestart-strategy.type=none", "--", "--mode", "fails",
                         "--records", "700")
        self.assertNotEqual(job.wait(), 0)
        self.assertIn("std::runtime_error: not this one", job.messages())
        self.assertEqual(self.numbers(job), list(range(700)))

    def test_timestamps_stay_with_their_records(self):
        job = self.start("--taskmanagers", "2", "-p", "2", "--", "--mode", "stamps")
        self.assertEqual(job.wait(), 0, job.messages())
        self.assertEqual(job.output(), "")

    def test_large_records_and_a_slow_consumer_stay_within_memory(self):
        job = self.start("-Dtaskmanager.memory.process.size=512mb", "--", "--mode", "large")
        peak = 0

        def ended():
            nonlocal peak
            for pid in job.taskmanagers():
                peak = max(peak, resident_bytes(pid))
            return job.process.poll() is not None
        until(ended, "it has ended")
        self.assertEqual(job.wait(), 0, job.messages())
        self.assertEqual(job.output(), "1000000\n" * 1200)
        self.assertGreater(peak, 0)
        if not SANITIZER:  # which keep what is freed, and a shadow of everything
            self.assertLess(peak, 256 << 20)

    def test_a_record_beyond_the_network_memory_gets_through(self):
        job = self.start("-Dtaskmanager.memory.process.size=512mb", "--", "--mode", "large",
                         "--records", "2", "--bytes", "50000000")
        self.assertEqual(job.wait(), 0, job.messages())
        self.assertEqual(job.output(), "50000000\n" * 4)


def resident_bytes(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line.split() for line in status.split("\n") if line.startswith("VmHWM")]
    return int(lines[0][1]) << 10 if lines else 0


if __name__ == "__main__":
    main()
