# SPDX-License-Identifier: Apache-2.0
# What start-cluster.sh and stop-cluster.sh share: hosts, where processes are remembered, how a
# command gets to its host. A cluster is remembered in one file of lines "role host pid".

cluster_conf=${FLINK_CONF_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/conf}
cluster_pids=${FLINK_PID_DIR:-${TMPDIR:-/tmp}/flinkc-pids-$(id -u)}

# The hosts of conf/masters or conf/workers: one a line, # starts a comment.
cluster_hosts() {
  local file=$cluster_conf/$1
  if [ ! -r "$file" ]; then
    echo "there is no $file: write one host a line into it, or set FLINK_CONF_DIR" >&2
    return 1
  fi
  sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$file"
}

# The default directory, for this user alone: it lies where everybody may write.
cluster_make_pids() {
  [ -z "${FLINK_PID_DIR:-}" ] || return 0
  mkdir -m 700 "$cluster_pids" 2>/dev/null || true
  if [ -d "$cluster_pids" ] && [ ! -L "$cluster_pids" ] && [ -O "$cluster_pids" ] &&
    [ -z "$(find "$cluster_pids" -maxdepth 0 -perm /077)" ]; then
    return 0
  fi
  echo "$cluster_pids is no directory of $(id -un) alone (mode 0700): remove it, or set FLINK_PID_DIR" >&2
  return 1
}

# What is written there says which processes end: nobody else may have put it there.
cluster_is_ours() {
  [ -f "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] && return 0
  echo "$1 is no file of $(id -un): look who put it there, remove it, or set FLINK_PID_DIR" >&2
  return 1
}

cluster_file() { echo "$cluster_pids/flink-$(id -un)-$(basename "$1").pids"; }

cluster_is_local() {
  case $1 in localhost | 127.0.0.1 | ::1) return 0 ;; *) [ "$1" = "$(hostname)" ] ;; esac
}

# cluster_on HOST SCRIPT ARGUMENTS...: runs a bash script there.
cluster_on() {
  local host=$1 script=$2
  shift 2
  host=${host#[} host=${host%]}  # of an IPv6 address
  if cluster_is_local "$host"; then
    bash -c "$script" cluster "$@"
  else
    # shellcheck disable=SC2029  # expanded here on purpose: %q quotes each argument
    ssh ${FLINK_SSH_OPTS:-} -- "$host" "bash -c $(printf '%q ' "$script" cluster "$@")"
  fi
}
