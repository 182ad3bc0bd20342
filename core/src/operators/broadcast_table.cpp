// SPDX-License-Identifier: Apache-2.0
#include <flink/error.h>
#include <flink/graph/operator.h>
#include <flink/graph/transformation.h>
#include <flink/operator_list.h>
#include <flink/operators/broadcast_table.h>
#include <flink/operators/operator_state_handle.h>

namespace flink::detail {

void BroadcastTable::fail_read_only() const {
  throw Error{
      ErrorKind::user,
      "the broadcast state \"" + name_ +
          "\" is changed outside process_broadcast_element: there it is read-only, since "
          "every subtask must hold the same; change it where the broadcast stream comes in"};
}

BroadcastTables::BroadcastTables(const std::vector<BroadcastDescriptor>& states) {
  for (const auto& state : states) tables_.push_back(state.make_table());
}

void BroadcastTables::restore(OperatorContext& context) {
  const OperatorSnapshot& restored = context.restored_state();
  for (const auto& table : tables_) {
    const auto found = restored.find(table->name());
    if (found != restored.end()) table->restore(found->second);
  }
}

void BroadcastTables::save(OperatorSnapshot& snapshot) const {
  for (const auto& table : tables_) {
    OperatorListState& state = snapshot[table->name()];
    state.mode = OperatorStateMode::broadcast;
    state.schema = table->item_schema();
    table->save(state.items);
  }
}

void BroadcastTables::bind(const std::vector<OperatorStateHandle*>& handles) const {
  for (OperatorStateHandle* handle : handles) {
    if (handle->mode() == OperatorStateMode::broadcast) bind(*handle);
  }
}

void BroadcastTables::bind(OperatorStateHandle& handle) const {
  for (const auto& table : tables_) {
    if (table->name() != handle.name()) continue;
    if (table->key_schema() != handle.key_schema() ||
        table->value_schema() != handle.value_schema()) {
      throw Error{ErrorKind::user, "the broadcast state \"" + handle.name() + "\" is a map of " +
                                       table->key_schema() + " to " + table->value_schema() +
                                       " where it is broadcast, and one of " + handle.key_schema() +
                                       " to " + handle.value_schema() +
                                       " in the function: give it the same types"};
    }
    handle.bind(table);
    return;
  }
  throw Error{ErrorKind::user, "the broadcast state \"" + handle.name() +
                                   "\" comes with no broadcast stream of this operator: name it in "
                                   "stream.broadcast(state)"};
}

void BroadcastTables::set_writable(bool writable) const noexcept {
  for (const auto& table : tables_) table->set_writable(writable);
}

void describe_broadcast(const std::vector<BroadcastDescriptor>& states,
                        std::vector<StateDescription>& described) {
  for (const auto& state : states) {
    const auto table = state.make_table();
    described.push_back({state.name, "broadcast", table->key_schema(), table->value_schema()});
  }
}

}  // namespace flink::detail
