// SPDX-License-Identifier: Apache-2.0
#include "cep/skipping.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <optional>

namespace flink::cep {

namespace {

using Kind = AfterMatchSkipStrategy::Kind;

std::uint64_t earliest_start(const std::vector<PartialMatch>& matches) {
  std::uint64_t earliest = UINT64_MAX;
  for (const PartialMatch& match : matches) earliest = std::min(earliest, match.start);
  return earliest;
}

// The event of that step to skip to: its place in the key's order.
std::optional<std::uint64_t> event_to_skip_to(const Nfa& nfa, const NfaState& state,
                                              const PartialMatch& match) {
  std::optional<std::uint64_t> found;
  for (std::uint32_t node = match.node; node != 0; node = SharedBuffer::at(state, node).previous) {
    const BufferNode& taken = SharedBuffer::at(state, node);
    if (taken.step != nfa.skip_step) continue;
    found = taken.event;
    if (nfa.skip.kind() == Kind::skip_to_last) break;
  }
  return found;
}

[[noreturn]] void fail_miss(const Nfa& nfa, const char* what) {
  throw Error{
      ErrorKind::user,
      detail::concat("the skip strategy cannot skip to step \"", nfa.skip.step(), "\": ", what,
                     ", and throw_exception_on_miss() says to fail then: name a step that "
                     "every match has behind its first event, or leave that out")};
}

// Those that began before are dropped; 0: none is.
std::uint64_t first_kept(const Nfa& nfa, const NfaState& state, const PartialMatch& match) {
  switch (nfa.skip.kind()) {
    case Kind::no_skip:
      return 0;
    case Kind::skip_to_next:
      return match.start + 1;
    case Kind::skip_past_last_event:
      return SharedBuffer::at(state, match.node).event + 1;
    case Kind::skip_to_first:
    case Kind::skip_to_last:
      break;
  }
  const auto event = event_to_skip_to(nfa, state, match);
  if (nfa.skip.throws_on_miss()) {
    if (!event) fail_miss(nfa, "a match has no event of it");
    if (*event == match.start) fail_miss(nfa, "a match begins with that event");
  }
  return event.value_or(0);
}

void drop_before(std::uint64_t first_kept, std::vector<PartialMatch>& matches,
                 SharedBuffer& buffer) {
  std::erase_if(matches, [&](const PartialMatch& match) {
    if (match.start >= first_kept) return false;
    buffer.release(match.node);
    return true;
  });
}

}  // namespace

void take_completed(const Nfa& nfa, NfaState& state, SharedBuffer& buffer,
                    std::vector<PartialMatch>& taken) {
  while (!state.completed.empty() &&
         state.completed.front().start <= earliest_start(state.partial)) {
    const PartialMatch match = state.completed.front();
    state.completed.erase(state.completed.begin());
    taken.push_back(match);
    const std::uint64_t kept = first_kept(nfa, state, match);
    drop_before(kept, state.partial, buffer);
    drop_before(kept, state.completed, buffer);
  }
}

void add_completed(NfaState& state, const PartialMatch& match) {
  const auto behind = std::upper_bound(
      state.completed.begin(), state.completed.end(), match,
      [](const PartialMatch& a, const PartialMatch& b) { return a.start < b.start; });
  state.completed.insert(behind, match);
}

}  // namespace flink::cep
