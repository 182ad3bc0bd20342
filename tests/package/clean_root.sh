#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make test-package: the .deb in a clean Debian 12 with g++ in it (a chroot that debootstrap makes):
#   from apt install to the first result of a new job       at most 60 s
#   the build after a change of the job                      at most 2.5 s
#   a query of SQL, and a script of it as a job
#   after purge nothing of the package is left
# Needs root, the network and a few minutes. ROOT=DIR keeps the chroot there for the next time.
set -euo pipefail
build=$(realpath "${1:-build}")
deb=$(echo "$build"/package/flinkc_*.deb)
mirror=${MIRROR:-http://deb.debian.org/debian}
fail() { echo "clean_root: $1" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "only root can make a chroot"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
[ -f "$deb" ] || fail "no $deb: make package first"

root=${ROOT:-$(mktemp -d /var/tmp/flinkc-root.XXXXXX)}
mkdir -p "$root" && chmod 755 "$root"  # it is the / of a user that is not root
leave() {
  umount "$root/proc" 2>/dev/null || true
  [ -n "${ROOT:-}" ] || rm -rf "$root"
}
trap leave EXIT
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive HOME=/root "$@"; }
as_user() { inside su user -c "cd && $1"; }

if [ ! -e "$root/usr/bin/apt-get" ]; then
  debootstrap --variant=minbase bookworm "$root" "$mirror" >"$build/package/debootstrap.log" 2>&1 ||
    fail "debootstrap failed, see $build/package/debootstrap.log"
fi
cp /etc/resolv.conf "$root/etc/resolv.conf"
echo "127.0.0.1 localhost" >"$root/etc/hosts"
mount -t proc proc "$root/proc"
# What the package depends on and recommends: downloads are not what is measured.
inside apt-get update -qq
inside apt-get install -qq -y --no-install-recommends g++ doctest-dev mold >/dev/null 2>&1 ||
  fail "no g++ in $root"
inside id user >/dev/null 2>&1 || inside useradd -m user
inside rm -rf /home/user/x /home/user/.cache
cp "$deb" "$root/flinkc.deb"

# Everything outside of what apt, dpkg and the user keep for themselves.
files() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./home -o -path ./tmp -o -path ./var/lib/apt \
    -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache/apt -o -path ./var/cache/ldconfig \
    \) -prune -o -print | sort)
}
# Runs "$@": at most LIMIT seconds of wall clock. On a busy machine the CPU time says more.
timed() {
  local what=$1 limit=$2 spent TIMEFORMAT='%R %U %S'
  shift 2
  spent=$({ time "$@" >"$build/package/output.txt" 2>&1; } 2>&1) ||
    { cat "$build/package/output.txt"; fail "$what failed"; }
  awk -v limit="$limit" -v what="$what" '{
    printf "%-40s %6.2f s (at most %s), %.2f s of CPU time\n", what, $1, limit, $2 + $3
    exit $1 > limit }' <<<"$spent" || late="${late:-}$what; "
}
first_result() {
  inside apt-get install -qq -y --no-install-recommends /flinkc.deb
  as_user 'flinkc new x && cd x && flinkc run job.cpp'
}

files >"$build/package/files.before"
timed "apt install, flinkc new, flinkc run" 60 first_result
grep -q '(be,2)$' "$build/package/output.txt" || fail "no (be,2): $(cat "$build/package/output.txt")"
[ -z "$(as_user 'ls .cache/flinkc/pch' 2>/dev/null)" ] ||
  fail "the user's own cache has a precompiled header: the system's was not found"
as_user "cd x && sed -i 's/\"counts\"/\"counted\"/' job.cpp"
timed "flinkc build after a change" 2.5 as_user 'cd x && flinkc build job.cpp -o job'
timed "flinkc test" 60 as_user 'cd x && flinkc test job_test.cpp'
timed "flinkc sql" 1 as_user "flinkc sql --csv -e 'SELECT 40 + 2 AS n'"
grep -qx '+I,42' "$build/package/output.txt" || fail "no +I,42: $(cat "$build/package/output.txt")"
timed "flinkc run of a script" 5 as_user "cd x && echo 'SELECT 40 + 2;' >n.sql && flinkc run n.sql"
grep -q '+I\[42\]' "$build/package/output.txt" || fail "no +I[42]: $(cat "$build/package/output.txt")"
inside apt-get purge -qq -y flinkc >/dev/null 2>&1
files >"$build/package/files.after"
diff "$build/package/files.before" "$build/package/files.after" || fail "purge leaves something behind"
echo "after purge nothing is left"
[ -z "${late:-}" ] || fail "too slow: $late"
