#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make package: what `make install` installs, with manual pages, completions and docs, as
#   BUILD/package/flinkc-VERSION-ARCH.tar.zst   a tree that runs from anywhere
#   BUILD/package/flinkc_VERSION_ARCH.deb       the same tree in /usr/lib/flinkc, links in /usr/bin
# By dpkg-deb, which every Debian has: the tree is cmake's already, and a package of ours needs none
# of what debhelper or cpack would add.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
out=$build/package
arch=$(dpkg --print-architecture)
version=$("$build/bin/flinkc" --version | cut -d' ' -f2)
# Whom a user of the package asks: who distributes it gives an address.
maintainer=${MAINTAINER:-flinkc <flinkc@localhost>}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}

rm -rf "$out"
mkdir -p "$out"
tree=$out/flinkc-$version-$arch
share=$tree/share
cmake --install "$build" --prefix "$tree" --strip >/dev/null

mkdir -p "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/vendor-completions" \
  "$share/fish/vendor_completions.d" "$share/doc/flinkc/docs"
for tool in flinkc flinkctl; do
  scripts/package/man_page.sh "$tree/bin/$tool" "$version" | gzip -9n >"$share/man/man1/$tool.1.gz"
  "$tree/bin/$tool" completion bash >"$share/bash-completion/completions/$tool"
  "$tree/bin/$tool" completion zsh >"$share/zsh/vendor-completions/_$tool"
  "$tree/bin/$tool" completion fish >"$share/fish/vendor_completions.d/$tool.fish"
done
cp README.md ARCHITECTURE.md GLOSSARY.md "$share/doc/flinkc"
cp docs/*.md "$share/doc/flinkc/docs"
scripts/package/copyright.sh >"$share/doc/flinkc/copyright"
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$out" \
  -c "$(basename "$tree")" | zstd -q -10 -T0 -o "$tree.tar.zst"

root=$out/root
mkdir -p "$root/usr/lib" "$root/usr/bin" "$root/usr/share" "$root/usr/lib/cmake" \
  "$root/usr/lib/pkgconfig" "$root/DEBIAN"
mv "$tree" "$root/usr/lib/flinkc"
home=$root/usr/lib/flinkc
mv "$home"/share/{man,bash-completion,zsh,fish,doc} "$root/usr/share"
ln -s ../lib/flinkc/bin/flinkc ../lib/flinkc/bin/flinkctl "$root/usr/bin"
ln -s ../flinkc/share/flink/cmake "$root/usr/lib/cmake/flink"
sed 's|^prefix=.*|prefix=/usr/lib/flinkc|' "$home/lib/pkgconfig/flink.pc" \
  >"$root/usr/lib/pkgconfig/flink.pc"
rm -r "$home/lib/pkgconfig"
echo "cache=/var/cache/flinkc" >>"$home/lib/flink/flink.layout"
printf 'flinkc (%s) unstable; urgency=medium\n\n  * Version %s.\n\n -- %s  %s\n' "$version" "$version" \
  "$maintainer" "$(date -R -d "@$SOURCE_DATE_EPOCH")" |
  gzip -9n >"$root/usr/share/doc/flinkc/changelog.gz"
for script in postinst prerm; do install -m 755 "scripts/package/$script" "$root/DEBIAN"; done
cp scripts/package/triggers "$root/DEBIAN/triggers"
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@MAINTAINER@/$maintainer/" \
  -e "s/@SIZE@/$(du -sk --apparent-size "$root/usr" | cut -f1)/" scripts/package/control.in \
  >"$root/DEBIAN/control"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
chmod -R u=rwX,go=rX "$root"
# xz, because not every tool that reads packages knows zstd.
dpkg-deb --root-owner-group -Zxz -z2 --build "$root" "$out/flinkc_${version}_$arch.deb" >/dev/null
rm -r "$root"
ls -l "$out" | awk 'NR > 1 { printf "%7.1f MB  %s\n", $5 / 1e6, dir "/" $NF }' dir="$out"
