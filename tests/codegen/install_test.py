#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The installed tree works from anywhere: installs into a directory, moves it, and builds one job
in three ways: DIR/bin/flinkc, find_package(flink) with flink_add_job, pkg-config."""
import argparse
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

JOB = """// SPDX-License-Identifier: Apache-2.0
#include <flink/flink.h>

using namespace flink;

void define_job(StreamExecutionEnvironment& env) {
  env.from_sequence(1, 3).map([](std::int64_t n) { return n * 7; }).uid("sevens").print();
}
"""
CMAKE = """cmake_minimum_required(VERSION 3.20)
project(job LANGUAGES CXX)
find_package(flink 0.1 REQUIRED)
flink_add_job(sevens job.cpp)
"""


def run(*words, **options):
    words = [str(word) for word in words]
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"FAILED {shlex.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--cmake", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        run(options.cmake, "--install", options.build, "--prefix", scratch / "first")
        prefix = scratch / "moved here"
        shutil.move(scratch / "first", prefix)
        job = scratch / "job"
        job.mkdir()
        (job / "job.cpp").write_text(JOB)
        (job / "CMakeLists.txt").write_text(CMAKE)

        run(prefix / "bin/flinkc", "build", "job.cpp", "-o", "by_flinkc", cwd=job)
        run(options.cmake, "-S", job, "-B", job / "build", "-G", "Ninja",
            f"-DCMAKE_PREFIX_PATH={prefix}")
        run(options.cmake, "--build", job / "build")
        shutil.copy(job / "build/sevens", job / "by_cmake")
        variables = dict(os.environ, PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig"))
        flags = shlex.split(run("pkg-config", "--cflags", "--libs", "flink", env=variables))
        run("g++", "-O0", "job.cpp", "-o", "by_pkg_config", *flags, cwd=job)

        graphs = {name: run(job / name, "describe", "--json", cwd=job)
                  for name in ("by_flinkc", "by_cmake", "by_pkg_config")}
        for name, graph in graphs.items():
            if "sevens" not in graph or graph != graphs["by_flinkc"]:
                sys.exit(f"FAILED {name} describes another graph:\n{graph}")
        printed = run(job / "by_cmake", "--local", cwd=job)
        for number in ("7", "14", "21"):
            if not any(line.split("> ")[-1] == number for line in printed.splitlines()):
                sys.exit(f"FAILED by_cmake does not print {number}:\n{printed}")
        run(prefix / "bin/flinkc", "new", "words", cwd=scratch)
        run(prefix / "bin/flinkc", "check", "job.cpp", cwd=scratch / "words")
    print("the installed tree works from where it was moved to")


if __name__ == "__main__":
    main()
