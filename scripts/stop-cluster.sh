#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ends what start-cluster.sh started: TaskManagers, then the JobManager, with SIGTERM, and after
# STOP_TIMEOUT seconds (10) with SIGKILL.
#
#   scripts/stop-cluster.sh [JOB]        without JOB: every cluster this user started
set -euo pipefail
. "$(dirname "$0")/cluster-common.sh"

if [ "${1:-}" = --help ]; then
  sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
  exit 0
fi
shopt -s nullglob
cluster_make_pids
if [ $# -gt 0 ]; then
  files=("$(cluster_file "$1")")
else
  files=("$cluster_pids/flink-$(id -un)-"*.pids)
fi

# The pid may belong to another program by now: only a process that has the role is ended.
stop='
  is_it() { tr "\0" " " <"/proc/$1/cmdline" 2>/dev/null | grep -q -- " $2 "; }
  is_it "$1" "$2" || { echo "was gone"; exit 0; }
  kill -TERM "$1"
  for ((i = 0; i < $3 * 20; i++)); do is_it "$1" "$2" || { echo ended; exit 0; }; sleep 0.05; done
  kill -KILL "$1"; echo killed'

found=0 refused=0
for file in "${files[@]}"; do
  [ -e "$file" ] || [ -L "$file" ] || continue
  if ! cluster_is_ours "$file"; then
    refused=1
    continue
  fi
  for role in taskmanager jobmanager; do
    while read -r kind host pid <&3; do
      [ "$kind" = "$role" ] || continue
      found=1
      echo "$role on $host, process $pid: $(cluster_on "$host" "$stop" "$pid" "$role" "${STOP_TIMEOUT:-10}")"
    done 3<"$file"
  done
  rm -f "$file"
done
[ "$found" = 1 ] || echo "stop-cluster: nothing to stop"
exit "$refused"
