#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# start-cluster.sh and stop-cluster.sh with a real job: one JobManager, two TaskManagers, then none.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
export FLINK_CONF_DIR=$work/conf FLINK_PID_DIR=$work FLINK_LOG_DIR=$work/log
job=$work/ticker_$$
cleanup() {
  "$root/scripts/stop-cluster.sh" "$job" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT
fail() {
  echo "cluster_scripts: $1" >&2
  tail -n 20 "$work"/log/* >&2 2>/dev/null || true
  exit 1
}

# Below the ports that the kernel hands out: no other test is given one of these meanwhile.
read -r rest rpc < <(python3 -c '
import random, socket
free = []
while len(free) < 2:
    try:
        free.append(socket.create_server(("127.0.0.1", random.randrange(20000, 32000))))
    except OSError:
        pass
print(*(s.getsockname()[1] for s in free))')
mkdir "$FLINK_CONF_DIR"
: >"$FLINK_CONF_DIR/config.yaml"
echo "localhost:$rest" >"$FLINK_CONF_DIR/masters"
printf 'localhost\nlocalhost  # a second one\n' >"$FLINK_CONF_DIR/workers"

cd "$work"
"${BUILD:-$root/build}/bin/flinkc" build "$root/tests/bench/jobs/ticker.cpp" -o "$job" >/dev/null
"$root/scripts/start-cluster.sh" "$job" -Djobmanager.rpc.port="$rpc" -p 2 -- --rate 10 >started
[ "$(grep -c '^started taskmanager' started)" = 2 ] || fail "not two TaskManagers: $(cat started)"
if "$root/scripts/start-cluster.sh" "$job" >/dev/null 2>&1; then
  fail "the same job was started twice"
fi

state=
for _ in $(seq 300); do
  state=$(curl -s "http://127.0.0.1:$rest/jobs/overview" | jq -r '.jobs[0].state' 2>/dev/null || true)
  [ "$state" = RUNNING ] && break
  sleep 0.1
done
[ "$state" = RUNNING ] || fail "the job is '$state' after 30 s"
count=$(curl -s "http://127.0.0.1:$rest/taskmanagers" | jq '.taskmanagers | length')
[ "$count" = 2 ] || fail "REST shows $count TaskManagers"

"$root/scripts/stop-cluster.sh" "$job"
if pgrep -f "^$job " >/dev/null; then fail "processes are left: $(pgrep -fa "^$job ")"; fi
[ ! -e "$work/flink-$(id -un)-$(basename "$job").pids" ] || fail "the pid file is left"
