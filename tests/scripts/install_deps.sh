#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install-deps.sh without the rights to install names the command; with all there it is silent.
set -euo pipefail
script=$(cd "$(dirname "$0")/../.." && pwd)/scripts/install-deps.sh
stubs=$(mktemp -d)
trap 'rm -rf "$stubs"' EXIT
fail() { echo "install_deps: $1" >&2; exit 1; }

# A machine with everything but mold, and a user who is not root.
cat >"$stubs/dpkg-query" <<'STUB'
#!/usr/bin/env bash
shift 3
for package in "$@"; do
  [ "$package" = "${MISSING:-}" ] || echo "ii $package"
done
STUB
printf '#!/bin/sh\necho 1000\n' >"$stubs/id"
printf '#!/bin/sh\necho "apt-get was called" >&2\nexit 9\n' >"$stubs/apt-get"
chmod +x "$stubs"/*

if said=$(PATH=$stubs:$PATH MISSING=mold "$script" 2>&1); then
  fail "a missing package went unnoticed"
fi
grep -q 'apt-get install .* mold$' <<<"$said" || fail "it does not say which command: $said"
said=$(PATH=$stubs:$PATH "$script" 2>&1) || fail "fails although nothing is missing: $said"
[ -z "$said" ] || fail "talks although nothing is missing: $said"
