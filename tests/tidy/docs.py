#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles and runs the fenced code blocks of README.md, ARCHITECTURE.md and docs/*.md.

docs.py --build DIR [PAGE...]
The word after the fence says what happens to a block; a block without a known one is a problem:
  ```cpp            with define_job: `flinkc check`; else a translation unit, compiled alone
  ```cpp body       statements inside define_job, `flinkc check` too
  ```cpp file=NAME  also written to NAME, for the sh blocks below it on the page
  ```sh run         run by bash -euo pipefail in a scratch directory a page has to itself, build/bin
                    in PATH; what follows as ```text output must be what it prints, line by line,
                    where ... stands for anything
  ```sh seen TEST   shown only; the ctest TEST does the same
  ```sh hand REASON shown only, for the reason given
  ```text ```json ```yaml ```csv ```make   output or data, not checked
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = {"text", "json", "yaml", "csv", "make", "mermaid"}
PRELUDE = ("#include <flink/flink.h>\n"
           "using namespace flink;\nusing namespace std::chrono_literals;\n")


def blocks(path):
    """(line, info, text) of each fenced block."""
    with open(path, encoding="utf-8") as handle:
        lines = handle.read().split("\n")
    start, info, body = None, "", []
    for number, line in enumerate(lines, 1):
        if line.startswith("```"):
            if start is None:
                start, info, body = number, line[3:].strip(), []
            else:
                yield start, info, "\n".join(body) + "\n"
                start = None
        elif start is not None:
            body.append(line)
    if start is not None:
        yield start, "unclosed", ""


class Page:
    def __init__(self, path, build, tests):
        self.path, self.build, self.tests = path, build, tests
        self.problems = []
        self.count = 0
        self.last_output = None

    def problem(self, line, text):
        self.problems.append(f"{os.path.relpath(self.path, ROOT)}:{line}: {text}")

    def run(self):
        with tempfile.TemporaryDirectory(prefix="flink-docs-") as scratch:
            for line, info, text in blocks(self.path):
                self.block(scratch, line, info, text)

    def block(self, scratch, line, info, text):
        words = info.split()
        kind = words[0] if words else ""
        if kind == "cpp":
            self.cpp(scratch, line, words[1:], text)
        elif kind == "sh" and words[1:2] == ["run"]:
            self.shell(scratch, line, text)
        elif kind == "sh" and words[1:2] == ["seen"] and len(words) == 3:
            if words[2] not in self.tests:
                self.problem(line, f"there is no ctest '{words[2]}' that would do this")
        elif kind == "sh" and words[1:2] == ["hand"] and len(words) > 2:
            pass
        elif kind == "text" and words[1:2] == ["output"]:
            self.output(line, text)
        elif kind in DATA and len(words) == 1:
            pass
        else:
            self.problem(line, f"'```{info}' does not say how it is checked (tests/tidy/docs.py)")

    def cpp(self, scratch, line, options, text):
        self.count += 1
        name = f"block_{line}.cpp"
        for option in options:
            if option.startswith("file="):
                name = option[5:]
        if "body" in options:
            text = PRELUDE + "void define_job(StreamExecutionEnvironment& env) {\n" + text + "}\n"
        path = os.path.join(scratch, name)
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(text)
        if "define_job" in text:
            command = [os.path.join(self.build, "bin/flinkc"), "check", path]
        else:
            command = ["g++", "-std=c++20", "-fsyntax-only", "-I",
                       os.path.join(ROOT, "core/include"), "-x", "c++", path]
        self.finish(line, subprocess.run(command, cwd=scratch, text=True, check=False,
                                         capture_output=True, timeout=300))

    def shell(self, scratch, line, text):
        self.count += 1
        environment = dict(os.environ, PATH=os.path.join(self.build, "bin") + ":" +
                           os.environ["PATH"], LC_ALL="C", NO_COLOR="1", REPO=ROOT)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=scratch, text=True,
                              capture_output=True, check=False, timeout=300,
                              stdin=subprocess.DEVNULL, env=environment)
        self.last_output = done.stdout
        self.finish(line, done)

    def finish(self, line, done):
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip().split("\n")
            self.problem(line, f"exit code {done.returncode}\n    " + "\n    ".join(said[-15:]))

    def output(self, line, text):
        """Each line shown is printed, in this order; the block above may print more."""
        printed = iter((self.last_output or "").split("\n"))
        for wanted in text.strip("\n").split("\n"):
            pattern = ".*".join(re.escape(part) for part in wanted.split("..."))
            if not any(re.fullmatch(pattern, got) for got in printed):
                self.problem(line, f"not printed: {wanted}")
                return


def ctest_names(build):
    done = subprocess.run(["ctest", "--test-dir", build, "-N"], capture_output=True, text=True,
                          check=False)
    return set(re.findall(r"Test +#\d+: (\S+)", done.stdout))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("pages", nargs="*")
    arguments = parser.parse_args()
    build = os.path.abspath(arguments.build)
    pages = arguments.pages
    if not pages:
        pages = [os.path.join(ROOT, name) for name in ("README.md", "ARCHITECTURE.md")]
        for folder, _, names in sorted(os.walk(os.path.join(ROOT, "docs"))):
            pages += [os.path.join(folder, name) for name in sorted(names) if name.endswith(".md")]
    problems, count, tests = [], 0, ctest_names(build)
    for path in pages:
        if os.path.exists(path):
            page = Page(path, build, tests)
            page.run()
            problems += page.problems
            count += page.count
    print("\n".join(problems) if problems else f"{count} blocks of {len(pages)} pages are right")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
