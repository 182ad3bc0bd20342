#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tidy test: what a reviewer would otherwise have to say again and again.

Prints every problem at once as file:line: message and exits with 1 if there is any.
tidy.py [--root DIR] [--no-format] [--self-test]
The rules are the functions decorated with @rule; ARCHITECTURE.md has the layer table they hold.
"""
import argparse
import os
import re
import subprocess
import sys

# Layers, low to high. A module may include lower lines, and modules left of it in its own line.
LAYERS = [
    ["base"],
    ["json", "config", "types", "fs", "fiber", "spill", "sql",
     "table"],
    ["wire", "net", "state", "graph"],
    ["operators", "windows", "formats", "endpoints", "connectors", "channels", "protocol", "rpc",
     "rest", "planner"],
    ["ha", "checkpoint", "api", "cep", "harness", "plan", "table_runtime", "table_connectors",
     "sql_job"],
    ["task"],
    ["taskmanager", "jobmanager"],
    ["client", "minicluster", "sim", "sql_client"],
    ["entry"],
]
ORDER = [module for layer in LAYERS for module in layer]
RANK = {module: rank for rank, module in enumerate(ORDER)}
# The public shelf, core/include/flink: flink/MODULE/ belongs to the module of its name, and what a
# user types or reads lies at the top, each header in the module here. One more at the top is a
# decision: its name goes into this table.
TOP_HEADERS = {
    "base": "error output_tag runtime_context text timestamp",
    "types": "arena",
    "state": "state",
    "operators": "async_retry_strategy broadcast_context broadcast_state checkpointed_function "
                 "collector operator_list process_context result_future watermark_strategy",
    "endpoints": "reader_output sink source",
    "api": "arguments async_data_stream broadcast_connected_stream connected_streams data_stream "
           "environment interval_join joined_streams keyed_stream windowed_stream",
    "cep": "cep",
    "harness": "testing",
    "entry": "flink job_main",
}
MODULE_OF_TOP = {name: module for module, names in TOP_HEADERS.items() for name in names.split()}
# Left of each other in a line, yet strangers.
FORBIDDEN = {("jobmanager", "taskmanager"), ("taskmanager", "jobmanager"),
             ("jobmanager", "task")}
# The seam of DESIGN: what users' code sees compiles without the runtime below it.
USER_FACING = {"api", "cep", "harness", "operators", "windows", "formats", "endpoints",
               "connectors"}
USER_FORBIDDEN = {"task", "channels", "rpc", "net"}
CAPNP_MODULES = {"wire", "rpc", "task", "taskmanager", "jobmanager", "rest", "client",
                 "minicluster", "sim", "entry"}

COLUMNS_MAX = 100
FILE_LINES_MAX = 800
TEST_LINES_MAX = 1000
PUBLIC_HEADER_LINES_MAX = 250
FUNCTION_LINES_MAX = 70

STD_HEADERS = set("""
algorithm any array atomic barrier bit bitset charconv chrono codecvt compare complex concepts
condition_variable coroutine deque exception execution forward_list fstream functional future
initializer_list iomanip ios iosfwd istream iterator latch limits list locale map memory
memory_resource mutex new numbers numeric optional ostream queue random ranges ratio
scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept stop_token
streambuf string string_view system_error thread tuple type_traits typeindex typeinfo unordered_map
unordered_set utility valarray variant vector version cassert cctype cerrno cfenv cfloat cinttypes
climits clocale cmath csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar
cwchar cwctype cxxabi.h""".split())
# What base/NAME.h includes a part of, in place of <NAME>, where the compiler has that part.
CHEAPER = {"algorithm", "chrono", "functional", "memory"}
# Standard, but too dear for every user's compile.
HEAVY_HEADERS = {"regex", "iostream", "filesystem", "format", "ranges", "random", "future",
                 "execution", "locale", "codecvt", "fstream", "iomanip", "valarray", "thread"}

COMMENT_OF = {".py": "#", ".sh": "#", ".cmake": "#", ".yaml": "#", ".capnp": "#",
              ".h": "//", ".cpp": "//"}


def module_of(path):
    """Of a source or header of core; None elsewhere, '' for a header at the top of the shelf that
    is not in the table."""
    match = re.match(r"core/(?:src|include/flink)/(\w+)/", path)
    if match:
        return match.group(1)
    match = re.match(r"core/include/flink/(\w+)\.h$", path)
    return MODULE_OF_TOP.get(match.group(1), "") if match else None


class File:
    """One file: its lines, and its lines without comments and string contents."""

    def __init__(self, root, path):
        self.path = path
        self.name = os.path.basename(path)
        self.extension = os.path.splitext(path)[1]
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as handle:
            self.text = handle.read()
        self.lines = self.text.splitlines()
        self.is_cpp = self.extension in (".h", ".cpp")
        self.is_header = self.extension == ".h"
        self.is_test = path.startswith("tests/")
        self.is_public = path.startswith("core/include/")
        self.module = module_of(path)
        # Inputs of golden tests: wrong on purpose, and their line numbers matter.
        self.is_wrong_job = path.startswith(("tests/golden/", "tests/codegen/wrong/"))
        self.code = blank_comments_and_strings(self.text).splitlines() if self.is_cpp else []


def blank_comments_and_strings(text):
    """The same text with comments and the insides of literals blanked, line by line."""
    out = []
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^()\\\s]{0,16})\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)
    last = 0
    for match in pattern.finditer(text):
        out.append(text[last:match.start()])
        token = match.group(0)
        blank = re.sub(r"[^\n]", " ", token)
        if token[0] in "\"R'":
            blank = '"' + blank[1:-1] + '"' if len(blank) > 1 else blank
        out.append(blank)
        last = match.end()
    out.append(text[last:])
    return "".join(out)


RULES = []


def rule(function):
    RULES.append(function)
    return function


@rule
def licence_line(file, _):
    if file.name == "CMakeLists.txt" or file.name == "Makefile":
        comment = "#"
    elif file.extension in COMMENT_OF:
        comment = COMMENT_OF[file.extension]
    elif file.path.startswith("scripts/") or file.lines[:1] and file.lines[0].startswith("#!"):
        comment = "#"
    else:
        return
    wanted = f"{comment} SPDX-License-Identifier: Apache-2.0"
    first = 1 if file.lines[:1] and file.lines[0].startswith("#!") else 0
    if file.lines[first:first + 1] != [wanted] and not file.is_wrong_job:
        yield first + 1, f"the first line is not '{wanted}'"


@rule
def sizes(file, _):
    if not (file.is_cpp or file.extension == ".py"):
        return
    if file.path.startswith("codegen/") and "/embedded/" in file.path:
        return
    limit = TEST_LINES_MAX if file.is_test else FILE_LINES_MAX
    if file.is_public:
        limit = PUBLIC_HEADER_LINES_MAX
    if len(file.lines) > limit:
        yield limit + 1, f"{len(file.lines)} lines, the limit is {limit}: split it by decision"
    for number, line in enumerate(file.lines, 1):
        if len(line) > COLUMNS_MAX and "http" not in line:
            yield number, f"{len(line)} columns, the limit is {COLUMNS_MAX}"
        if line != line.rstrip():
            yield number, "blanks at the end of the line"
    if file.text and not file.text.endswith("\n"):
        yield len(file.lines), "no newline at the end of the file"


@rule
def pragma_once(file, _):
    if file.is_header and not any(line == "#pragma once" for line in file.lines):
        yield 1, "no '#pragma once'"


@rule
def header_comment(file, tree):
    if not file.is_cpp or file.is_wrong_job or file.path.startswith("jobs/"):
        return
    if file.extension == ".cpp":
        stem = os.path.splitext(file.name)[0]
        if file.is_test or not tree or stem + ".h" in tree.names:
            return  # its name or its header says it
    if len(file.lines) < 2 or not file.lines[1].startswith("//"):
        yield 2, "no comment below the licence line that says what the file is"


@rule
def banned_words(file, _):
    if not file.is_cpp or file.is_wrong_job:
        return
    bans = [
        (r"\[=\s*[\],]", "[=] captures whatever it likes: name the captures"),
        (r"(?<![\w.:>])new\s+[\w:<]", "naked new: std::make_unique, or a container"),
        (r"(?<![\w.:>])delete\b\s*(\[\]\s*)?[\w*(]", "naked delete: give it an owner"),
        (r"\bstd::format\b|#include <format>", "g++ 12 has no std::format"),
        (r"\bassert\s*\(", "assert is off in releases: FLINK_CHECK"),
    ]
    if file.is_header:
        bans.append((r"\busing\s+namespace\b", "using namespace in a header"))
    for number, line in enumerate(file.code, 1):
        for pattern, message in bans:
            match = re.search(pattern, line)
            if match:
                yield number, message


@rule
def classified_todos(file, _):
    if file.path.startswith("tests/tidy/"):
        return
    for number, line in enumerate(file.lines, 1):
        if re.search(r"\b(FIXME|XXX|HACK)\b", line) or re.search(r"\bTODO\b(?!\(\w+\))", line):
            yield number, "unclassified: write TODO(kind): what and why, or better an issue"


INCLUDE = re.compile(r'#\s*include\s+[<"]([\w/.]+)[>"]')


def core_path(name):
    """The file that an include of core names: a public header, or a private one."""
    return f"core/include/{name}" if name.startswith("flink/") else f"core/src/{name}"


@rule
def layers(file, _):
    if file.module is None:
        return
    if file.module == "":
        yield 1, ("what a user types or reads lies at the top of the shelf, by TOP_HEADERS of "
                  "tests/tidy/tidy.py; everything else in flink/<module>/")
        return
    if file.module not in RANK:
        yield 1, f"module {file.module} is not in the layer table of tests/tidy/tidy.py"
        return
    for number, line in enumerate(file.lines, 1):
        match = INCLUDE.match(line)
        target = module_of(core_path(match.group(1))) if match else None
        if target and target in RANK and target != file.module:
            if RANK[target] > RANK[file.module]:
                yield number, f"{file.module} is below {target} and must not include it"
            elif (file.module, target) in FORBIDDEN:
                yield number, f"{file.module} must never include {target}"
            elif file.module in USER_FACING and target in USER_FORBIDDEN:
                yield number, f"{file.module} is user-facing: it compiles without {target}"
        if re.match(r"#\s*include\s+<(capnp|kj)/", line) and file.module not in CAPNP_MODULES:
            yield number, f"{file.module} must not know of Cap'n Proto"
        if re.match(r"#\s*include\s+<boost/asio", line) and file.module != "net":
            yield number, "Asio stays inside net"
        if re.match(r"#\s*include\s+<(lmdb)", line) and file.module != "state":
            yield number, "LMDB stays inside state"


def include_cycles(includes):
    """{file: files it includes} -> the groups of files that include each other, sorted."""
    index, low, stack, out = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in includes[node]:
            if other not in includes:
                continue
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(group) > 1 or node in includes[node]:
                out.append(sorted(group))

    for node in sorted(includes):
        if node not in index:
            visit(node)
    return sorted(out)


@rule
def no_include_cycles(file, tree):
    """Headers of core never include each other in a circle."""
    for group in tree.cycles if tree else []:
        if group[0] == file.path:
            yield 1, "a cycle of includes: " + ", ".join(group)


@rule
def public_includes(file, _):
    if not file.is_public:
        return
    for number, line in enumerate(file.lines, 1):
        match = re.match(r'#\s*include\s+([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        kind, name = match.groups()
        if kind == '"' and not name.startswith("flink/"):
            yield number, f'"{name}": public headers include only std and flink/ headers'
        elif kind == "<" and not name.startswith("flink/"):
            cheaper = re.search(r"/base/(\w+)\.h$", file.path)
            if cheaper and cheaper[1] in CHEAPER and name.startswith("bits/"):
                continue
            in_every_job = not re.search(r"/flink/(cep/|testing\.h$)", file.path)
            if name in CHEAPER and in_every_job and not (cheaper and cheaper[1] == name):
                yield number, f"<{name}> is dear for each compile: <flink/base/{name}.h>"
            if name not in STD_HEADERS and name not in HEAVY_HEADERS:
                yield number, f"<{name}>: public headers include only std and flink/ headers"
            elif name in HEAVY_HEADERS:
                yield number, f"<{name}> is too dear for each compile of each user"


FUNCTION = re.compile(r"^( {0,4})\S.*\)\s*(const\s*|noexcept\s*|override\s*|final\s*|->.*)*\{$")
NO_FUNCTION = re.compile(r"\s*(namespace|class|struct|enum)\b")


@rule
def function_lengths(file, _):
    """Best effort: a body opens on a line that ends with ') {' or alike at namespace or class
    level, as clang-format writes it, and closes with a brace of the same indentation."""
    if not file.is_cpp or file.is_wrong_job:
        return
    start, indent = None, ""
    for number, line in enumerate(file.code, 1):
        if start is None:
            match = FUNCTION.match(line)
            if match and not NO_FUNCTION.match(line):
                # A constructor's initializers stand deeper than its closing brace.
                initializers = line.lstrip().startswith(":")
                start, indent = number, match.group(1)[4:] if initializers else match.group(1)
        elif re.match(rf"^{indent}\}}", line):
            length = number - start + 1
            if length > FUNCTION_LINES_MAX * (2 if file.path.startswith("tests/") else 1):
                yield start, f"a function of {length} lines, the limit is {FUNCTION_LINES_MAX}"
            start = None


@rule
def named_in_cmake(file, tree):
    """Every .cpp is named by a CMakeLists.txt in its folder or one above, else nobody builds it.
    Jobs and templates are built by flinkc."""
    if file.extension != ".cpp":
        return
    if not file.path.startswith(("core/", "codegen/", "tools/", "tests/")):
        return
    if any(f"PROJECT_SOURCE_DIR}}/{file.path}" in text for text in tree.cmake.values()):
        return
    if file.is_wrong_job or "/jobs/" in file.path or "/projects/" in file.path:
        return
    folder = os.path.dirname(file.path)
    while True:
        relative = os.path.relpath(file.path, folder) if folder else file.path
        text = tree.cmake.get(folder, "") + tree.scripts.get(folder, "")
        stem = os.path.splitext(relative)[0]
        if re.search(rf"(?<![\w/]){re.escape(relative)}(?![\w])", text):
            return
        # A loop over names: `foreach(name a b) ... ${name}.cpp`.
        if "}.cpp" in text and re.search(rf"(?<![\w/]){re.escape(stem)}(?!\w)", text):
            return
        if not folder:
            break
        folder = os.path.dirname(folder)
    yield 1, "no CMakeLists.txt names it: nobody builds it"


@rule
def module_dependencies(file, tree):
    """What a module includes of others it also names in its flink_module(DEPS)."""
    if file.module not in RANK or f"core/src/{file.module}" not in tree.cmake:
        return
    text = tree.cmake.get(f"core/src/{file.module}", "")
    body = " ".join(re.findall(r"flink_module\((.*?)\)", text, re.S))
    match = re.search(r"\bDEPS\b(.*?)(\bLIBS\b|\bSOURCES\b|$)", body, re.S)
    declared = tree.reachable(file.module, set(match.group(1).split()) if match else set())
    for number, line in enumerate(file.lines, 1):
        match = re.match(r'#\s*include\s+"(\w+)/', line)
        target = match.group(1) if match else None
        if target in RANK and target != file.module and target not in declared:
            yield number, f"{file.module} includes {target} but does not name it in DEPS"


class Tree:
    def __init__(self, root):
        self.root = root
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"], cwd=root, capture_output=True, check=False)
        if listed.returncode == 0:
            paths = [p for p in listed.stdout.decode().split("\0") if p]
        else:  # a tree without git: everything but builds
            paths = []
            for folder, folders, names in os.walk(root):
                folders[:] = [f for f in folders if not f.startswith((".", "build"))]
                paths += [os.path.relpath(os.path.join(folder, n), root) for n in names]
        self.files = [File(root, p) for p in sorted(set(paths)) if self.is_text(p)]
        self.names = {file.name for file in self.files}
        self.cmake = {os.path.dirname(f.path) if f.name == "CMakeLists.txt" else f.path: f.text
                      for f in self.files if f.name == "CMakeLists.txt" or f.extension == ".cmake"}
        # Scripts beside a test may compile its inputs themselves.
        self.scripts = {}
        for f in self.files:
            if f.extension in (".py", ".sh"):
                folder = os.path.dirname(f.path)
                self.scripts[folder] = self.scripts.get(folder, "") + f.text

        self.cycles = include_cycles({
            f.path: [core_path(m.group(1)) for m in map(INCLUDE.match, f.lines) if m]
            for f in self.files if f.path.startswith("core/") and f.is_header})

    def is_text(self, path):
        full = os.path.join(self.root, path)
        known = (".h", ".cpp", ".py", ".sh", ".cmake", ".md", ".capnp", ".yaml", ".txt", "")
        if not os.path.isfile(full) or os.path.splitext(path)[1] not in known:
            return False
        if path.startswith(("jobs/", "tests/")) and path.endswith((".txt", "")) \
                and not path.endswith((".h", ".cpp", ".py", ".sh", ".md", "CMakeLists.txt")):
            return False  # inputs and expected outputs
        return path != "LICENSE"

    def reachable(self, module, direct):
        """DEPS are transitive, as CMake's PUBLIC links are."""
        seen, todo = set(), list(direct)
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            text = self.cmake.get(f"core/src/{name}", "")
            body = " ".join(re.findall(r"flink_module\((.*?)\)", text, re.S))
            match = re.search(r"\bDEPS\b(.*?)(\bLIBS\b|\bSOURCES\b|$)", body, re.S)
            todo += match.group(1).split() if match else []
        return seen


