#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# man_page.sh PROGRAM VERSION: its manual page, made of the help texts of it and of its commands.
set -euo pipefail
program=$1
name=$(basename "$program")

# Help text as it stands: roff must take no dot, quote, backslash or hyphen of it for its own.
verbatim() {
  echo .nf
  sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\\&&/" -e 's/^[[:space:]]*$//'
  echo .fi
}

commands_in() { awk '/^Subcommands:/ { on = 1; next } !/^  / { on = 0 } on && /^  [a-z]/ { print $1 }'; }

# The sections of each command, and of the commands in it.
section() {
  local help
  help=$("$program" "$@" --help)
  printf '.SS "%s"\n' "$name $*"
  verbatim <<<"$help"
  local command
  for command in $(commands_in <<<"$help"); do section "$@" "$command"; done
}

help=$("$program" --help)
case $name in
  flinkc) what='compiles stream-processing jobs into executables that are their own cluster' ;;
  flinkctl) what='shows, saves, rescales and ends running jobs of flinkc' ;;
esac
cat <<EOF
.TH ${name^^} 1 "" "flinkc $2" "User Commands"
.SH NAME
$name \\- $what
.SH SYNOPSIS
.B $name
.I COMMAND
.RI [ OPTION ...]
.SH DESCRIPTION
EOF
verbatim <<<"$help"
echo .SH COMMANDS
for command in $(commands_in <<<"$help"); do section "$command"; done
cat <<'EOF'
.SH SEE ALSO
.BR flinkc (1),
.BR flinkctl (1),
.I /usr/share/doc/flinkc/README.md
EOF
