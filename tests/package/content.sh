#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# content.sh BUILD: what is in the package, without installing it.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
fail() { echo "package_content: $1" >&2; exit 1; }
scripts/package.sh "$build" >/dev/null
deb=$(echo "$build"/package/flinkc_*.deb)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
dpkg-deb -R "$deb" "$scratch"

for file in usr/bin/flinkc usr/bin/flinkctl usr/lib/flinkc/lib/flink/libflink.a \
  usr/lib/flinkc/lib/flink/flink_main.o usr/lib/flinkc/include/flink/flink.h \
  usr/lib/flinkc/share/flink/templates/job.cpp.in usr/lib/cmake/flink/flink-config.cmake \
  usr/lib/pkgconfig/flink.pc usr/share/man/man1/flinkc.1.gz usr/share/man/man1/flinkctl.1.gz \
  usr/share/bash-completion/completions/flinkc usr/share/zsh/vendor-completions/_flinkctl \
  usr/share/fish/vendor_completions.d/flinkc.fish usr/share/doc/flinkc/docs/getting-started.md \
  usr/share/doc/flinkc/copyright usr/share/doc/flinkc/changelog.gz; do
  [ -s "$scratch/$file" ] || fail "$file is missing or empty"
done
(cd "$scratch" && md5sum --quiet -c DEBIAN/md5sums) || fail "md5sums"
for script in postinst prerm; do sh -n "$scratch/DEBIAN/$script"; done
! grep -rIl -e "$PWD" "$scratch/usr" "$scratch/DEBIAN" || fail "names the source tree"

# Every command has a section, and its help stands there: of a flag, unescaped.
page=$(zcat "$scratch/usr/share/man/man1/flinkc.1.gz")
for command in new check build run test explain precompile completion; do
  grep -qxF ".SS \"flinkc $command\"" <<<"$page" || fail "flinkc(1) has no section of $command"
done
grep -qF '\-\-keep\-generated' <<<"$page" || fail "flinkc(1) does not show --keep-generated"
grep -qxF '.SS "flinkctl state list"' <<<"$(zcat "$scratch/usr/share/man/man1/flinkctl.1.gz")" ||
  fail "flinkctl(1) has no section of state list"

# The programs need glibc, which the package depends on, and nothing else.
for program in flinkc flinkctl; do
  others=$(objdump -p "$scratch/usr/lib/flinkc/bin/$program" | awk '$1 == "NEEDED" { print $2 }' |
    grep -vE '^(libc|libm|ld-linux-x86-64)\.so' || true)
  [ -z "$others" ] || fail "$program needs $others"
done

# The tree of the .tar.zst finds its own files wherever it is unpacked.
mkdir "$scratch/moved here"
tar --zstd -xf "$(echo "$build"/package/flinkc-*.tar.zst)" -C "$scratch/moved here"
tool=$(echo "$scratch/moved here"/*/bin/flinkc)
(cd "$scratch" && "$tool" new words >/dev/null 2>&1) || fail "flinkc new, from the .tar.zst"
[ -s "$scratch/words/job.cpp" ] || fail "flinkc new made no job.cpp"
if command -v lintian >/dev/null; then
  # The address is given by who distributes the package.
  errors=$(lintian --no-cfg --allow-root --fail-on none --tag-display-limit 0 "$deb" |
    grep '^E:' | grep -v ' bogus-mail-host' || true)
  [ -z "$errors" ] || fail "lintian: $errors"
fi
echo "$(basename "$deb"): $(du -h --apparent-size "$deb" | cut -f1)"
