# SPDX-License-Identifier: Apache-2.0
"""Jobs that cannot run or fail: a clear message, the right exit code, no process left."""
import json
import os
import socket
import subprocess

from cluster import JOB, OTHER_BUILD, ClusterTest, environment, main, until


class Refusals(ClusterTest):
    def run_to_end(self, *arguments, code, says, **options):
        job = self.start(*arguments, **options)
        self.assertEqual(job.wait(), code, job.messages())
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, job.messages())
        return job

    def test_define_job_throws(self):
        self.run_to_end("--", "--mode", "define-throws", code=1, says="define_job gave up")

    def test_empty_graph(self):
        self.run_to_end("--", "--mode", "empty", code=1, says="")

    def test_bad_job_argument(self):
        self.run_to_end("--", "--records", "many", code=2, says=["records", "many"])

    def test_unknown_option(self):
        self.run_to_end("--taskmanager", "2", code=2, says="--taskmanagers")

    def test_an_option_without_its_value(self):
        for words, says in [(["--slots"], "--slots has no value: write --slots VALUE"),
                            (["-D"], "-D has no value: write -D KEY=VALUE"),
                            (["simulate", "--seed", "x"], "--seed is \"x\": it takes a number"),
                            (["--local=x"], "--local takes no value"),
                            (["--local=2"], "--local takes no value: write --local"),
                            (["describe", "--json=true"], "--json takes no value")]:
            with self.subTest(words):
                self.run_to_end(*words, code=2, says=[says, "--help"])
        self.run_to_end("--", "--records", code=2, says="--records has no value")

    def test_unknown_role(self):
        self.run_to_end("jobmanger", code=2, says="did you mean jobmanager?")

    def test_unknown_configuration_key(self):
        self.run_to_end("-Drest.prot=1", code=2, says="rest.port")

    def test_values_out_of_bounds(self):
        for setting, says in [
                ("heartbeat.timeout=0", "at least 10 ms"),
                ("heartbeat.timeout=40000 d", "at most 36500 d"),
                ("heartbeat.interval=0", "at least 1 ms"),
                ("heartbeat.interval=60s", "must be less than heartbeat.timeout (50 s, default)"),
                ("execution.checkpointing.timeout=0", "at least 10 ms"),
                ("execution.checkpointing.interval=0", "at least 1 ms"),
                ("task.cancellation.interval=0", "at least 1 ms"),
                ("cluster.registration.initial-timeout=0", "at least 1 ms"),
                ("slot.request.timeout=0", "at least 1 ms"),
                ("restart-strategy.exponential-delay.initial-backoff=0", "at least 1 ms"),
                ("restart-strategy.exponential-delay.initial-backoff=1h", "must not be more than"),
                ("flinkc.record-bytes-max=0", "from 1 kb to 1 gb"),
                ("taskmanager.memory.network.max=0", "at least 256 kb"),
                ("taskmanager.memory.process.size=1kb", "less than its parts"),
                ("taskmanager.numberOfTaskSlots=100000", "to 32768"),
                ("pipeline.max-parallelism=0", "1 to 32768")]:
            with self.subTest(setting):
                job = self.start("-D" + setting)
                self.assertIn(job.wait(), (1, 2), job.messages())
                self.assertIn(says, job.messages())

    def test_a_job_argument_given_twice(self):
        self.run_to_end("--", "--records", "10", "--records=20", code=2,
                        says=["--records is given twice", '"10"', '"20"'])

    def test_a_second_yaml_document(self):
        os.mkdir(self.path("conf"))
        with open(self.path("conf/config.yaml"), "w", encoding="utf-8") as file:
            file.write("rest.port: 0\n---\nparallelism.default: 2\n")
        self.run_to_end(code=2, says="config.yaml:2: a second document")

    def test_the_loopback_interface_is_down(self):
        if subprocess.run(["unshare", "-rn", "true"], check=False).returncode != 0:
            self.skipTest("no network namespaces here")
        self.run_to_end("-rn", JOB, program="unshare", code=1,
                        says="the loopback interface is down")

    def test_impure_define_job(self):
        self.run_to_end("--", "--mode", "impure", code=6,
                        says=["built a different graph", "nothing but its arguments"])

    def test_another_build(self):
        manager = self.start("jobmanager", "-Djobmanager.rpc.port=0")
        until(lambda: "Waiting for TaskManagers at" in manager.messages(), "it waits")
        address = manager.messages().split("Waiting for TaskManagers at ")[1].split()[0]
        self.run_to_end("taskmanager", "--jobmanager", address, code=1, says="another build",
                        program=OTHER_BUILD)

    def test_more_slots_than_exist(self):
        self.run_to_end("--taskmanagers", "1", "--slots", "2", "-p", "3", code=6,
                        says=["needs 3 slots", "have 2"])

    def test_throwing_user_function(self):
        job = self.run_to_end("--", "--mode", "throw", "--records", "100000", code=6,
                              says=["std::runtime_error: the record is cursed", "numbers", "(1/1)"])
        self.assertEqual(job.messages().count("the record is cursed"), 1)

    def test_segfaulting_user_function(self):
        with environment(ASAN_OPTIONS="handle_segv=0", TSAN_OPTIONS="handle_segv=0"):
            self.run_to_end("--", "--mode", "segfault", "--records", "100000", code=6,
                            says=["died (signal 11", "while running", "numbers"])

    def test_port_range_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.run_to_end(f"-Drest.bind-port={port}", code=1, says=["rest.bind-port", str(port)])

    def test_next_free_port_of_the_range(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            job = self.start(f"-Drest.bind-port={port}-{port + 50}")
            self.assertGreater(job.rest_port(), port)
            self.assertEqual(job.wait(), 0, job.messages())

    def test_closed_standard_output_fails_the_job(self):
        reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
        reader.wait()
        job = self.start("--", "--records", "1000000", stdout=reader.stdin)
        reader.stdin.close()
        self.assertEqual(job.wait(), 6, job.messages())

    def test_help_opens_with_examples(self):
        text = subprocess.run([JOB, "--help"], capture_output=True, text=True, check=True).stdout
        self.assertTrue(text.startswith("Examples:"), text)

    def test_describe_and_show_config_run_nothing(self):
        text = subprocess.run([JOB, "describe", "--json"], capture_output=True, text=True,
                              check=True).stdout
        self.assertEqual(json.loads(text)["name"], "Tallies")
        text = subprocess.run([JOB, "--show-config", "-p", "3"], capture_output=True, text=True,
                              check=True).stdout
        self.assertIn("parallelism.default", text)


if __name__ == "__main__":
    main()
