#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs recorded answers of Apache Flink against `flinkc sql` and prints how many agree.

conformance.py --flinkc PATH --data DIR [--floors FILE] [--only TEXT] [--show N] FOLDER
FOLDER has queries/*.txt (schema, rows, change log of a query, or a script), expressions/*.tsv and
errors/errors.txt. Every statement goes through the shell as a user types it. With --floors the exit
code is 1 when a count is below the one in the file; --show prints the first N that differ.
"""
import argparse
import collections
import concurrent.futures
import glob
import hashlib
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile

STATEMENTS_A_RUN = 250
SECONDS_MAX = 120


# ---- reading what was recorded

def read_case(path):
    """-> header, {section heading: lines}"""
    header, sections, lines = {}, {}, None
    for line in open(path, encoding="utf-8").read().split("\n"):
        if line.startswith("== "):
            lines = sections.setdefault(line[3:], [])
        elif lines is not None:
            lines.append(line)
        elif line.startswith("# ") and ": " in line:
            key, value = line[2:].split(": ", 1)
            header.setdefault(key, []).append(value)
    for lines in sections.values():
        while lines and lines[-1] == "":
            lines.pop()
    return header, sections


def section(sections, name):
    for heading, lines in sections.items():
        if heading == name or heading.startswith((name + ":", name + ",", name + " (")):
            return lines
    return None


def unescape(cell):
    return re.sub(r"\\([\\tnr0])",
                  lambda m: {"\\": "\\", "t": "\t", "n": "\n", "r": "\r", "0": "\0"}[m[1]], cell)


def read_expressions(path):
    """-> (number, zone, expression, type, value)"""
    zone = "UTC"
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith("#"):
            if "session time zone" in line:
                zone = line.split("time zone ")[1].split(",")[0].strip()
            continue
        cells = line.split("\t")
        kind, value = cells[2], cells[3]
        # The answer for a column is the better one where constants were folded otherwise.
        column = len(cells) > 4 and cells[4].startswith("col: ")
        if column:
            kind, value = cells[5], cells[6]
        yield int(cells[0]), zone, unescape(cells[1]), kind, value, column


def read_errors(path):
    for block in open(path, encoding="utf-8").read().split("### ")[1:]:
        head, *parts = block.split("\n--- ")
        case = {"name": head.split("\n")[0], "mode": "stream"}
        for line in head.split("\n")[1:]:
            if ": " in line:
                key, value = line.split(": ", 1)
                case[key] = value
        for part in parts:
            key, _, value = part.partition("\n")
            case[key] = value.rstrip("\n")
        yield case


# ---- the shell

class Shell:
    def __init__(self, options):
        self.flinkc, self.data = options.flinkc, os.path.abspath(options.data)

    def run(self, script, out="/nonexistent"):
        """Gives the answer of each statement: 'OK', 'ERROR text' or ('ROWS', columns, rows)."""
        script = script.replace("${DATA}", self.data).replace("${OUT}", out)
        with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
            file.write(script)
            file.flush()
            try:
                done = subprocess.run(
                    [self.flinkc, "sql", "--tsv", "--schema", "--echo", "--keep-going", "-f",
                     file.name], capture_output=True, timeout=SECONDS_MAX)
                text = done.stdout.decode("utf-8", "replace")
                if done.returncode < 0:
                    text += "\nERROR ended by signal %d\n" % -done.returncode
            except subprocess.TimeoutExpired as late:
                text = (late.stdout or b"").decode("utf-8", "replace")
                text += "\nERROR no end within %d s\n" % SECONDS_MAX
        # The marks of statements stand alone in their lines; rows escape line breaks.
        return [parse_answer(part) for part in re.split(r"^>> .*\n", text, flags=re.M)[1:]]


def parse_answer(text):
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    errors = [i for i, line in enumerate(lines) if line.startswith("ERROR ")]
    if errors:
        return ("ERROR", "\n".join(lines[errors[0]:])[6:], None)
    if not lines or lines[0] == "OK":
        return ("OK", None, None)
    columns = []
    while lines and lines[0].startswith("col "):
        columns.append(lines.pop(0)[4:])
    return ("ROWS", columns, lines[1:])  # behind the names


# ---- comparing

def normal(cell):
    """Entries of maps in one order."""
    return re.sub(r"\{([^{}]*)\}", lambda m: "{" + ", ".join(sorted(m[1].split(", "))) + "}", cell)


def same_cell(ours, theirs):
    if ours == theirs or normal(ours) == normal(theirs):
        return True
    try:
        a, b = float(ours), float(theirs)
    except ValueError:
        return False
    if "." not in theirs and "E" not in theirs:
        return False
    return a == b or (math.isfinite(a) and math.isclose(a, b, rel_tol=1e-12))


def same_row(ours, theirs):
    a, b = ours.split("\t"), theirs.split("\t")
    return len(a) == len(b) and all(same_cell(x, y) for x, y in zip(a, b))


def same_rows(ours, theirs):
    return len(ours) == len(theirs) and all(same_row(a, b) for a, b in zip(ours, theirs))


def sort_rows(rows):
    return sorted(rows, key=lambda row: row.encode("utf-16-be", "surrogatepass"))


def same_bag(ours, theirs):
    ours, theirs = [normal(row) for row in ours], [normal(row) for row in theirs]
    return same_rows(sort_rows(ours), sort_rows(theirs))


def same_columns(ours, theirs):
    return [re.sub(r" \*\w+\*", "", column) for column in ours] == \
           [re.sub(r" \*\w+\*", "", column) for column in theirs]


def materialise(log, key):
    """The rows that a change log leaves; by key when it has no -U for each +U."""
    if key is None:
        rows = collections.Counter()
        for line in log:
            op, _, row = line.partition("\t")
            rows[row] += 1 if op[0] == "+" else -1
        return [row for row, count in rows.items() for _ in range(count)]
    by_key = {}
    for line in log:
        op, _, row = line.partition("\t")
        cells = row.split("\t")
        name = tuple(cells[i] for i in key)
        if op[0] == "+":
            by_key[name] = row
        elif op == "-D":
            by_key.pop(name, None)
    return list(by_key.values())


# ---- the kinds of cases; each gives [(count, passed, what differs)]

def set_mode(mode):
    return "SET 'execution.runtime-mode' = '%s';\n" % ("batch" if mode == "batch" else "streaming")


def settings(header):
    out = ""
    for line in header.get("conf", []):
        for pair in re.findall(r"'?([\w.-]+)'?\s*=\s*'?([^',]+)'?", line):
            out += "SET '%s' = '%s';\n" % pair
    return out


def run_query(shell, path):
    header, sections = read_case(path)
    if "script" in sections:
        return run_script(shell, path, header, sections)
    name, results = os.path.basename(path)[:-4], []
    setup = "\n".join(section(sections, "setup") or [])
    query = "\n".join(section(sections, "query"))
    for mode in ("batch", "stream"):
        error, schema = section(sections, mode + " error"), section(sections, mode + " schema")
        if error is None and schema is None:
            continue
        out = tempfile.mkdtemp()
        answers = shell.run(set_mode(mode) + settings(header) + setup + "\n" + query + "\n;\n", out)
        shutil.rmtree(out)
        answer = answers[-1] if answers else ("ERROR", "nothing was said", None)
        early = [a[1] for a in answers[:-1] if a[0] == "ERROR"]
        if early:
            answer = ("ERROR", "setup: " + early[0], None)
        label = "%s %s: " % (name, mode)
        if error is not None:
            results.append((mode + " errors", answer[0] == "ERROR", label + "no error"))
            continue
        if answer[0] != "ROWS":
            results.append((mode + " rows", False, label + str(answer[1])))
            if mode == "stream" and is_exact(sections):
                results.append(("stream change logs", False, ""))
            continue
        results += compare_query(mode, header, sections, answer, label, shell.data)
    return results


def is_exact(sections):
    told = section(sections, "stream deterministic")
    log = section(sections, "stream changelog")
    return bool(told and told[0].startswith("changelog yes") and log)


def compare_query(mode, header, sections, answer, label, data):
    _, columns, rows = answer
    rows = [row.replace(data, "${DATA}") for row in rows]
    schema = section(sections, mode + " schema")
    results = [(mode + " schemas", same_columns(columns, schema),
                label + "columns %s, expected %s" % (columns, schema))]
    in_order = section(sections, "batch rows in order")
    sorted_rows = section(sections, "batch rows sorted")
    batch = sorted_rows if in_order is None else in_order
    if mode == "batch":
        right = same_rows(rows, in_order) if in_order is not None else same_bag(rows, batch)
        return results + [("batch rows", right, label + differ(rows, batch))]
    key = header.get("upsert_key")
    key = [int(i) for i in re.findall(r"\d+", key[0])] if key else None
    final = section(sections, "stream final sorted")
    if final is None:
        final = batch
    told = section(sections, "stream deterministic") or [""]
    if final is not None and "final no" not in told[0]:
        left = materialise(rows, key)
        results.append(("stream rows", same_bag(left, final), label + differ(left, final)))
    if is_exact(sections):
        heading = next(h for h in sections if re.match(r"stream changelog(?!-mode)", h))
        log = sections[heading]
        digest = re.search(r"[0-9a-f]{64}", heading)
        if digest:
            text = "".join(row + "\n" for row in rows)
            right = hashlib.sha256(text.encode()).hexdigest() == digest[0]
        else:
            right = same_rows(rows, log)
        results.append(("stream change logs", right, label + differ(rows, log)))
    return results


def differ(ours, theirs):
    theirs = theirs or []
    for a, b in zip(ours, theirs):
        if not same_row(a, b):
            return "row %r, expected %r" % (a, b)
    return "%d rows, expected %d" % (len(ours), len(theirs))


def run_script(shell, path, header, sections):
    name, results = os.path.basename(path)[:-4], []
    setup = "\n".join(section(sections, "setup") or [])
    script = "\n".join(section(sections, "script"))
    for mode in ("batch", "stream"):
        output = section(sections, mode + " output")
        if output is None:
            continue
        expected = split_output(output)
        before = set_mode(mode) + settings(header)
        head = len([s for s in re.split(r";\s*(?:\n|$)", before + setup) if s.strip()])
        out = tempfile.mkdtemp()
        answers = shell.run(before + setup + "\n" + re.sub(r"(?m)^!tree;$", "", script), out)[head:]
        shutil.rmtree(out)
        for (statement, theirs), ours in zip([e for e in expected if e[0] != "!tree;"],
                                             answers + [("ERROR", "nothing", None)] * 99):
            right, what = compare_statement(ours, theirs, shell.data)
            results.append(("script statements", right,
                            "%s %s: %s: %s" % (name, mode, statement.split("\n")[0], what)))
        results += run_trees(shell, before + setup + "\n", script, expected, name + " " + mode)
    return results


def split_output(lines):
    out = []
    for line in lines:
        if line.startswith(">> "):
            out.append([line[3:], []])
        elif out and not out[-1][1] and not out[-1][0].endswith(";"):
            out[-1][0] += "\n" + line
        elif out:
            out[-1][1].append(line)
    return out


def compare_statement(ours, theirs, data):
    if theirs and theirs[0].startswith("ERROR"):
        return ours[0] == "ERROR", "no error"
    if theirs and theirs[0].startswith("OK"):
        return ours[0] == "OK", str(ours[1])
    if ours[0] != "ROWS":
        return False, str(ours[1])
    lines = [line[2:] for line in theirs]
    columns = [line[4:] for line in lines if line.startswith("col ")]
    rows = [line for line in lines if not line.startswith("col ")]
    if any("== Abstract Syntax Tree ==" in row for row in rows):
        return len(ours[2]) > 0, "no plan"  # its text is ours
    found = [row.replace(data, "${DATA}") for row in ours[2]]
    if not same_columns(ours[1], columns):
        return False, "columns %s, expected %s" % (ours[1], columns)
    # A streaming SELECT of a script shows what is left.
    if found and re.match(r"[+-][IUD]\t", found[0]) and len(found[0].split("\t")) > len(columns):
        found = materialise(found, None)
    return same_bag(found, rows), differ(sort_rows(found), rows)


def run_trees(shell, before, script, expected, label):
    results, at = [], 0
    for lines in [e[1] for e in expected if e[0] == "!tree;"]:
        at = script.index("!tree;", at)
        out = tempfile.mkdtemp()
        shell.run(before + re.sub(r"(?m)^!tree;$", "", script[:at]), out)
        ours = tree_of(out)
        shutil.rmtree(out)
        results.append(("script files", ours == lines, "%s: %s" % (label, differ(ours, lines))))
        at += 1
    return results


def tree_of(folder):
    files = collections.defaultdict(list)
    for path, _, names in os.walk(folder):
        for name in names:
            relative = os.path.relpath(os.path.join(path, name), folder)
            if not name.startswith("."):
                shown = re.sub(r"part-[^/]*$", "part-*", relative)
                files[shown] += open(os.path.join(path, name), encoding="utf-8").read().splitlines()
    out = []
    for name in sorted(files):
        out.append("file " + name)
        out += ["  " + line for line in sort_rows(files[name])]
    return out


def run_expressions(shell, cases):
    """Many at once: a SELECT each."""
    script = set_mode("batch")
    for _, zone, expression, _, _, _ in cases:
        script += "SET 'table.local-time-zone' = '%s';\nSELECT %s\n;\n" % (zone, expression)
    answers = shell.run(script)[2::2]
    answers += [("ERROR", "nothing was said", None)] * (len(cases) - len(answers))
    results = []
    for (number, _, expression, kind, value, column), ours in zip(cases, answers):
        label = "%04d %s: " % (number, expression)
        if value.startswith("ERROR"):
            results.append(("expression errors", ours[0] == "ERROR", label + "no error"))
        elif ours[0] != "ROWS":
            results.append(("expressions", False, label + str(ours[1]).split("\n")[0]))
        else:
            cell = ours[2][0] if ours[2] else "no row"
            typed = column or ours[1][0].split("\t")[-1] == kind
            results.append(("expressions", same_cell(cell, value) and typed,
                            label + "%s %s, expected %s %s" % (ours[1], cell, kind, value)))
    return results


def run_error(shell, case):
    out = tempfile.mkdtemp()
    script = set_mode(case["mode"]) + case.get("setup", "") + "\n" + case["sql"].rstrip(";") + "\n;"
    answers = shell.run(script, out)
    shutil.rmtree(out)
    failed = any(answer[0] == "ERROR" for answer in answers) or not answers
    label = case["name"] + ": "
    if "no error" in case:
        what = next((answer[1] for answer in answers if answer[0] == "ERROR"), "")
        return [("accepted statements", not failed, label + what.split("\n")[0])]
    results = [("errors", failed, label + "no error")]
    place = re.search(r"line (\d+), column (\d+)", case["error"])
    if place and failed:
        text = "\n".join(answer[1] for answer in answers if answer[0] == "ERROR")
        ours = re.search(r":(\d+):(\d+):|line (\d+), column (\d+)", text)
        results.append(("error places", bool(ours), label + "no place"))
    return results


# ---- all of them

def jobs_of(shell, folder, only):
    for path in sorted(glob.glob(folder + "/queries/*.txt") + glob.glob(folder + "/nexmark/*.txt")):
        if only in path:
            yield os.path.basename(path), lambda path=path: run_query(shell, path)
    for path in sorted(glob.glob(folder + "/expressions/*.tsv")):
        if only not in path:
            continue
        cases = list(read_expressions(path))
        for at in range(0, len(cases), STATEMENTS_A_RUN):
            part = cases[at:at + STATEMENTS_A_RUN]
            yield os.path.basename(path), lambda part=part: run_expressions(shell, part)
    for path in glob.glob(folder + "/errors/errors.txt"):
        for case in read_errors(path):
            if only in path + case["name"]:
                yield "errors", lambda case=case: run_error(shell, case)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--flinkc", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--floors")
    parser.add_argument("--only", default="")
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("-j", type=int, default=1)
    parser.add_argument("folder")
    options = parser.parse_args()
    shell = Shell(options)
    passed, total, wrong = collections.Counter(), collections.Counter(), []
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        jobs = [pool.submit(job) for _, job in jobs_of(shell, options.folder, options.only)]
        for job in jobs:
            for count, right, what in job.result():
                total[count] += 1
                passed[count] += bool(right)
                if not right and what:
                    wrong.append("%s: %s" % (count, what))
    for line in wrong[:options.show]:
        print(line)
    print("%-24s %7s %7s" % ("", "agree", "of"))
    for count in sorted(total):
        print("%-24s %7d %7d" % (count, passed[count], total[count]))
    if not total:
        print("no case in", options.folder)
        return 1
    if not options.floors:
        return 0
    below = []
    for line in open(options.floors, encoding="utf-8"):
        count, _, floor = line.strip().rpartition(" ")
        if count and not count.startswith("#") and passed[count] < int(floor):
            below.append("%s: %d agree, fewer than %s" % (count, passed[count], floor))
    print("\n".join(below))
    if below:
        print("\n".join(wrong[:50]))
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
