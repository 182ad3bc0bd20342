# SPDX-License-Identifier: Apache-2.0
"""Two JobManagers of one job as real processes: one hangs for a while where it hurts most."""
import os
import signal
import subprocess

from cluster import ClusterTest, environment, main, until

HERE = os.path.dirname(os.path.abspath(__file__))


def is_stopped(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] == "T"


class Leadership(ClusterTest):
    def recovered(self):
        return self.start("--recover", "-Dexecution.checkpointing.interval=100ms",
                          f"-Dexecution.checkpointing.dir={self.path('chk')}", "--",
                          "--records", "10000")

    def test_one_hangs_before_it_takes_the_job_over_and_another_ends_it(self):
        shim = self.path("stop_at_open.so")
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", shim,
                        os.path.join(HERE, "stop_at_open.c"), "-ldl"], check=True)
        with environment(LD_PRELOAD=shim, STOP_AT_OPEN="/ha/epoch-",
                         ASAN_OPTIONS="verify_asan_link_order=0"):
            hung = self.recovered()
        until(lambda: is_stopped(hung.pid), "the first one hangs")
        other = self.recovered()
        self.assertEqual(other.wait(), 0, other.messages())
        os.kill(hung.pid, signal.SIGCONT)
        self.assertEqual(hung.wait(), 0, hung.messages())
        self.assertEqual(len(other.output().splitlines()), 10000)
        self.assertEqual(hung.output(), "", "it had ended")


if __name__ == "__main__":
    main()
