// SPDX-License-Identifier: Apache-2.0
#include <flink/error.h>
#include <flink/operator_list.h>
#include <flink/operators/operator_state_handle.h>

#include <algorithm>

namespace flink::detail {

namespace {
// Finds members of a function while it is being copied; see ARCHITECTURE.md.
thread_local OperatorStateScope* current_scope = nullptr;
}  // namespace

OperatorStateScope::OperatorStateScope() : outer_(current_scope) { current_scope = this; }

std::vector<OperatorStateHandle*> OperatorStateScope::take() { return std::move(handles_); }

OperatorStateScope::~OperatorStateScope() { current_scope = outer_; }

OperatorStateHandle::OperatorStateHandle(std::string_view name) : name_(name) {
  if (name_.empty()) {
    throw Error{ErrorKind::user, "a state needs a name: OperatorList<Item> items{\"items\"}"};
  }
  if (current_scope != nullptr) current_scope->handles_.push_back(this);
}

OperatorStateHandle::OperatorStateHandle(const OperatorStateHandle& other) : name_(other.name_) {
  if (current_scope != nullptr) current_scope->handles_.push_back(this);
}

OperatorStateHandle::~OperatorStateHandle() {
  if (current_scope != nullptr) std::erase(current_scope->handles_, this);
}

void OperatorStateHandle::bind(const OperatorListState* restored) {
  bound_ = true;
  if (restored != nullptr) restore(*restored);
}

void OperatorStateHandle::snapshot(OperatorSnapshot& snapshot) const {
  OperatorListState& state = snapshot[name_];
  state.mode = mode();
  state.schema = value_schema();
  save(state.items);
}

void OperatorStateHandle::fail_unbound() const {
  throw Error{ErrorKind::user,
              "the state \"" + name_ +
                  "\" is used before its operator runs, or is no member of the function: use it in "
                  "the function's own members, from initialize_state() on"};
}

}  // namespace flink::detail
