# SPDX-License-Identifier: Apache-2.0
"""A job that produces nothing because an input is quiet: REST and flinkctl say which one."""
import os
import socket
import subprocess
import sys
import threading

from cluster import ClusterTest, main, until

FLINKCTL = os.path.abspath(sys.argv[3])
NO_WATERMARK = -2 ** 63


class Lines:
    """A server whose one client gets what is said."""

    def __init__(self, *lines):
        self.server = socket.create_server(("localhost", 0))
        self.port = str(self.server.getsockname()[1])
        threading.Thread(target=self.serve, args=(lines,), daemon=True).start()

    def serve(self, lines):
        with self.server:
            self.client, _ = self.server.accept()
        self.client.sendall("".join(f"{line}\n" for line in lines).encode())


class EventTimeTest(ClusterTest):
    def job(self, *arguments):
        return self.start("--taskmanagers", "2", "--slots", "1", "-p", "2", "-Drest.bind-port=0",
                          "-Dheartbeat.interval=50ms", "--", *arguments)

    def held_back(self, job, condition):
        def holder():
            for waits in job.view().get("event-time", []):
                if waits["vertex-name"].startswith("latest") and condition(waits["held-back-by"]):
                    return waits
            return None
        return until(holder, "somebody holds the windows back")

    def info(self, job):
        def text():
            at = f"localhost:{job.rest_port()}"
            done = subprocess.run([FLINKCTL, "info", job.id(), "--jobmanager", at],
                                  capture_output=True, text=True, timeout=60)
            return done.stdout if "Event time stands still" in done.stdout else None
        return until(text, "flinkctl info says that event time stands still")

    def test_quiet_split(self):
        job = self.job("--quiet", "split")
        job.wait_running()
        waits = self.held_back(job, lambda by: by.get("split") == "silence")
        by = waits["held-back-by"]
        self.assertEqual((by["operator"], by["watermark"]), ("Source: beats", NO_WATERMARK))
        self.assertGreater(by["since"], 0)
        self.assertIn("with_idleness", waits["advice"])
        text = self.info(job)
        self.assertIn("  latest", text)
        self.assertRegex(text, r"by subtasks [12] and [12] of 'Source: beats', split silence of "
                               r"the first: no watermark")
        self.assertIn("with_idleness", text)

    def test_quiet_socket(self):
        talks, quiet = Lines(1000, 9000), Lines(400)
        job = self.job("--quiet", "socket", "--port", talks.port, "--quiet-port", quiet.port)
        job.wait_running()
        by = self.held_back(job, lambda by: by["watermark"] == 399)["held-back-by"]
        self.assertEqual((by["operator"], by["subtask"]), ("stamps of quiet-port", 0))
        self.assertRegex(self.info(job), r"by subtask 1 of 'stamps of quiet-port', behind "
                                         r"'Source: Socket Stream': "
                                         r"watermark 1970-01-01T00:00:00.399Z, since ")
        quiet.client.sendall(b"8000\n")
        self.held_back(job, lambda by: by["watermark"] == 7999)
        until(lambda: "1000" in job.output(), "the first window's result")
        talks.client.close()
        quiet.client.close()


if __name__ == "__main__":
    main()
