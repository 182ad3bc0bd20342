// SPDX-License-Identifier: Apache-2.0
// How CoordinatorHost starts its coordinators, the first time and when one has failed: calls wait,
// the old ones go, the new ones start one after the other.
#include <flink/error.h>

#include "jobmanager/coordinator_entry.h"

namespace flink::jobmanager {

void CoordinatorHost::start(std::int64_t checkpoint_id,
                            std::map<base::OperatorId, std::string> states) {
  life_->over = true;
  life_ = std::make_shared<Life>();
  if (entries_.empty()) return environment_.listener->coordinators_started();
  for (auto& entry : entries_) {
    entry.mailbox->post([&entry] {
      entry.closed = true;
      entry.waiting.clear();
    });
  }
  const auto start = std::make_shared<Start>(Start{life_, checkpoint_id, std::move(states)});
  entries_.front().mailbox->post([this, start] {
    if (leads(start->life, "starting the coordinators")) discard_all(start);
    else open_all();
  });
}

// Once what they have under way has ended.
void CoordinatorHost::discard_all(const std::shared_ptr<Start>& start) {
  const auto round = std::make_shared<Round>(entries_.size(), [this, start](auto&) {
    {
      const std::lock_guard lock{claims_mutex_};
      claims_.clear();
    }
    {
      const std::lock_guard lock{watermarks_mutex_};
      watermarks_.clear();
    }
    start_next(0, start);
  });
  for (auto& entry : entries_) {
    entry.mailbox->post([&entry, round] {
      const auto discard = [&entry, round] {
        entry.discard();
        round->answered();
      };
      if (!entry.helper) return discard();
      entry.helper->post([&entry, discard] { entry.mailbox->post(discard); });
    });
  }
}

// One after the other: one that refuses the job leaves no traces of those behind it.
void CoordinatorHost::start_next(std::size_t index, const std::shared_ptr<Start>& start) {
  if (index == entries_.size()) {
    environment_.listener->coordinators_started();
    return open_all();
  }
  Entry& entry = entries_[index];
  entry.mailbox->post([this, &entry, index, start] {
    entry.life = start->life;
    const bool started = guarded(entry, start->life, "starting", [&] {
      const auto vertex = graph_->vertex_index(entry.vertex);
      for (const auto& op : graph_->vertices[static_cast<std::size_t>(vertex)].chain) {
        if (op.id != entry.id) continue;
        entry.coordinator = graph_->transformation(op).make_coordinator();
      }
      if (const auto state = start->states.find(entry.id); state != start->states.end()) {
        entry.coordinator->restore(start->checkpoint_id, state->second);
      }
      entry.started = true;  // also when start() throws: it may have left something to abort
      entry.coordinator->start(*entry.context);
    });
    if (started) start_next(index + 1, start);
    else open_all();
  });
}

std::string CoordinatorHost::claim(std::string_view thing, const std::string& claimant) {
  const std::lock_guard lock{claims_mutex_};
  const auto [found, is_new] = claims_.try_emplace(std::string{thing}, claimant);
  return is_new ? std::string{} : found->second;
}

void CoordinatorHost::open_all() {
  for (auto& entry : entries_) {
    entry.mailbox->post([&entry] {
      entry.closed = false;
      for (const auto& call : std::exchange(entry.waiting, {})) call();
    });
  }
}

}  // namespace flink::jobmanager
