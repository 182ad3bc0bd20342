// SPDX-License-Identifier: Apache-2.0
// Shell completion scripts. The words are few and stand here once.
#include "commands.h"

namespace flink::flinkc {
namespace {

constexpr const char* bash_script = R"sh(# flinkc completion bash > /etc/bash_completion.d/flinkc
_flinkc() {
  local current="${COMP_WORDS[COMP_CWORD]}" command="${COMP_WORDS[1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    local first="new check build run sql test explain precompile completion --help --version"
    COMPREPLY=($(compgen -W "$first" -- "$current"))
    return
  fi
  local common="-I -D -L -l --quiet --verbose --color --help"
  local modes="--release --debug --asan --tsan"
  local words=""
  case "$command" in
    check) words="$common --json --against --allow-non-restored-state" ;;
    explain) words="$common --json" ;;
    build) words="$common $modes --output --keep-generated --emit-cmake" ;;
    run|test) words="$common $modes" ;;
    sql) words="--execute --file --init -D --json --csv --tsv --schema --echo --keep-going" ;;
    precompile) words="--system --quiet --verbose --color" ;;
    completion) words="bash zsh fish" ;;
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *) if [ "$command" = completion ]; then
         COMPREPLY=($(compgen -W "$words" -- "$current"))
       else
         COMPREPLY=($(compgen -f -X '!*.@(cpp|cc|cxx|sql)' -- "$current")
                    $(compgen -d -- "$current"))
       fi ;;
  esac
}
shopt -s extglob
complete -o filenames -F _flinkc flinkc
)sh";

constexpr const char* zsh_script = R"sh(#compdef flinkc
# flinkc completion zsh > "${fpath[1]}/_flinkc"
_flinkc() {
  local -a commands common modes
  commands=(
    'new:a directory with a job that runs' 'check:types, uids, state and plan'
    'build:one executable' 'run:build and run' 'test:build with doctest and run'
    'explain:the graph' 'precompile:headers, now' 'completion:a completion script')
  common=('*-I[headers]:directory:_files -/' '*-D[macro]:macro:'
    '*-L[libraries]:directory:_files -/'
    '*-l[library]:library:' '(-q --quiet)'{-q,--quiet}'[errors only]'
    '(-v --verbose)'{-v,--verbose}'[every command]' '--color[colors]:when:(auto always never)'
    '*:source:_files -g "*.(cpp|cc|cxx)"')
  modes=('--release[-O2]' '--debug[-O0 -g]' '--asan[address sanitizer]' '--tsan[thread sanitizer]')
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
    check) _arguments $common '--json[as JSON]' '--against[a savepoint]:savepoint:_files -/' \
                      '--allow-non-restored-state[operators may be gone]' ;;
    explain) _arguments $common '--json[as JSON]' ;;
    build) _arguments $common $modes '(-o --output)'{-o,--output}'[executable]:file:_files' \
      '--keep-generated[keep objects]' '--emit-cmake[write CMakeLists.txt]' ;;
    run|test) _arguments $common $modes ;;
    precompile) _arguments '--system[for all users]' ;;
    completion) _values shell bash zsh fish ;;
  esac
}
_flinkc "$@"
)sh";

constexpr const char* fish_script =
    R"sh(# flinkc completion fish > ~/.config/fish/completions/flinkc.fish
function __flinkc_first
  not __fish_seen_subcommand_from new check build run test explain precompile completion
end
complete -c flinkc -f -n __flinkc_first -a new -d 'a directory with a job'
complete -c flinkc -f -n __flinkc_first -a check -d 'types, uids, state, plan'
complete -c flinkc -f -n __flinkc_first -a build -d 'one executable'
complete -c flinkc -f -n __flinkc_first -a run -d 'build and run'
complete -c flinkc -f -n __flinkc_first -a test -d 'build with doctest and run'
complete -c flinkc -f -n __flinkc_first -a explain -d 'the graph'
complete -c flinkc -f -n __flinkc_first -a precompile -d 'headers, now'
complete -c flinkc -f -n "__fish_seen_subcommand_from precompile" -l system -d 'for all users'
complete -c flinkc -f -n __flinkc_first -a completion -d 'a completion script'
complete -c flinkc -n "__fish_seen_subcommand_from check explain" -l json -d 'as JSON'
complete -c flinkc -n "__fish_seen_subcommand_from check" -l against -r -d 'a savepoint'
complete -c flinkc -n "__fish_seen_subcommand_from check" -l allow-non-restored-state
for mode in release debug asan tsan
  complete -c flinkc -n "__fish_seen_subcommand_from build run test" -l $mode
end
complete -c flinkc -n "__fish_seen_subcommand_from build" -s o -l output -r
complete -c flinkc -n "__fish_seen_subcommand_from build" -l keep-generated
complete -c flinkc -n "__fish_seen_subcommand_from build" -l emit-cmake
complete -c flinkc -f -n "__fish_seen_subcommand_from completion" -a "bash zsh fish"
)sh";

}  // namespace

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return bash_script;
  if (shell == "zsh") return zsh_script;
  if (shell == "fish") return fish_script;
  return "";
}

}  // namespace flink::flinkc
