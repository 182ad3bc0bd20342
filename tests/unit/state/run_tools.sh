#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mdb_stat and mdb_dump read a run: run_tools.sh TEST_EXECUTABLE
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
FLINK_KEEP_RUN="$work/run" "$1" --test-case="a run for LMDB's own tools" >/dev/null
mdb_stat -n "$work/run" | grep -q "Entries: 1004" || { mdb_stat -n "$work/run"; exit 1; }
# 1,000 entries and four of the run's own; key and value are two lines.
lines=$(mdb_dump -n "$work/run" | sed -n '/HEADER=END/,/DATA=END/p' | wc -l)
[ "$lines" = 2010 ] || { echo "mdb_dump printed $lines lines" >&2; exit 1; }
# It loads again, too.
mdb_dump -n "$work/run" | mdb_load -n "$work/again" 2>/dev/null
mdb_stat -n "$work/again" | grep -q "Entries: 1004"
