#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what flinkc needs on Debian 12, by purpose; does nothing when all is there.
#   install-deps.sh [build] [package] [test] [fmt]     without words: all of it
# Without the rights to install it says which command would, and exits with 1.
#
# Boost is 1.81 on purpose: its -dev packages conflict with Debian's default libboost-dev (1.74),
# so apt removes 1.74's -dev packages. Its shared libraries, and programs that use them, stay.
set -eu

build=(
  g++                        # the compiler, of flinkc itself and of users' jobs
  cmake                      # describes the build
  ninja-build                # runs it
  make                       # the vocabulary: make demo, make test
  ccache                     # unchanged files are not compiled again
  mold                       # links a job in 0.1 s
  libcli11-dev               # command lines of flinkc, flinkctl and of jobs
  libboost1.81-dev           # Asio: the data plane between processes; Boost.JSON
  libboost-context1.81-dev   # fibers: the tasks of a slot
  capnproto                  # compiles the wire schemas
  libcapnp-dev               # RPC between JobManager and TaskManagers, and the HTTP server
  liblmdb-dev                # durable form of state
  libabsl-dev                # time zones of SQL: cctz, without the rest
  tzdata                     # the zones themselves, read when a query names one
  libutf8proc-dev            # upper and lower case of SQL, beyond ASCII
  libpcre2-dev               # regular expressions of SQL: Java's syntax, nearly
  libedit-dev                # the prompt of flinkc sql: a line editor under BSD's licence
  libspdlog-dev              # log files
  libfmt-dev                 # spdlog's formatter
  libyaml-cpp-dev            # conf/config.yaml
  libxxhash-dev              # content hashes and checksums
  liblz4-dev                 # compression of what is spilled to disk
  libzstd-dev                # the same, smaller and slower
  doctest-dev                # `flinkc test`, unit tests
)
package=(
  zstd                       # the .tar.zst
)
test=(
  pkg-config                 # the installed tree's flink.pc is tested with it
  python3                    # tests/tidy, tests/bench and tests of whole clusters
  procps                     # ps: tests look at the processes of a cluster
  netcat-openbsd             # nc: feeds socket jobs in docs and tests
  curl                       # docs and tests ask the REST server
  jq                         # docs and tests read its answers
  git                        # lists the files of the tree
  ca-certificates            # git and curl over https
)
fmt=(
  git                        # lists the files of the tree
  clang-format-14            # make fmt, make tidy
)

packages=()
for purpose in ${*:-build package test fmt}; do
  case $purpose in
    build) packages+=("${build[@]}") ;;
    package) packages+=("${package[@]}") ;;
    test) packages+=("${test[@]}") ;;
    fmt) packages+=("${fmt[@]}") ;;
    *) echo "install-deps: no purpose '$purpose': build, package, test or fmt" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null; then
  echo "install-deps: this is no Debian; needed are the counterparts of: ${packages[*]}" >&2
  exit 0
fi

installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for name in "${packages[@]}"; do
  grep -qFx "ii $name" <<<"$installed" || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
  echo "install-deps: missing: ${missing[*]}" >&2
  echo "install-deps: install them with" >&2
  echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

echo "install-deps: installing ${missing[*]} (about a minute on a fresh machine)" >&2
export DEBIAN_FRONTEND=noninteractive
install=(apt-get install -y --no-install-recommends -o Dpkg::Use-Pty=0 -qq "${missing[@]}")
# The package lists of a fresh machine are absent, those of an old one may be stale.
if ! "${install[@]}" >/dev/null 2>&1; then
  apt-get update -qq
  "${install[@]}" >/dev/null
fi
