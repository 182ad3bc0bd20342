#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flinkc from the outside: builds, caching, flags, exit codes, the files it leaves."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

FLINKC = ""

JOB = """// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>
#include "scale.h"

using namespace flink;

std::int64_t shifted(std::int64_t n);

void define_job(StreamExecutionEnvironment& env) {
  auto count = env.args().get("count", std::int64_t{3});
  env.from_sequence(1, count)
      .map([](std::int64_t n) { return shifted(n) * SCALE; })
      .uid("scaled")
      .print();
  env.execute("driver test");
}
"""
MORE = "#include <cstdint>\nstd::int64_t shifted(std::int64_t n) { return n + OFFSET; }\n"


class Driver(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.scratch.name)
        (self.dir / "inc").mkdir()
        self.write("inc/scale.h", "#define SCALE 10\n")
        self.write("job.cpp", JOB)
        self.write("more.cpp", MORE)

    def tearDown(self):
        self.scratch.cleanup()

    def write(self, name, text):
        (self.dir / name).write_text(text)

    def run_flinkc(self, *words, expect=0, **options):
        run = subprocess.run([FLINKC, *words], cwd=options.get("cwd", self.dir),
                             capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(run.returncode, expect, f"flinkc {words}\n{run.stdout}\n{run.stderr}")
        return run

    def build(self, *more, expect=0):
        return self.run_flinkc("build", "job.cpp", "more.cpp", "-I", "inc", "-DOFFSET=100",
                               "-o", "myjob", *more, expect=expect)

    def numbers(self):
        """What ./myjob prints, without the sink's prefix, sorted."""
        run = subprocess.run([self.dir / "myjob", "--local"], cwd=self.dir, capture_output=True,
                             text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = [line for line in run.stdout.splitlines() if line.split("> ")[-1].isdigit()]
        return sorted(int(line.split("> ")[-1]) for line in lines)

    def test_build_is_cached_until_something_it_was_made_from_changes(self):
        self.assertIn("built", self.build().stderr)
        self.assertEqual(self.numbers(), [1010, 1020, 1030])
        self.assertIn("unchanged", self.build().stderr)
        os.utime(self.dir / "job.cpp")
        self.assertIn("unchanged", self.build().stderr)
        self.write("inc/scale.h", "#define SCALE 20\n")
        self.assertIn("built", self.build().stderr)
        self.assertEqual(self.numbers(), [2020, 2040, 2060])
        self.write("more.cpp", MORE.replace("n +", "n + 1 +"))
        self.assertIn("built", self.build().stderr)
        (self.dir / "myjob").write_text("overwritten")
        self.assertIn("unchanged", self.build().stderr)
        self.assertEqual(self.numbers(), [2040, 2060, 2080])

    def test_only_glibc_is_needed_and_twelve_megabytes_are_enough(self):
        self.build()
        needed = subprocess.run(["ldd", self.dir / "myjob"], capture_output=True, text=True).stdout
        names = {line.split()[0].split("/")[-1] for line in needed.splitlines()}
        self.assertLessEqual({name.split(".so")[0] for name in names},
                             {"linux-vdso", "libc", "libm", "ld-linux-x86-64"})
        subprocess.run(["strip", "-o", self.dir / "stripped", self.dir / "myjob"], check=True)
        self.assertLessEqual((self.dir / "stripped").stat().st_size, 12e6)

    def test_files_for_editors_and_people(self):
        self.build("--keep-generated")
        commands = json.loads((self.dir / "compile_commands.json").read_text())
        self.assertEqual({pathlib.Path(one["file"]).name for one in commands},
                         {"job.cpp", "more.cpp"})
        self.assertNotIn("pch", " ".join(commands[0]["arguments"]))
        kept = {path.name for path in (self.dir / "myjob.flinkc").iterdir()}
        self.assertTrue({"build.sh", "main.cpp"} <= kept, kept)
        self.write("compile_commands.json", "[]")  # another tool's
        self.write("job.cpp", JOB + "\n")
        self.build()
        self.assertEqual((self.dir / "compile_commands.json").read_text(), "[]")

    def test_emit_cmake_overwrites_only_its_own(self):
        self.build("--emit-cmake")
        text = (self.dir / "CMakeLists.txt").read_text()
        for part in ("find_package(flink REQUIRED)", "flink_add_job(job job.cpp more.cpp)",
                     "OFFSET=100"):
            self.assertIn(part, text)
        self.build("--emit-cmake")
        self.write("CMakeLists.txt", "project(mine)\n")
        self.build("--emit-cmake", expect=2)
        self.assertEqual((self.dir / "CMakeLists.txt").read_text(), "project(mine)\n")

    def test_run_hands_on_the_jobs_flags_and_arguments(self):
        run = self.run_flinkc("run", "job.cpp", "more.cpp", "-Iinc", "-DOFFSET=0", "--local", "-p",
                              "1", "--", "--count", "2")
        self.assertIn("10", run.stdout)
        self.assertIn("20", run.stdout)
        self.assertNotIn("30", run.stdout)

    def test_a_job_that_throws_without_its_arguments_is_built(self):
        (self.dir / "needs.cpp").write_text("""#include <flink/flink.h>
void define_job(flink::StreamExecutionEnvironment& env) {
  if (!env.args().has("last")) throw std::runtime_error("usage: --last N");
  env.from_sequence(1, env.args().get<std::int64_t>("last", 1)).print();
}
""")
        said = self.run_flinkc("check", "needs.cpp", expect=1).stderr
        self.assertIn("error: define_job threw: std::runtime_error: usage: --last N", said)
        self.assertIn("add `-- --name VALUE ...`", said)
        said = self.run_flinkc("build", "needs.cpp", "-o", "needs").stderr
        self.assertIn("warning: define_job threw: std::runtime_error: usage: --last N", said)
        run = subprocess.run([self.dir / "needs", "--local", "--", "--last", "3"], cwd=self.dir,
                             capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual([line.split("> ")[-1] for line in run.stdout.splitlines()],
                         ["1", "2", "3"])
        self.run_flinkc("check", "needs.cpp", "--", "--last", "3")

    def test_check_and_explain(self):
        flags = ["job.cpp", "more.cpp", "-Iinc", "-DOFFSET=0"]
        self.assertIn("scaled", self.run_flinkc("check", *flags).stdout)
        graph = json.loads(self.run_flinkc("explain", "--json", *flags).stdout)
        self.assertEqual(graph["name"], "driver test")
        self.assertIn("uid scaled", self.run_flinkc("explain", *flags).stdout)

    def test_check_of_sql(self):
        (self.dir / "good.sql").write_text("SET 'a' = 'b';\nSELECT 1;\n")
        (self.dir / "bad.sql").write_text(
            "SELECT a FORM t;\nCREATE MODEL m;\nSELECT `é`, ~ FROM t;\n")
        done = self.run_flinkc("check", "good.sql")
        self.assertEqual(done.stdout, "good.sql: 2 statements, all right\n")
        self.assertEqual(self.run_flinkc("check", "-q", "good.sql").stderr, "")
        done = self.run_flinkc("check", "good.sql", "bad.sql", expect=3)
        self.assertEqual(done.stderr, """\
bad.sql:1:15: error: unexpected t; expected ',' or ';'
  1 | SELECT a FORM t;
    |               ^
hint: did you mean FROM by FORM?
bad.sql:2:1: error: CREATE MODEL is not supported by flinkc
  2 | CREATE MODEL m;
    | ^
bad.sql:3:14: error: '~' is no character of SQL outside texts and names
  3 | SELECT `é`, ~ FROM t;
    |             ^
""")
        said = self.run_flinkc("build", "good.sql", "bad.sql", expect=2).stderr
        self.assertIn("take a single .sql file", said)
        graph = json.loads(self.run_flinkc("check", "--json", "good.sql").stdout)
        self.assertEqual(graph["operators"][-1]["uid"], "query")

    def test_a_script_of_sql_is_a_job(self):
        (self.dir / "twice.sql").write_text(
            "CREATE TABLE numbers (k STRING, n INT) WITH ('connector' = 'values', 'path' = 'in');\n"
            "CREATE TABLE sums (k STRING, s INT) WITH ('connector' = 'print');\n"
            "SELECT k, COUNT(*) FROM numbers GROUP BY k;\n"
            "INSERT INTO sums SELECT k, SUM(n) FROM numbers GROUP BY k;\n"
            "INSERT INTO sums SELECT k, MAX(n) FROM numbers GROUP BY k;\n")
        (self.dir / "in").write_text('["+I", "a", 7]\n')
        self.run_flinkc("build", "twice.sql", "-o", "twice")
        run = subprocess.run([self.dir / "twice", "--quiet"], cwd=self.dir, capture_output=True,
                             text=True, timeout=60, check=True)
        self.assertEqual(sorted(run.stdout.splitlines()), ["+I[a, 1]", "+I[a, 7]", "+I[a, 7]"])
        self.assertIn("sums: aggregate(k)[numbers]#2",
                      self.run_flinkc("explain", "twice.sql").stdout)

    def test_new_and_test(self):
        self.run_flinkc("new", "words")
        words = self.dir / "words"
        self.assertEqual({path.name for path in words.iterdir()},
                         {"job.cpp", "job_test.cpp", "text.txt", "README.md", ".gitignore"})
        shown = sorted(line.split("> ")[-1]
                       for line in self.run_flinkc("run", "job.cpp", cwd=words).stdout.splitlines()
                       if line.endswith(")"))
        self.assertEqual(shown, ["(be,1)", "(be,2)", "(not,1)", "(or,1)", "(to,1)", "(to,2)"])
        # All that its README says can be typed.
        commands = [line for line in (words / "README.md").read_text().splitlines()
                    if line.startswith("    ")]
        self.assertEqual(len(commands), 5)
        path = f"{pathlib.Path(FLINKC).parent}:{os.environ['PATH']}"
        for command in commands:
            done = subprocess.run(["sh", "-c", command], cwd=words, capture_output=True, text=True,
                                  env=dict(os.environ, PATH=path), timeout=120)
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")
            if "flinkc test" in command:
                self.assertIn("SUCCESS", done.stdout)
        for verb in ("build", "run", "check", "explain"):
            said = self.run_flinkc(verb, "job.cpp", "job_test.cpp", cwd=words, expect=2).stderr
            self.assertIn("job_test.cpp is a test", said)
            self.assertIn("flinkc test job_test.cpp", said)
        said = self.run_flinkc("test", "job.cpp", "job_test.cpp", cwd=words, expect=2).stderr
        self.assertIn("job_test.cpp includes job.cpp already; name job_test.cpp alone", said)
        self.run_flinkc("new", "words", expect=2)
        self.run_flinkc("new", "../words", expect=2)

    def test_mistakes_on_the_command_line(self):
        for words, said in (
                ([], "Examples:"), (["biuld"], "did you mean 'build'"),
                (["build"], "build needs SOURCES: the job's .cpp files"),
                (["build", "job.cpp", "-o"], "--output has no value: write --output VALUE"),
                (["build", "absent.cpp"], "no file absent.cpp"),
                (["build", "job.cpp", "--relase"], "did you mean --release"),
                (["build", "job.cpp", "--debug", "--asan"], "--"),
                (["build", "inc/scale.h"], "is no C++ source"),
                (["build", "job.cpp", "-Da.b=1"], "is no macro"),
                (["build", "job.cpp", "more.cpp", "-Iinc", "-o", "inc"], "is a directory"),
                (["precompile", "--system"], "not installed from a package"),
                (["completion", "tcsh"], "tcsh")):
            with self.subTest(words):
                self.assertIn(said, self.run_flinkc(*words, expect=2).stderr)

    def test_help_and_completions(self):
        self.assertIn("Examples:", self.run_flinkc("--help").stdout)
        self.assertIn("-l", self.run_flinkc("help", "build").stdout)
        self.assertIn("flinkc ", self.run_flinkc("--version").stdout)
        for shell in ("bash", "zsh", "fish"):
            self.assertIn("explain", self.run_flinkc("completion", shell).stdout)
        script = self.run_flinkc("completion", "bash").stdout
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)

    def test_errors_of_several_sources(self):
        self.write("more.cpp", MORE + "void define_job(int);\nint twice() { return 1; }\n")
        self.write("third.cpp", "int twice() { return 2; }\n")
        said = self.build("third.cpp", expect=3).stderr
        self.assertIn("'twice()' is defined twice: also in third.cpp", said)
        self.assertIn("more.cpp:4:5", said)
        said = self.run_flinkc("build", "job.cpp", "-Iinc", expect=3).stderr
        self.assertIn("'shifted(long)' is declared and used, but not defined", said)
        said = self.run_flinkc("build", "job.cpp", "more.cpp", "-Iinc", "-DOFFSET=1", "-lnope",
                               expect=3).stderr
        self.assertIn("no library nope", said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--flinkc", required=True)
    options, rest = parser.parse_known_args()
    FLINKC = options.flinkc
    unittest.main(argv=[sys.argv[0], *rest], verbosity=1)
