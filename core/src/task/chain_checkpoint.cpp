// SPDX-License-Identifier: Apache-2.0
// The part of OperatorChain that checkpoints and processing time call.
#include <utility>

#include "task/chain_node.h"

namespace flink::task {

const state::OperatorSubtaskState* OperatorChain::restored_of(const base::OperatorId& op) const {
  for (const auto& state : restored_.snapshot.operators) {
    if (state.operator_high == op.high && state.operator_low == op.low) return &state;
  }
  return nullptr;
}

void OperatorChain::prepare_snapshot(std::int64_t checkpoint_id) {
  for (Node& node : nodes_) {
    current_ = node.index;
    if (node.op) node.op->prepare_snapshot(checkpoint_id);
  }
}

state::TaskSnapshot OperatorChain::snapshot(std::int64_t checkpoint_id) {
  state::TaskSnapshot snapshot;
  for (Node& node : nodes_) {
    current_ = node.index;
    auto& state = snapshot.operators.emplace_back();
    state.operator_high = node.description->id.high;
    state.operator_low = node.description->id.low;
    state.operator_state =
        node.source ? node.source->snapshot(checkpoint_id) : node.op->snapshot(checkpoint_id);
    state.watermark = node.watermark.time_since_epoch().count();
    state.watermark_pending = node.op && node.op->watermark_pending();
  }
  return snapshot;
}

std::vector<OperatorChain::KeyedOperator> OperatorChain::keyed_operators() const {
  std::vector<KeyedOperator> keyed;
  for (const Node& node : nodes_) {
    if (node.keyed.snapshots == nullptr) continue;
    keyed.push_back({static_cast<std::size_t>(node.index), node.keyed.snapshots});
  }
  return keyed;
}

void OperatorChain::notify_checkpoint_complete(std::int64_t checkpoint_id) {
  for (Node& node : nodes_) {
    current_ = node.index;
    if (node.keyed.snapshots != nullptr) node.keyed.snapshots->confirm(checkpoint_id);
    if (node.source) {
      node.source->notify_checkpoint_complete(checkpoint_id);
    } else {
      node.op->notify_checkpoint_complete(checkpoint_id);
    }
  }
}

void OperatorChain::notify_checkpoint_aborted(std::int64_t checkpoint_id) {
  for (Node& node : nodes_) {
    current_ = node.index;
    if (node.keyed.snapshots != nullptr) node.keyed.snapshots->abort(checkpoint_id);
    if (node.source) {
      node.source->notify_checkpoint_aborted(checkpoint_id);
    } else {
      node.op->notify_checkpoint_aborted(checkpoint_id);
    }
  }
}

void OperatorChain::on_processing_time(std::int64_t wall_millis) {
  wake_at_wall_millis_ = INT64_MAX;
  for (Node& node : nodes_) {
    auto& at = node.wake_at_wall_millis;
    if (at && *at <= wall_millis) {
      at.reset();
      current_ = node.index;
      if (node.op) node.op->on_processing_time(wall_millis - 1);
    }
    // Its own next wish, or one it had before.
    if (at) wake_at_wall_millis_ = std::min(wake_at_wall_millis_, *at);
  }
}

}  // namespace flink::task