def format_problems(tree):
    paths = [f.path for f in tree.files if f.is_cpp and not f.is_wrong_job]
    if not paths:
        return
    try:
        done = subprocess.run(["clang-format-14", "--dry-run", *paths], cwd=tree.root,
                              capture_output=True, text=True, check=False)
    except FileNotFoundError:
        print("tidy: clang-format-14 is missing: formatting not checked", file=sys.stderr)
        return
    seen = set()
    pattern = r"^(.+?):(\d+):\d+: (?:warning|error): code should"
    for match in re.finditer(pattern, done.stderr, re.M):
        path, line = match.group(1), int(match.group(2))
        if path not in seen:
            seen.add(path)
            yield path, line, "not formatted: make fmt"


def self_test():
    """Each rule finds what it is for, and passes what is near it."""
    cases = [
        (banned_words, "core/src/base/a.cpp", "auto f = [=] { };", 1),
        (banned_words, "core/src/base/a.cpp", "auto f = [&x] { }; // [=]", 0),
        (banned_words, "core/src/base/a.cpp", "T* p = new T();", 1),
        (banned_words, "core/src/base/a.cpp", "::new (place) T(value);", 0),
        (banned_words, "core/src/base/a.cpp", "A(const A&) = delete;", 0),
        (banned_words, "core/src/base/a.cpp", "delete p;", 1),
        (banned_words, "core/src/base/a.cpp", 'log("delete p; new T");', 0),
        (banned_words, "core/src/base/a.h", "using namespace std;", 1),
        (banned_words, "core/src/base/a.cpp", "static_assert(true);", 0),
        (banned_words, "core/src/base/a.cpp", "new (place) T();", 0),
        (classified_todos, "core/src/base/a.cpp", "// TODO later", 1),
        (classified_todos, "core/src/base/a.cpp", "// TODO(perf): measure", 0),
        (layers, "core/src/base/a.cpp", '#include "task/task.h"', 1),
        (layers, "core/src/jobmanager/a.cpp", '#include "taskmanager/x.h"', 1),
        (layers, "core/src/api/a.cpp", '#include "channels/x.h"', 1),
        (layers, "core/src/task/a.cpp", '#include "base/x.h"', 0),
        (layers, "core/src/task/a.cpp", "#include <boost/asio.hpp>", 1),
        (layers, "core/include/flink/state/a.h", "#include <flink/graph/x.h>", 1),
        (layers, "core/include/flink/operators/a.h", "#include <flink/data_stream.h>", 1),
        (layers, "core/include/flink/source.h", "#include <flink/connectors/file/x.h>", 1),
        (layers, "core/include/flink/error.h", "#include <flink/state.h>", 1),
        (layers, "core/include/flink/api/a.h", "#include <flink/fiber/turn.h>", 0),
        (layers, "core/include/flink/data_stream.h", "#include <flink/sink.h>\n#include <map>", 0),
        (layers, "core/include/flink/no_module/a.h", "", 1),
        (layers, "core/include/flink/not_in_the_table.h", "", 1),
        (layers, "core/src/state/a.cpp", "#include <flink/graph/operator.h>", 1),
        (layers, "core/src/state/a.cpp", "#include <flink/data_stream.h>", 1),
        (layers, "core/src/state/a.cpp", '#include "flink/base/check.h"', 0),
        (public_includes, "core/include/flink/a.h", "#include <regex>", 1),
        (public_includes, "core/include/flink/a.h", "#include <chrono>", 1),
        (public_includes, "core/include/flink/base/chrono.h", "#include <chrono>", 0),
        (public_includes, "core/include/flink/a.h", "#include <spdlog/spdlog.h>", 1),
        (public_includes, "core/include/flink/a.h", '#include "base/clock.h"', 1),
        (public_includes, "core/include/flink/a.h", '#include "flink/error.h"\n#include <map>', 0),
        (function_lengths, "core/src/base/a.cpp", "int f(int x) {\n" + "  x++;\n" * 70 + "}", 1),
        (function_lengths, "core/src/base/a.cpp", "int f(int x) {\n" + "  x++;\n" * 60 + "}", 0),
        (pragma_once, "core/src/base/a.h", "int x;", 1),
        (licence_line, "core/src/base/a.h", "int x;", 1),
        (licence_line, "scripts/a.sh", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0", 0),
        (sizes, "core/src/base/a.cpp", "x" * 101 + "\n", 1),
    ]
    failed = 0
    for includes, expected in [
            ({"a": ["b"], "b": ["c"], "c": []}, []),
            ({"a": ["b", "c"], "b": ["c"], "c": ["elsewhere"]}, []),
            ({"a": ["b"], "b": ["a"], "c": ["a"]}, [["a", "b"]]),
            ({"a": ["a"]}, [["a"]]),
            ({"z": ["a"], "a": ["m"], "m": ["z"], "x": ["y"], "y": ["x"]},
             [["a", "m", "z"], ["x", "y"]])]:
        if include_cycles(includes) != expected:
            failed += 1
            print(f"self-test: the cycles of {includes}: {include_cycles(includes)}")
    for check, path, text, expected in cases:
        file = File.__new__(File)
        file.path, file.text, file.lines = path, text, text.splitlines()
        file.name, file.extension = os.path.basename(path), os.path.splitext(path)[1]
        file.is_cpp, file.is_header = True, path.endswith(".h")
        file.is_test, file.is_public = False, path.startswith("core/include/")
        file.is_wrong_job = False
        file.module = module_of(path)
        file.code = blank_comments_and_strings(text).splitlines()
        found = list(check(file, None))
        if len(found) != expected:
            failed += 1
            print(f"self-test: {check.__name__} on {text[:60]!r}: {found}, expected {expected}")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument("--root", default=root)
    parser.add_argument("--no-format", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        sys.exit(1 if self_test() else 0)
    tree = Tree(arguments.root)
    problems = set()
    for file in tree.files:
        for check in RULES:
            problems.update((file.path, line, text) for line, text in check(file, tree))
    if not arguments.no_format:
        problems.update(format_problems(tree))
    for path, line, text in sorted(problems):
        print(f"{path}:{line}: {text}")
    if problems:
        print(f"tidy: {len(problems)} problems in {len(tree.files)} files", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
