#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# refusals.sh COMPILER INCLUDE: refusals.cpp gives exactly the errors that its comments expect, each a
# static_assert in flinkc's words, and no other.
set -u
here=$(dirname "$0")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
LC_ALL=C "$1" -std=c++20 -fsyntax-only -fmax-errors=0 -I"$2" "$here/refusals.cpp" 2>"$out/log"
sed -n 's/.*\/\/ expect \(.*\)$/\1/p' "$here/refusals.cpp" | sort >"$out/expected"
sed -n "s/.*In instantiation of .struct flink::detail::\(.*\).:\$/\1/p" "$out/log" | sort >"$out/found"
wrong=0
diff "$out/expected" "$out/found" || wrong=1
grep 'error:' "$out/log" | grep -v 'static assertion failed: flinkc: ' && wrong=1
errors=$(grep -c 'error:' "$out/log")
expected=$(wc -l <"$out/expected")
if [ "$errors" -ne "$expected" ]; then
  echo "expected $expected errors, found $errors" && wrong=1
fi
[ "$wrong" -eq 0 ] || { echo "the compiler said:"; cat "$out/log"; }
exit "$wrong"
