#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# start-cluster.sh and stop-cluster.sh believe nothing that others may have put where they look.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "cluster_trust: $1" >&2
  cat "$work/said" >&2 2>/dev/null || true
  exit 1
}
mkdir "$work/conf" "$work/bin" "$work/tmp" "$work/pids"
echo localhost >"$work/conf/masters"
printf -- '-oProxyCommand=none\n' >"$work/conf/workers"
export FLINK_CONF_DIR=$work/conf FLINK_LOG_DIR=$work/log PATH=$work/bin:$PATH TMPDIR=$work/tmp
unset FLINK_PID_DIR
printf '#!/bin/sh\nexit 0\n' >"$work/job"
printf '#!/bin/sh\necho "$1 $2" >>"%s"\necho 1\n' "$work/ssh_said" >"$work/bin/ssh"
chmod +x "$work/job" "$work/bin/ssh"
cd "$work"
start() { "$root/scripts/start-cluster.sh" "$work/job" >said 2>&1; }
stop() { "$root/scripts/stop-cluster.sh" "$@" >said 2>&1; }

# The directory is made for this user alone, and a host's name is no option of ssh.
start || fail "it did not start"
pids=$TMPDIR/flinkc-pids-$(id -u)
[ "$(stat -c %a "$pids")" = 700 ] || fail "mode $(stat -c %a "$pids")"
[ "$(cat ssh_said)" = "-- -oProxyCommand=none" ] || fail "ssh $(cat ssh_said)"
stop job || fail "it did not stop"

# A directory that others can write to, or a link to one.
chmod 777 "$pids"
if start || stop || stop job; then fail "a directory of everybody's was believed"; fi
rm -rf "$pids"
mkdir -m 700 "$work/elsewhere"
ln -s "$work/elsewhere" "$pids"
if start || stop; then fail "a link was followed"; fi
rm "$pids"

# A link in place of the file: neither written through nor read.
export FLINK_PID_DIR=$work/pids
file=$FLINK_PID_DIR/flink-$(id -un)-job.pids
for content in "" "jobmanager localhost $$"; do
  printf '%s' "$content" >"$work/victim"
  ln -s "$work/victim" "$file"
  if start; then fail "started through a link"; fi
  if stop job || stop; then fail "stopped through a link"; fi
  [ "$(cat "$work/victim")" = "$content" ] || fail "written through a link: $(cat "$work/victim")"
  rm "$file"
done

# Another user's file, where this test may make one.
if [ "$(id -u)" = 0 ]; then
  echo "jobmanager localhost $$" >"$file"
  chown 65534 "$file"
  if start || stop job; then fail "another user's file was believed"; fi
  [ -s "$file" ] || fail "another user's file is gone"
fi
