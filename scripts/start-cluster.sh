#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Starts a job as a standalone cluster: its JobManager on the host in conf/masters, a TaskManager
# for each line of conf/workers (a host named twice gets two).
#
#   scripts/start-cluster.sh ./myjob [-p 4] [-Dkey=value]... [-- job arguments]
#
# localhost is started here, other hosts through ssh; there the executable must lie at the same
# path. FLINK_CONF_DIR, FLINK_PID_DIR (/tmp/flinkc-pids-UID), FLINK_LOG_DIR (./log), FLINK_SSH_OPTS as in Flink.
# stop-cluster.sh ends it.
set -euo pipefail
. "$(dirname "$0")/cluster-common.sh"

if [ $# = 0 ] || [ "$1" = --help ]; then
  sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
  [ $# -gt 0 ] && exit 0 || exit 2
fi
job=$(realpath "$1")
shift
[ -x "$job" ] || { echo "start-cluster: $job is no executable: flinkc build makes one" >&2; exit 2; }

masters=$(cluster_hosts masters)
workers=$(cluster_hosts workers)
master=${masters%%$'\n'*}
# Flink's file may name the web port after a colon; the RPC port comes from the configuration.
web_port=8081
# IPv6 addresses stand in brackets then.
case $master in
  \[*\]) ;;
  \[*\]:*) web_port=${master##*:}; master=${master%:*} ;;
  *:*:*) master="[$master]" ;;
  *:*) web_port=${master##*:}; master=${master%:*} ;;
esac
rpc_port=6123
for argument in "$@"; do
  [ "$argument" = -- ] && break
  case $argument in
    -Djobmanager.rpc.port=*|jobmanager.rpc.port=*) rpc_port=${argument##*=} ;;
  esac
done

cluster_make_pids
pids=$(cluster_file "$job")
if [ -e "$pids" ] || [ -L "$pids" ]; then cluster_is_ours "$pids"; fi
if [ -s "$pids" ]; then
  echo "start-cluster: $pids says that this job runs already: stop-cluster.sh $(basename "$job")" >&2
  exit 1
fi
rm -f "$pids"
(set -o noclobber && : >"$pids")  # made here, whatever others put there meanwhile

# launch ROLE HOST ARGUMENTS...: detached from this terminal; prints and remembers its pid.
launch='
  cd "$1" && mkdir -p "$2" && out=$2/$4-$(hostname)-$$.out && shift 2
  setsid nohup "$@" </dev/null >"$out" 2>&1 &
  echo $!'
launch() {
  local role=$1 host=$2 pid
  shift 2
  pid=$(cluster_on "$host" "$launch" "$PWD" "${FLINK_LOG_DIR:-$PWD/log}" "$job" "$role" "$@")
  echo "$role $host $pid" >>"$pids"
  echo "started $role on $host, process $pid"
}

launch jobmanager "$master" -Djobmanager.rpc.address="$master" -Djobmanager.rpc.port="$rpc_port" \
  -Drest.port="$web_port" "$@"
for worker in $workers; do
  launch taskmanager "$worker" --jobmanager "$master:$rpc_port"
done
echo "REST on http://$master:$web_port; flinkctl list --jobmanager $master:$web_port"
