#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The copyright file of the package: ours, and that of each library whose code is in libflink_deps.a
# or in our programs, as Debian's package of it states them.
set -euo pipefail
cat <<'EOF'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: flinkc

Files: *
Copyright: the authors of flinkc
License: Apache-2.0
 On Debian systems the whole text is in /usr/share/common-licenses/Apache-2.0.
EOF
for package in libboost1.81-dev libboost-context1.81-dev libcapnp-dev liblmdb-dev libspdlog-dev \
  libfmt-dev libyaml-cpp-dev libxxhash-dev liblz4-dev libzstd-dev libcli11-dev doctest-dev; do
  file=/usr/share/doc/$package/copyright
  [ -s "$file" ] || { echo "copyright.sh: $file is missing: is $package installed?" >&2; exit 1; }
  # A line of a deb822 paragraph begins with a blank; an empty one is a dot.
  printf '\nComment: code of %s is linked in; its copyright file says:\n' "$package"
  sed -e 's/^[[:space:]]*$/./' -e 's/^/ /' "$file"
done
