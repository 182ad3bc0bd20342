# SPDX-License-Identifier: Apache-2.0
"""Jobs that cannot run or fail: a clear message, the right exit code, no process left."""
import json
import socket
import subprocess

from cluster import JOB, OTHER_BUILD, ClusterTest, main, until


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

    def test_unknown_role(self):
        self.run_to_end("jobmanger", code=2, says="did you mean jobmanager?")

    def test_unknown_configuration_key(self):
        self.run_to_end("-Drest.prot=1", code=2, says="rest.port")

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
                              says=["the record is cursed", "numbers", "(1/1)"])
        self.assertEqual(job.messages().count("the record is cursed"), 1)

    def test_segfaulting_user_function(self):
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
