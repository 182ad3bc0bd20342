# SPDX-License-Identifier: Apache-2.0
"""A real job's checkpoint, looked into by flinkctl state and flinkc check --against:
state_tools_test.py FLINKC FLINKCTL"""
import json
import os
import pathlib
import re
import signal
import subprocess

import cluster
from cluster import ClusterTest, main, until

FLINKC, FLINKCTL = cluster.JOB, cluster.OTHER_BUILD
SOURCE = pathlib.Path(__file__).parent / "jobs" / "state_versions.cpp"


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


class StateTools(ClusterTest):
    def checkpoint(self):
        """The last checkpoint of a cancelled run."""
        program = self.path("state_versions")
        code, _, messages = run(FLINKC, "build", "-D", "STATE_VERSION=1", str(SOURCE),
                                "-o", program)
        self.assertEqual(code, 0, messages)
        job = self.start("-p", "2", "--slots", "2",
                         "-Dexecution.checkpointing.interval=100ms",
                         f"-Dexecution.checkpointing.dir={self.path('checkpoints')}",
                         "-Dexecution.checkpointing.externalized-checkpoint-retention="
                         "RETAIN_ON_CANCELLATION", program=program)

        def newest():
            found = pathlib.Path(self.path("checkpoints")).glob("*/chk-*/_metadata")
            return sorted(found, key=lambda path: int(re.search(r"chk-(\d+)", str(path)).group(1)))
        until(lambda: newest() and "chk-1/" not in str(newest()[-1]), "checkpoints are taken")
        os.killpg(job.pid, signal.SIGINT)
        self.assertEqual(job.wait(), 130, job.messages())
        return str(newest()[-1].parent)

    def test_a_checkpoint_from_all_sides(self):
        where = self.checkpoint()
        self.listed(where)
        self.consistent(where)
        self.compared(where)
        self.checked(where)

    def listed(self, where):
        code, text, messages = run(FLINKCTL, "state", "list", where, "--json")
        self.assertEqual(code, 0, messages)
        operators = {op["uid"]: op for op in json.loads(text)["operators"]}
        states = {state["name"]: state for state in operators["tally"]["states"]}
        self.assertEqual(states["total"]["value"],
                         "{count:i32,dropped:bool,places:list<{name:string}>}")
        self.assertEqual(states["digits"]["map_key"], "string")
        self.assertEqual(states["total"]["entries"], 100)
        self.assertEqual(states["numbers"]["entries"], 100)
        self.assertEqual(states["_timer_state/processing_user-timers"]["entries"], 100)

    def consistent(self, where):
        """What the states of a key say of one another: each record is in all of them or in none."""
        code, text, messages = run(FLINKCTL, "state", "dump", where, "--uid", "tally")
        self.assertEqual(code, 0, messages)
        totals, lengths, digits = {}, {}, {}
        for entry in map(json.loads, text.splitlines()):
            key = entry["key"]
            if entry["state"] == "total":
                totals[key] = entry["value"]["count"]
                self.assertEqual(entry["value"]["places"], [{"name": f"place {key}"}])
            elif entry["state"] == "numbers":
                lengths[key] = len(entry["value"])
                self.assertEqual({number % 100 for number in entry["value"]}, {key})
            elif entry["state"] == "digits":
                digits[key] = digits.get(key, 0) + entry["value"]
        self.assertEqual(set(totals), set(range(100)))
        self.assertEqual(totals, lengths)
        self.assertEqual(totals, digits)
        code, text, _ = run(FLINKCTL, "state", "get", where, "--uid", "tally", "--state", "total",
                            "--key", "42")
        self.assertEqual(json.loads(text)["count"], totals[42])

    def compared(self, where):
        code, text, _ = run(FLINKCTL, "state", "diff", where, where + "/_metadata")
        self.assertEqual((code, text), (0, ""))

    def checked(self, where):
        def check(version, *flags):
            return run(FLINKC, "check", "-D", f"STATE_VERSION={version}", *flags,
                       "--against", where, str(SOURCE))
        code, _, messages = check(2)
        self.assertEqual(code, 0, messages)
        self.assertIn("can be restored from", messages)
        code, _, messages = check(3)
        self.assertEqual(code, 1, messages)
        self.assertIn("(uid tally) is not in this job; its state: digits, numbers, total", messages)
        code, _, messages = check(3, "--allow-non-restored-state")
        self.assertEqual(code, 0, messages)
        self.assertIn("it is left behind", messages)


if __name__ == "__main__":
    main()
