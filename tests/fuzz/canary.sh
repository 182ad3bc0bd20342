#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The harness finds a planted fault, and what it prints finds it again:
#   canary.sh EXECUTABLE 'words of the report'
set -u
fail() { echo "canary: $*"; exit 1; }
report=$("$1" --seconds 10 2>&1) && fail "no find: $report"
grep -q "$2" <<<"$report" || fail "the report does not say '$2': $report"
again=$(sed -n 's/^fuzz: again with //p' <<<"$report")
[[ $again =~ ^--seed\ [0-9]+\ --only\ [0-9]+$ ]] || fail "the report names no input: $report"
# shellcheck disable=SC2086
second=$("$1" $again 2>&1) && fail "$again does not find it again: $second"
grep -q "$2" <<<"$second" || fail "$again finds something else: $second"
echo "canary: found with $again"
