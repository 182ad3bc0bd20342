# SPDX-License-Identifier: Apache-2.0
"""What strangers on this machine can do to a running job: pages in a browser, silent clients."""
import os
import socket
import time
import urllib.error
import urllib.request

from cluster import ClusterTest, main


def status_of(job, method, path, body=None, **headers):
    request = urllib.request.Request(f"http://localhost:{job.rest_port()}{path}", method=method,
                                     data=body)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


class RestGuard(ClusterTest):
    def start_counting(self):
        job = self.start("--", "--rate", "1000", "--records", "100000000",
                         "--output", self.path("out"))
        job.wait_running()
        return job

    def test_a_page_of_another_site_changes_nothing(self):
        job = self.start_counting()
        stop = f"/jobs/{job.id()}/stop"
        body = b'{"targetDirectory": "%s"}' % self.path("stolen").encode()
        self.assertEqual(status_of(job, "POST", stop, body, Content_Type="text/plain",
                                   Origin="http://evil.example"), 403)
        self.assertEqual(status_of(job, "POST", stop, body, Content_Type="application/json",
                                   Origin="http://evil.example"), 403)
        self.assertEqual(status_of(job, "POST", stop, body, Content_Type="text/plain"), 415)
        self.assertEqual(status_of(job, "PATCH", f"/jobs/{job.id()}?mode=cancel",
                                   Sec_Fetch_Site="cross-site"), 403)
        self.assertEqual(job.view()["state"], "RUNNING")
        self.assertFalse(os.path.exists(self.path("stolen")))
        # What a program sends is obeyed.
        self.assertEqual(status_of(job, "PATCH", f"/jobs/{job.id()}?mode=cancel"), 202)
        self.assertEqual(job.wait(), 0, job.messages())

    def test_silent_connections_delay_nobody(self):
        job = self.start_counting()
        port = job.rest_port()
        silent = [socket.create_connection(("localhost", port)) for _ in range(300)]
        for one in silent[::2]:
            one.sendall(b"GET /overview HTTP/1.1\r\nHost: local")
        # The server gives a silent client 15 s; a third of that shows that none was waited
        # for.
        start = time.monotonic()
        for _ in range(5):
            self.assertEqual(status_of(job, "GET", "/overview"), 200)
        self.assertLess(time.monotonic() - start, 5)
        for one in silent:
            one.close()
        job.rest(f"/jobs/{job.id()}?mode=cancel", "PATCH")
        self.assertEqual(job.wait(), 0, job.messages())


if __name__ == "__main__":
    main()
