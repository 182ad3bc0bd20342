// SPDX-License-Identifier: Apache-2.0
#include <flink/cep/nfa_state.h>

#include <new>

namespace flink::cep {

NfaStateHandle::NfaStateHandle(std::string_view name)
    : StateHandle(name, state::StateKind::value, &state::value_ops<NfaState>, nullptr, {}) {}

bool NfaStateHandle::exists() const { return bound().read() != nullptr; }

NfaState& NfaStateHandle::begin_change() const {
  state::BoundState& state = bound();
  const bool there = state.read() != nullptr;
  row_ = state.write();
  auto* const cell = static_cast<NfaState*>(state.cell(row_));
  if (!there) {
    if ((state.bits(row_) & state::present) != 0) {
      *cell = {};
    } else {
      ::new (static_cast<void*>(cell)) NfaState{};
    }
    state.written(row_, 0, 0);
  }
  heap_before_ = state::heap_bytes(*cell);
  return *cell;
}

void NfaStateHandle::end_change() const {
  state::BoundState& state = bound();
  auto& held = *static_cast<NfaState*>(state.cell(row_));
  state.written(row_, heap_before_, state::heap_bytes(held));
  if (held.empty()) state.clear();
  row_ = nullptr;
}

}  // namespace flink::cep
