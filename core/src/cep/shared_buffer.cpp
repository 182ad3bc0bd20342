// SPDX-License-Identifier: Apache-2.0
#include "cep/shared_buffer.h"

#include <flink/base/check.h>

#include <algorithm>

namespace flink::cep {

namespace {
constexpr std::size_t slots_kept = 64;

template <class Events>
auto find_event(Events& events, std::uint64_t order) {
  // Mostly one of the last.
  if (!events.empty() && events.back().order == order) return events.end() - 1;
  return std::lower_bound(
      events.begin(), events.end(), order,
      [](const BufferedEvent& event, std::uint64_t wanted) { return event.order < wanted; });
}
}  // namespace

const BufferedEvent& SharedBuffer::event(const NfaState& state, std::uint64_t order) {
  const auto found = find_event(state.events, order);
  FLINK_CHECK(found != state.events.end() && found->order == order, order);
  return *found;
}

std::uint32_t SharedBuffer::add(std::uint32_t step, std::uint64_t order, std::uint64_t event_id,
                                std::uint32_t previous) {
  const auto found = find_event(state_.events, order);
  if (found == state_.events.end()) {  // the newest of all
    state_.events.push_back({order, event_id, 1});
  } else {
    ++found->references;
  }
  std::uint32_t node = state_.free_node;
  if (node == 0) {
    state_.nodes.emplace_back();
    node = static_cast<std::uint32_t>(state_.nodes.size());
  } else {
    state_.free_node = at(node).next_free;
  }
  at(node) = {order, step, previous, 1, 0};
  ++state_.live_nodes;
  if (previous != 0) retain(previous);
  return node;
}

void SharedBuffer::release(std::uint32_t node) {
  while (node != 0) {
    BufferNode& released = at(node);
    if (--released.references > 0) return;
    const auto event = find_event(state_.events, released.event);
    if (--event->references == 0) unused_.push_back(event->id);
    const std::uint32_t previous = released.previous;
    released = {0, 0, 0, 0, state_.free_node};
    state_.free_node = node;
    --state_.live_nodes;
    node = previous;
  }
}

void SharedBuffer::compact() {
  auto& events = state_.events;
  const auto dead = std::count_if(events.begin(), events.end(),
                                  [](const BufferedEvent& e) { return e.references == 0; });
  if (2 * static_cast<std::size_t>(dead) > events.size()) {
    std::erase_if(events, [](const BufferedEvent& e) { return e.references == 0; });
  }
  if (events.size() * 4 < events.capacity() && events.capacity() > slots_kept) {
    events.shrink_to_fit();
  }
  if (state_.nodes.size() <= slots_kept || 4 * state_.live_nodes >= state_.nodes.size()) return;

  std::vector<BufferNode> kept;
  std::vector<std::uint32_t> to(state_.nodes.size() + 1);
  for (std::size_t i = 0; i < state_.nodes.size(); ++i) {
    if (state_.nodes[i].references == 0) continue;
    kept.push_back(state_.nodes[i]);
    to[i + 1] = static_cast<std::uint32_t>(kept.size());
  }
  for (BufferNode& node : kept) node.previous = to[node.previous];
  state_.nodes = std::move(kept);
  state_.free_node = 0;
  renumber(state_.partial, to);
  renumber(state_.completed, to);
}

void SharedBuffer::renumber(std::vector<PartialMatch>& matches,
                            const std::vector<std::uint32_t>& to) {
  for (PartialMatch& match : matches) match.node = to[match.node];
}

}  // namespace flink::cep
