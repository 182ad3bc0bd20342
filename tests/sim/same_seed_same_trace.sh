#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# same_seed_same_trace.sh PROGRAM FIRST_SEED SEEDS [-- job arguments]
# Runs every seed twice, each time in another process with other addresses, heap contents and
# environment, and compares what is printed. Then: no two seeds may have the same trace.
set -eu
program=$1 first=$2 seeds=$3
shift 3
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
seed=$first
: > "$directory/hashes"
while [ "$seed" -lt $((first + seeds)) ]; do
  "$program" --seed "$seed" "$@" > "$directory/one" 2> /dev/null || status=$?
  MALLOC_PERTURB_=165 SIM_PADDING=$(printf '%01000d' 0) MALLOC_ARENA_MAX=1 \
    "$program" --seed "$seed" "$@" > "$directory/two" 2> /dev/null || status=$?
  if ! cmp -s "$directory/one" "$directory/two" || [ "${status:-0}" -ne 0 ]; then
    echo "seed $seed: two runs differ, or fail (status ${status:-0})"
    diff "$directory/one" "$directory/two" || cat "$directory/one"
    exit 1
  fi
  tail -n 1 "$directory/one" | grep -Ex '[0-9a-f]{16}' >> "$directory/hashes"
  seed=$((seed + 1))
done
if [ "$(sort -u "$directory/hashes" | wc -l)" -ne "$seeds" ]; then
  echo "different seeds, equal traces:"
  cat "$directory/hashes"
  exit 1
fi
echo "$seeds seeds, each twice: equal traces for equal seeds only"
