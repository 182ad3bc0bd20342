# SPDX-License-Identifier: Apache-2.0
"""What other programs write and how they hand it over: pipes, encodings, numbers, times, addresses.
Each case is a job of real processes, as a user starts it."""
import os
import re
import socket
import subprocess
import threading
import unittest

import own_jobs
from cluster import JOB, RESTARTS, ClusterTest, main, until

QUICK = ["--taskmanagers", "2", "--slots", "1", "-Drest.bind-port=0"]


class SourcesTest(ClusterTest):
    def put(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def launch(self, *job_arguments, flags=QUICK, **options):
        return own_jobs.start([JOB, *flags, "--", *job_arguments], cwd=self.directory,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                              **options)

    def finish(self, process, stdin=None):
        """Exit code, the sorted lines of print() without subtask, messages."""
        out, messages = process.communicate(stdin, timeout=60)
        lines = [re.sub(r"^\d+> ", "", line) for line in out.decode(errors="replace").splitlines()]
        return process.returncode, sorted(lines), messages.decode(errors="replace")

    def run_job(self, *job_arguments, stdin=b"", flags=QUICK, **options):
        process = self.launch(*job_arguments, flags=flags, stdin=subprocess.PIPE, **options)
        return self.finish(process, stdin)

    def check_reads(self, read, content, expected, *flags):
        path = self.put(f"{read}.in", content)
        code, lines, messages = self.run_job("--read", read, "--input", path, *flags)
        self.assertEqual(code, 0, messages)
        self.assertEqual(lines, sorted(expected), messages)

    def check_refuses(self, read, content, says, *flags, name=None):
        path = self.put(name or f"{read}.in", content)
        code, _, messages = self.run_job("--read", read, "--input", path, *flags)
        self.assertNotEqual(code, 0)
        for text in [path, *says]:
            self.assertIn(text, messages)


class WithoutSize(SourcesTest):
    LINES = [f"line {i}" for i in range(2000)]
    TEXT = "".join(line + "\n" for line in LINES).encode()

    def test_standard_input(self):
        for flags in (QUICK, ["--local"]):
            code, lines, messages = self.run_job("--input", "/dev/stdin", stdin=self.TEXT,
                                                 flags=flags)
            self.assertEqual((code, lines), (0, sorted(self.LINES)), messages)

    def test_standard_input_redirected_from_a_file(self):
        with open(self.put("in.txt", self.TEXT), "rb") as file:
            process = self.launch("--input", "/dev/stdin", stdin=file)
            code, lines, messages = self.finish(process)
        self.assertEqual((code, lines), (0, sorted(self.LINES)), messages)

    def test_process_substitution(self):
        command = f"{JOB} {' '.join(QUICK)} -- --input <(printf 'one\\ntwo')"
        done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)
        lines = [re.sub(r"^\d+> ", "", line) for line in done.stdout.decode().splitlines()]
        self.assertEqual((done.returncode, sorted(lines)), (0, ["one", "two"]), done.stderr)

    def test_fifo_whose_writer_comes_late_and_stays(self):
        os.mkfifo(self.path("pipe"))
        process = self.launch("--input", self.path("pipe"), stdin=subprocess.DEVNULL)
        with open(self.path("pipe"), "wb") as pipe:  # waits for the job
            pipe.write(self.TEXT)
            pipe.flush()
            first = process.stdout.readline()  # while the writer still holds it
            self.assertIn(b"line 0", first)
        code, lines, messages = self.finish(process)
        self.assertEqual((code, len(lines)), (0, len(self.LINES) - 1), messages)

    def test_proc(self):
        with open("/proc/cpuinfo") as file:
            processors = sorted(line for line in file.read().splitlines()
                                if line.startswith("processor"))
        code, lines, messages = self.run_job("--input", "/proc/cpuinfo")
        self.assertEqual(code, 0, messages)
        self.assertEqual([line for line in lines if line.startswith("processor")], processors)

    def test_a_pipe_is_not_read_again(self):
        os.mkfifo(self.path("pipe"))
        job = self.start("--taskmanagers", "1", "--slots", "1", "-Drest.bind-port=0",
                         "-Drestart-strategy.type=fixed-delay",
                         "-Drestart-strategy.fixed-delay.delay=1ms", "--", "--input",
                         self.path("pipe"))
        with open(self.path("pipe"), "wb") as pipe:
            pipe.write(b"one\n")
            pipe.flush()
            until(lambda: "one" in job.output(), "the line has come through")
            for pid in job.taskmanagers():
                os.kill(pid, 9)
            self.assertEqual(job.wait(), 6, job.messages())
        self.assertIn("cannot be read again", job.messages())
        # But for the one that the TaskManager's death was answered with.
        self.assertEqual(job.messages().count("starts again"), 1)

    def test_what_no_restart_can_help_ends_the_job_at_once(self):
        long = b"x" * 2_000_000
        for name, read, content, flags, says in (
                ("damaged", "amounts", b"a,1.5\nb,?\n", [], "line 2: CSV column 2"),
                ("too-long", "text", long, ["-Dflinkc.record-bytes-max=1mb"], "a line of 2000000"),
                ("utf16", "text", "one\n".encode("utf-16"), [], "UTF-16"),
                ("no-column", "named", b"name,size\na,1\n", [], "no column is named 'value'"),
                ("gzip", "text", b"\x1f\x8b\x08\0more", [], "compressed (gzip)"),
        ):
            with self.subTest(name):
                path = self.put(name, content)
                code, _, messages = self.run_job("--read", read, "--input", path,
                                                 flags=[*QUICK, *RESTARTS, *flags])
                self.assertEqual(code, 6, messages)
                self.assertIn(says, messages)
                self.assertIn("a restart cannot help", messages)
                self.assertNotIn("starts again", messages)

    def test_a_stream_goes_to_one_source(self):
        self.put("in.txt", "from a file\n")
        os.mkfifo(self.path("pipe"))
        os.mkdir(self.path("links"))
        for name in ("a", "b"):
            os.symlink(self.path("pipe"), self.path(f"links/{name}"))
        for first, second, refused in (
                ("/dev/stdin", "/dev/fd/0", "/dev/stdin"),
                ("/dev/stdin", "/proc/self/fd/0", "/dev/stdin"),
                (self.path("pipe"), self.path("links/a"), self.path("links/a")),
                (self.path("links"), self.path("in.txt"), self.path("links/b")),
        ):
            code, lines, messages = self.run_job("--input", first, "--second", second,
                                                 stdin=self.TEXT)
            self.assertEqual((code, lines), (6, []), messages)
            self.assertIn(f"'{refused}' is read by 'Source: records' of this job already", messages)
        for second in ("/dev/null", self.path("in.txt"), "/proc/self/comm"):
            code, lines, messages = self.run_job("--input", second, "--second", second)
            self.assertEqual((code, len(lines)), (0, 0 if second == "/dev/null" else 2), messages)

    def test_a_link_that_leads_to_itself_is_no_file(self):
        os.mkdir(self.path("in"))
        os.symlink("self", self.path("in/self"))
        self.put("in/a.txt", "one\ntwo\n")
        code, lines, messages = self.run_job("--input", self.path("in"))
        self.assertEqual((code, lines), (0, ["one", "two"]), messages)

    def test_closed_standard_input_is_empty(self):
        command = f"{JOB} {' '.join(QUICK)} -- <&-"
        done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, b""), done.stderr)

    def test_what_is_printed_to_a_closed_output_is_an_error(self):
        path = self.put("in.txt", self.TEXT)
        command = f"{JOB} --local -Drest.bind-port=0 -- --input {path} >&-"
        done = subprocess.run(["bash", "-c", command], stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn(b"cannot write to stdout: Bad file descriptor", done.stderr)

    def test_compressed_files_are_refused_by_name(self):
        for suffix in ("gz", "bz2", "xz", "zst", "deflate"):
            self.check_refuses("text", b"\x1f\x8b?", ["compressed", "/dev/stdin"],
                               name=f"in.csv.{suffix}")


class Text(SourcesTest):
    def test_byte_order_mark(self):
        self.check_reads("text", b"\xef\xbb\xbfone\ntwo\n", ["one", "two"])
        self.check_reads("amounts", b"\xef\xbb\xbf\"a\",1.5\n", ["(a,1.5)"])
        self.check_refuses("text", "one\n".encode("utf-16"), ["UTF-16", "iconv"])

    def test_comments_and_blank_lines_before_the_header(self):
        self.check_reads("named", '# of today\n\n#"\nvalue,name\n1.5,a\n# end\n', ["(a,1.5)"])

    def test_quotes_count_at_the_start_of_a_field(self):
        self.check_reads("amounts", '5" pipe,1.5\nplain,2.5\nx",3.5\n',
                         ['(5" pipe,1.5)', '(plain,2.5)', '(x",3.5)'], "--multi-line")
        self.check_reads("amounts", '"na\nme",value\na,1.5\n', ["(a,1.5)"],
                         "--multi-line", "--header")

    def test_errors_name_file_line_and_column(self):
        self.check_refuses("amounts", "a,1\nb,2\nc,x\n", ["line 3", "column 2", "'value'", "'x'"])

    def test_one_optional_column_is_read_back(self):
        path = self.put("notes.csv", 'a\n""\n\nb\n')
        code, _, messages = self.run_job("--read", "notes", "--input", path, "--output", "out")
        self.assertEqual(code, 0, messages)
        code, lines, messages = self.run_job("--read", "notes", "--input", self.path("out"))
        self.assertEqual((code, lines), (0, ["()", "(a)", "(b)", "(null)"]), messages)


class NumbersAndTimes(SourcesTest):
    def test_numbers_too_small_or_large_for_their_type(self):
        self.check_reads("numbers", "1e-400\n-1e-400\n1e400\n-1e400\n0.1\n",
                         ["(0.0)", "(-0.0)", "(Infinity)", "(-Infinity)", "(0.1)"])
        self.check_reads("ratios", "1e-60\n1e60\n", ["(0.0)", "(Infinity)"])

    def test_a_blank_last_line_is_no_number(self):
        self.check_reads("numbers", "1\n2\n\n", ["(1.0)", "(2.0)"])

    def test_numbers_are_spelled_as_in_java(self):
        self.check_reads("numbers", "100000\n120000\n1e7\n0.001\n0.0001\nNaN\n",
                         ["(100000.0)", "(120000.0)", "(1.0E7)", "(0.001)", "(1.0E-4)", "(NaN)"])

    def test_times_of_other_systems(self):
        second = "2024-02-29T12:00:00"
        forms = [second + "Z", second + "z", second + "+00:00", second + " UTC",
                 "2024-02-29T14:00:00+02:00", "2024-02-29 09:30:00-0230", second + ".000000Z",
                 second + ".000999", second + ".000999999+00"]
        self.check_reads("moments", "\n".join(forms) + "\n", [f"({second}.000Z)"] * len(forms))

    def test_own_times_are_read_back(self):
        counts = "253402300800000\n-62167219200001\n9223372036854775807\n-9223372036854775808\n"
        path = self.put("moments.csv", counts)
        code, once, messages = self.run_job("--read", "moments", "--input", path)
        self.assertEqual(code, 0, messages)
        printed = "".join(line.strip("()") + "\n" for line in once)
        self.check_reads("moments", printed, once)


@unittest.skipUnless(os.path.exists("/proc/net/if_inet6"), "this machine has no IPv6")
class InternetProtocol6(SourcesTest):
    def serve(self, host):
        listener = socket.create_server((host, 0), family=socket.AF_INET6)

        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"one\ntwo\n")
            listener.close()

        threading.Thread(target=answer, daemon=True).start()
        return str(listener.getsockname()[1])

    def test_socket_source(self):
        for host in ("::1", "[::1]", "ip6-localhost"):
            if host == "ip6-localhost":
                try:
                    socket.getaddrinfo(host, 1)
                except OSError:
                    continue
            port = self.serve("::1")
            code, lines, messages = self.run_job("--read", "socket", "--host", host, "--port",
                                                 port)
            self.assertEqual((code, lines), (0, ["one", "two"]), messages)

    def test_cluster_and_rest(self):
        flags = ["--taskmanagers", "2", "--slots", "1", "-p", "2", "-Drest.bind-port=0"]
        for key in ("jobmanager.rpc.address", "jobmanager.bind-host", "taskmanager.host",
                    "taskmanager.bind-host", "rest.address", "rest.bind-address"):
            flags.append(f"-D{key}=::1")
        process = self.launch("--input", "/dev/stdin", flags=flags, stdin=subprocess.PIPE)
        line = process.stderr.readline().decode()
        while line and "REST endpoint" not in line:
            line = process.stderr.readline().decode()
        self.assertRegex(line, r"http://\[::1\]:\d+")
        address = re.search(r"http://(\S+)", line).group(1)
        listed = subprocess.run([CTL, "list", "--jobmanager", address], capture_output=True,
                                text=True, timeout=60)
        self.assertIn("Sources", listed.stdout, listed.stderr)
        code, lines, messages = self.finish(process, b"one\ntwo\n")
        self.assertEqual((code, lines), (0, ["one", "two"]), messages)


if __name__ == "__main__":
    import sys
    CTL = os.path.abspath(sys.argv[2])
    main()
