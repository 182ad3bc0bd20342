#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the house stands, in numbers: what a change touches, what is said more than once.

measures.py [--root DIR] prints a line a measure, with the places behind it when --places is given.
Text is counted, not meaning: a number that grows is a place to look. Nothing here fails a build;
the rules that do are in tidy.py.
"""
import argparse
import os
import re

from tidy import core_path, include_cycles

SOURCES = ("core/src", "core/include", "codegen", "tools")


class Tree:
    def __init__(self, root):
        self.files = {}
        for top in ("core", "codegen", "tools", "tests"):
            for folder, _, names in os.walk(os.path.join(root, top)):
                for name in names:
                    if name.endswith((".h", ".cpp")):
                        path = os.path.join(folder, name)
                        with open(path, encoding="utf-8", errors="replace") as file:
                            self.files[os.path.relpath(path, root)] = file.read()

    def below(self, *folders):
        return {p: t for p, t in self.files.items() if p.startswith(folders)}

    def find(self, pattern, *folders):
        """'path:line: text' of each match."""
        out = []
        for path, text in sorted(self.below(*folders).items()):
            for number, line in enumerate(text.splitlines(), 1):
                if re.search(pattern, line):
                    out.append(f"{path}:{number}: {line.strip()}")
        return out

    def mentions(self, pattern, *folders):
        return [p for p, t in sorted(self.below(*folders).items()) if re.search(pattern, t)]


MEASURES = []


def measure(text):
    def register(function):
        MEASURES.append((text, function))
        return function
    return register


@measure("casts of error kinds to and from numbers")
def kind_casts(tree):
    return tree.find(r"static_cast<[\w:]*ErrorKind>|"
                     r"static_cast<(int|[\w:]*uint8_t)>\([\w.>-]*(error|failure|cause)\w*"
                     r"[\w.()>-]*kind", *SOURCES)


@measure("classes that are a FileSystem, in tests")
def test_file_systems(tree):
    return tree.find(r"(class|struct) \w+ (final )?: public (base::)?FileSystem", "tests")


@measure("places that look for a file: scheme")
def file_schemes(tree):
    # Comments may show one, and processes say which file system is its.
    return tree.find(r'^(?!\s*//).*("file:|= "file")', "core/src", "core/include", "tools")


@measure("headers named cluster_view.h")
def cluster_views(tree):
    return [p for p in tree.files if p.endswith("/cluster_view.h")]


@measure("declarations of file_system() that others implement")
def file_system_interfaces(tree):
    return tree.find(r"virtual base::FileSystem& file_system\(\)", "core")


@measure("implementations of file_system()")
def file_system_implementations(tree):
    return tree.find(r"file_system\(\)( const)? override", "core")


@measure("edit distances defined")
def edit_distances(tree):
    return tree.find(r"^std::size_t edit_distance\(.*\{", *SOURCES)


@measure("tables of hexadecimal digits")
def hex_tables(tree):
    return tree.find(r'\[\] = "0123456789abcdef"|= "0123456789abcdef"\[', *SOURCES)


@measure("JSON parsers written by hand")
def json_parsers(tree):
    return tree.find(r"class JsonParser|std::optional<Json> parse_json", *SOURCES)


@measure("bases of JobManager")
def job_manager_bases(tree):
    for path, text in tree.below("core/src/jobmanager").items():
        found = re.search(r"class JobManager final([^{]*)\{", text)
        if found:
            return re.findall(r"(?:public|private) ([\w:]+)", found.group(1))
    return []


@measure("planners of a job (files that build a JobGraph from define_job)")
def planners(tree):
    return [p for p in tree.mentions(r"build_job_graph\(", "core/src")
            if not p.startswith("core/src/graph/")]


@measure("constants spelled kLikeThis")
def k_constants(tree):
    return tree.find(r"\bk[A-Z][a-z]\w+\b", *SOURCES, "tests")


@measure("public headers at the top of include/flink")
def top_headers(tree):
    return [p for p in tree.files if re.fullmatch(r"core/include/flink/\w+\.h", p)]


@measure("public headers, all")
def public_headers(tree):
    return list(tree.below("core/include/"))


@measure("cycles of includes among headers of core")
def cycles(tree):
    return [" ".join(group) for group in include_cycles({
        p: [core_path(name) for name in re.findall(r'#include [<"]([\w/.]+)[>"]', text)]
        for p, text in tree.below("core/").items() if p.endswith(".h")})]


# What a new operator of that kind would touch: where the operator itself, what it says of wrong
# functions, or the word is known. Its test and its paragraph in docs/ come on top.
@measure("files of the product that know filter by name")
def filter_files(tree):
    return tree.mentions(r'\bFilterOperator\b|\badd_filter\b|\bfilter_problem\b|"filter"',
                         "core", "codegen")


@measure("files of the product that know process by name")
def process_files(tree):
    return tree.mentions(r"\bProcessOperator\b|\badd_(keyed_)?process\b|\bprocess_problem\b|"
                         r"\bclass ProcessContext\b|\"process\"|\"process_element\"",
                         "core", "codegen")


@measure("fuzz targets")
def fuzzers(tree):
    return [p for p in tree.files if re.fullmatch(r"tests/fuzz/fuzz_(?!main)\w+\.cpp", p)]


@measure("files of the product longer than 400 lines")
def long_files(tree):
    return [f"{p}: {t.count(chr(10))} lines" for p, t in sorted(tree.below(*SOURCES).items())
            if t.count("\n") > 400]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(here)))
    parser.add_argument("--places", action="store_true", help="list what was counted")
    options = parser.parse_args()
    tree = Tree(options.root)
    for text, function in MEASURES:
        found = function(tree)
        print(f"{len(found):5}  {text}")
        if options.places:
            for place in found:
                print(f"         {place}")


if __name__ == "__main__":
    main()
