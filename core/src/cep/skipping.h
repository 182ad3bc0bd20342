// SPDX-License-Identifier: Apache-2.0
// After-match skip strategies: completed matches wait until none can come any more that began
// earlier; each that goes drops others.
#pragma once

#include <cstdint>
#include <vector>

#include "cep/nfa.h"
#include "cep/shared_buffer.h"

namespace flink::cep {

// Takes those whose turn it is out of state.completed, in order. Their references go along.
void take_completed(const Nfa& nfa, NfaState& state, SharedBuffer& buffer,
                    std::vector<PartialMatch>& taken);
// Keeps completed matches in order of their first events.
void add_completed(NfaState& state, const PartialMatch& match);

}  // namespace flink::cep
