// SPDX-License-Identifier: Apache-2.0
// Shell completions: commands and options; jobs by asking `flinkctl list --json`.
#include <cstdio>

#include "commands.h"
#include "flink/error.h"

namespace flink::flinkctl {
namespace {

// clang-format off
constexpr const char* bash_script = R"sh(# bash: source <(flinkctl completion bash)
_flinkctl_jobs() {
  flinkctl list --json 2>/dev/null | grep -o '"jid":"[0-9a-f]*"' | cut -d'"' -f4
}
_flinkctl() {
  local current="${COMP_WORDS[COMP_CWORD]}" command="${COMP_WORDS[1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    local commands="list info cancel savepoint stop rescale checkpoint state completion"
    COMPREPLY=($(compgen -W "$commands --help --version" -- "$current"))
    return
  fi
  local options="--jobmanager --json --timeout --help"
  case "$command" in
    list) options="$options --running --scheduled --all" ;;
    info) options="$options $(_flinkctl_jobs)" ;;
    cancel) options="$options --detached --wait $(_flinkctl_jobs)" ;;
    state)
      options="list get dump diff --uid --state --key --namespace --json --ttl --internal --limit"
      COMPREPLY=($(compgen -d -W "$options" -- "$current"))
      return ;;
    savepoint) options="$options --dispose --wait $(_flinkctl_jobs)" ;;
    stop) options="$options --savepoint-path --drain --wait $(_flinkctl_jobs)" ;;
    rescale) options="$options --parallelism --taskmanagers --slots --savepoint-path --wait \
      $(_flinkctl_jobs)" ;;
    checkpoint) options="$options --full --wait $(_flinkctl_jobs)" ;;
    completion) options="bash zsh fish" ;;
  esac
  COMPREPLY=($(compgen -W "$options" -- "$current"))
}
complete -F _flinkctl flinkctl
)sh";

constexpr const char* zsh_script = R"sh(#compdef flinkctl
# zsh: source <(flinkctl completion zsh)
_flinkctl_jobs() {
  local -a jobs
  jobs=(${(f)"$(flinkctl list --json 2>/dev/null | grep -o '"jid":"[0-9a-f]*"' | cut -d'"' -f4)"})
  compadd -a jobs
}
_flinkctl() {
  local -a common
  common=('--jobmanager[the JobManager to ask]:HOST\:PORT:' '--json[print JSON]'
          '--timeout[seconds to wait for an answer]:SECONDS:' '--help[show help]')
  if (( CURRENT == 2 )); then
    compadd -- list info cancel state completion --help --version
    return
  fi
  case "${words[2]}" in
    list) _arguments $common '--running[running jobs]' '--scheduled[scheduled jobs]' \
                     '--all[all jobs]' ;;
    info) _arguments $common '*:job:_flinkctl_jobs' ;;
    cancel) _arguments $common '--detached[do not wait]' '--wait[seconds to wait]:SECONDS:' \
                       '*:job:_flinkctl_jobs' ;;
    state) _arguments '1:command:(list get dump diff)' '*:savepoint:_files -/' \
                      '--uid[operator]:UID:' '--state[name of a state]:NAME:' \
                      '--key[the key as JSON]:JSON:' '--namespace[the namespace as JSON]:JSON:' \
                      '--json[print JSON]' '--ttl[compare time stamps too]' \
                      "--internal[compare operators' own lists too]" '--limit[differences]:N:' ;;
    completion) compadd bash zsh fish ;;
  esac
}
compdef _flinkctl flinkctl
)sh";

constexpr const char* fish_script = R"sh(# fish: flinkctl completion fish | source
function __flinkctl_jobs
  flinkctl list --json 2>/dev/null | grep -o '"jid":"[0-9a-f]*"' | cut -d'"' -f4
end
set -l within 'not __fish_use_subcommand'
complete -c flinkctl -f
complete -c flinkctl -n __fish_use_subcommand -a 'list info cancel state completion'
complete -c flinkctl -n $within -s m -l jobmanager -r -d 'the JobManager to ask'
complete -c flinkctl -n $within -l json -d 'print JSON'
complete -c flinkctl -n $within -l timeout -r -d 'seconds to wait for an answer'
complete -c flinkctl -n '__fish_seen_subcommand_from list' -s r -l running -d 'running jobs'
complete -c flinkctl -n '__fish_seen_subcommand_from list' -s s -l scheduled -d 'scheduled jobs'
complete -c flinkctl -n '__fish_seen_subcommand_from list' -s a -l all -d 'all jobs'
complete -c flinkctl -n '__fish_seen_subcommand_from info cancel' -a '(__flinkctl_jobs)'
complete -c flinkctl -n '__fish_seen_subcommand_from cancel' -s d -l detached -d 'do not wait'
complete -c flinkctl -n '__fish_seen_subcommand_from cancel' -l wait -r -d 'seconds to wait'
complete -c flinkctl -n '__fish_seen_subcommand_from state' -a 'list get dump diff'
complete -c flinkctl -n '__fish_seen_subcommand_from state' -F
complete -c flinkctl -n '__fish_seen_subcommand_from state' -l uid -r -d 'operator'
complete -c flinkctl -n '__fish_seen_subcommand_from state' -l state -r -d 'name of a state'
complete -c flinkctl -n '__fish_seen_subcommand_from state' -l key -r -d 'the key as JSON'
complete -c flinkctl -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
)sh";

// clang-format on

}  // namespace

int completion(const Invocation& invocation) {
  const char* script = invocation.shell == "bash"  ? bash_script
                       : invocation.shell == "zsh" ? zsh_script
                                                   : fish_script;
  std::fputs(script, stdout);
  return std::fflush(stdout) == 0 ? exit_ok : exit_failure;
}

}  // namespace flink::flinkctl
