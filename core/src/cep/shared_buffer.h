// SPDX-License-Identifier: Apache-2.0
// The shared buffer of one key (flink/cep/nfa_state.h): who took what, counted by who refers to it.
#pragma once

#include <flink/cep/nfa_state.h>

#include <cstdint>
#include <vector>

namespace flink::cep {

class SharedBuffer {
 public:
  // `unused` gets the events that nobody refers to any more.
  SharedBuffer(NfaState& state, std::vector<std::uint64_t>& unused)
      : state_(state), unused_(unused) {}

  // One reference is the caller's.
  std::uint32_t add(std::uint32_t step, std::uint64_t order, std::uint64_t event_id,
                    std::uint32_t previous);
  void retain(std::uint32_t node) { ++at(node).references; }
  void release(std::uint32_t node);
  // Free slots that became many are given back. Nodes get new numbers.
  void compact();

  static const BufferNode& at(const NfaState& state, std::uint32_t node) {
    return state.nodes[node - 1];
  }
  static const BufferedEvent& event(const NfaState& state, std::uint64_t order);

 private:
  BufferNode& at(std::uint32_t node) { return state_.nodes[node - 1]; }
  void renumber(std::vector<PartialMatch>& matches, const std::vector<std::uint32_t>& to);

  NfaState& state_;
  std::vector<std::uint64_t>& unused_;
};

}  // namespace flink::cep
