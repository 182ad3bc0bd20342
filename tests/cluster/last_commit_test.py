# SPDX-License-Identifier: Apache-2.0
"""A job without checkpoints whose JobManager dies at each step of its life in turn, and is started
again: every sink has every number once, whatever it and the others had committed by then."""
import os
import pathlib
import subprocess

from cluster import ClusterTest, environment, main

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDS = 100
STEPS_MAX = 200


class LastCommit(ClusterTest):
    def setUp(self):
        super().setUp()
        self.shim = self.path("die_at_change.so")
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", self.shim,
                        os.path.join(HERE, "die_at_change.c"), "-ldl"], check=True)

    def run_in(self, where, *flags, die_at=0):
        """The exit code and the job; it dies before that change in `where`."""
        with environment(LD_PRELOAD=self.shim, DIE_IN=where + "/", DIE_AT=str(die_at),
                         DIE_LOG=f"{where}.changes", ASAN_OPTIONS="verify_asan_link_order=0"):
            job = self.start(
                "--taskmanagers", "1", "-p", "1", *flags, "--", "--records", str(RECORDS),
                "--first", f"{where}/first", "--first-mode", "append",
                "--second", f"{where}/second", "--second-mode", "append")
        return job.wait(), job

    def last_change(self, where):
        return pathlib.Path(f"{where}.changes").read_text().splitlines()[-1]

    def numbers(self, directory):
        """Those in finished parts."""
        parts = pathlib.Path(directory).glob("part-*.csv")
        return sorted(int(line) for path in parts for line in path.read_text().split())

    def test_started_again_with_recover_it_goes_on_and_writes_nothing_twice(self):
        deaths = set()
        for step in range(1, STEPS_MAX):
            where = self.path(f"case-{step}")
            flags = ["--recover", "--job-id", f"{step:032x}",
                     f"-Dexecution.checkpointing.dir={where}/checkpoints"]
            code, _ = self.run_in(where, *flags, die_at=step)
            if code == 0:
                break
            change = self.last_change(where)
            deaths.add(change.split()[0])
            with self.subTest(before=change):
                code, again = self.run_in(where, *flags)
                self.assertEqual(code, 0, again.messages())
                for name in ["first", "second"]:
                    self.assertEqual(self.numbers(f"{where}/{name}"), list(range(RECORDS)))
        self.assertGreater(step, 20)
        self.assertEqual(deaths, {"create", "rename", "remove"})

    def test_started_again_without_recover_it_is_refused_once_anything_is_committed(self):
        refused = 0
        for step in range(1, STEPS_MAX):
            where = self.path(f"case-{step}")
            flags = ["--job-id", f"{step:032x}"]
            code, _ = self.run_in(where, *flags, die_at=step)
            if code == 0:
                break
            done = any(self.numbers(f"{where}/{name}") for name in ["first", "second"])
            with self.subTest(before=self.last_change(where)):
                code, again = self.run_in(where, *flags)
                if code != 0:
                    refused += 1
                    self.assertTrue(done)
                    self.assertIn("ended while it committed", again.messages())
                    continue
                for name in ["first", "second"]:
                    self.assertEqual(self.numbers(f"{where}/{name}"), list(range(RECORDS)))
        self.assertGreater(refused, 2)


if __name__ == "__main__":
    main()
