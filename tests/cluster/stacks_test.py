# SPDX-License-Identifier: Apache-2.0
"""The stack of a user's function is as large as a thread's, or as large as it is told to be; a
crash says on the console, and to REST, in which task and why."""
import json
import unittest

from cluster import RESTARTS, SANITIZER, ClusterTest, main, until

# Sanitizers' frames are several times as large; and they report crashes by themselves.
STACK = ["-Dflinkc.task.stack-size=256mb"] if SANITIZER else []


class Stacks(ClusterTest):
    def result(self, *arguments):
        job = self.start(*STACK, *arguments)
        self.assertEqual(job.wait(), 0, job.messages())
        return int(job.output())

    def crash(self, *arguments, says, code=6):
        if SANITIZER and code != 2:
            raise unittest.SkipTest("the sanitizer reports crashes by itself")
        job = self.start(*arguments)
        self.assertEqual(job.wait(), code, job.messages())
        for text in says:
            self.assertIn(text, job.messages())
        return job.messages()

    def test_regular_expression_over_a_long_line(self):
        self.assertEqual(self.result("--", "--mode", "regex"), 20000)

    def test_local_arrays(self):
        self.assertEqual(self.result("--", "--mode", "array"), 256)
        self.assertEqual(self.result("--", "--mode", "large-array"), 4096)

    def test_recursion(self):
        self.assertEqual(self.result("--", "--mode", "recursion"), 10000)

    def test_a_chain_of_3000_maps(self):
        self.assertEqual(self.result("--", "--maps", "3000"), 3000)

    @unittest.skipIf(SANITIZER, "its frames are larger")
    def test_a_long_chain_fits_a_small_stack(self):
        self.assertEqual(self.result("-Dflinkc.task.stack-size=512kb", "--", "--maps", "500"), 500)

    def test_the_stack_is_as_large_as_asked_for(self):
        small = ["-Dflinkc.task.stack-size=1mb"]
        self.crash(*small, "--", "--mode", "large-array", says=["stack of 1024 KiB is full"])
        self.assertEqual(self.result("-Dflinkc.task.stack-size=64mb", "--", "--mode", "recursion"),
                         10000)

    def test_bounds_of_the_option(self):
        for size in ["1kb", "100gb"]:
            self.crash(f"-Dflinkc.task.stack-size={size}", code=2,
                       says=["flinkc.task.stack-size", "from 256 kb to 1 gb"])

    def test_an_overflow_says_so_on_the_console(self):
        for mode in ["overflow", "jump"]:
            for how in [[], ["--local"]]:
                if how and mode == "jump":
                    continue  # one process: nothing is left to say it twice
                says = ["stack overflow in task 'Source: Collection Source -> Map", "(1/1)#0",
                        "stack of 8192 KiB is full", "-Dflinkc.task.stack-size=64mb"]
                self.crash(*how, "--", "--mode", mode, says=says, code=-11 if how else 6)

    def test_other_crashes_say_so(self):
        self.crash("--", "--mode", "divide",
                   says=["signal 8", "division of an integer by zero in task 'Source"])
        self.crash("--", "--mode", "abort", says=["signal 6", "abort in task 'Source"])

    def test_a_crash_that_comes_again_is_called_so(self):
        attempts = [o.replace("attempts=20", "attempts=2") for o in RESTARTS]
        said = self.crash(*attempts, "--", "--mode", "overflow", says=[
            "stack overflow in task", "2 TaskManagers in a row crashed in this way",
            "3 TaskManagers in a row crashed in this way: a restart does not help"])
        self.assertEqual(said.count("stack overflow in task"), 3, said)

    @unittest.skipIf(SANITIZER, "the sanitizer reports crashes by itself")
    def test_rest_tells_the_crash(self):
        attempts = [o.replace("delay=100ms", "delay=1h") for o in RESTARTS]
        job = self.start(*attempts, "--", "--mode", "overflow")

        def told():
            text = json.dumps(job.rest(f"/jobs/{job.id()}/exceptions"))
            return text if "stack overflow" in text else None
        self.assertIn("flinkc.task.stack-size", until(told, "REST has the crash"))


if __name__ == "__main__":
    main()
