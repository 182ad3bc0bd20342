// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/restore_point.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

#include "checkpoint/compatibility.h"
#include "checkpoint/redistribute_lists.h"

namespace flink::checkpoint {
namespace {

using detail::concat;

[[noreturn]] void refuse(const Metadata& metadata, const std::string& what) {
  throw Error{ErrorKind::user,
              concat(metadata.savepoint ? "savepoint" : "checkpoint", " ", metadata.checkpoint_id,
                     " of job ", metadata.job().hex(), " cannot be restored: ", what)};
}

std::size_t at(int index) { return static_cast<std::size_t>(index); }

state::KeyedStateHandle keyed_state(const OperatorState& op, state::KeyGroupRange groups) {
  state::KeyedStateHandle out;
  out.groups = groups;
  for (const auto& subtask : op.subtasks) {
    const auto& from = subtask.state.keyed;
    bool used = false;
    for (const auto& run : from.runs) {
      const state::KeyGroupRange both{std::max(run.groups.first, groups.first),
                                      std::min(run.groups.last, groups.last)};
      if (both.empty()) continue;
      out.runs.push_back({run.file, both});
      used = true;
    }
    if (!used) continue;
    for (const auto& known : from.states) {
      const bool listed = std::any_of(out.states.begin(), out.states.end(),
                                      [&](const auto& state) { return state.id == known.id; });
      if (!listed) out.states.push_back(known);
    }
  }
  return out;
}

bool has_keyed(const OperatorState& op) {
  return std::any_of(op.subtasks.begin(), op.subtasks.end(),
                     [](const SubtaskState& s) { return !s.state.keyed.runs.empty(); });
}

// At the parallelism it had each subtask goes on from its own watermark, else all from the least.
// The last one of all is none to go on from.
std::int64_t watermark_of(const OperatorState& op, int subtask, int parallelism) {
  std::int64_t least = INT64_MAX;
  if (op.parallelism == parallelism) {
    least = op.subtasks[at(subtask)].state.watermark;
  } else {
    for (const auto& from : op.subtasks) {
      if (!from.finished) least = std::min(least, from.state.watermark);
    }
  }
  return least == INT64_MAX ? INT64_MIN : least;
}

// Of whom that watermark is: from then on no timer tells which watermark it waits for.
bool watermark_pending(const OperatorState& op, int subtask, int parallelism) {
  if (op.parallelism == parallelism) return op.subtasks[at(subtask)].state.watermark_pending;
  return std::any_of(op.subtasks.begin(), op.subtasks.end(), [](const SubtaskState& from) {
    return !from.finished && from.state.watermark_pending;
  });
}

class Redistribution {
 public:
  Redistribution(const Metadata& metadata, const graph::JobGraph& graph)
      : from_(metadata), graph_(graph) {
    for (const auto& op : metadata.operators) by_id_[op.id()] = &op;
    // A source that is new reads from where it likes: then time begins anew, too.
    goes_on_ = std::all_of(graph.vertices.begin(), graph.vertices.end(), [&](const auto& vertex) {
      return !vertex.input_edges.empty() || by_id_.contains(vertex.chain.front().id);
    });
  }

  RestorePoint run(const RedistributeOptions& options) {
    RestorePoint out;
    out.checkpoint_id = from_.checkpoint_id;
    out.savepoint = from_.savepoint;
    out.last = from_.last;
    for (const auto& vertex : graph_.vertices) out.vertices.push_back(restore(vertex));
    for (const auto& op : from_.operators) {
      if (op.coordinator) out.coordinators[op.id()] = *op.coordinator;
      if (used_.contains(op.id()) || !op.has_state()) continue;
      out.dropped.push_back(op.shown());
    }
    if (!out.dropped.empty() && !options.allow_non_restored_state) refuse_dropped(out.dropped);
    refuse_incompatible();
    return out;
  }

 private:
  [[noreturn]] void refuse_dropped(const std::vector<std::string>& operators) const {
    std::string names;
    for (const auto& name : operators) names += (names.empty() ? "" : ", ") + name;
    refuse(from_, concat("its state of ", names,
                         " belongs to no operator of this job: give the operator the uid it had, "
                         "or start with --allow-non-restored-state to leave that state behind"));
  }

  // States whose types changed so that they cannot be read.
  void refuse_incompatible() const {
    std::string problems;
    for (const auto& problem : compare_states(from_, shapes_of(graph_), true).problems) {
      problems += (problems.empty() ? "" : "; ") + problem;
    }
    if (!problems.empty()) refuse(from_, problems);
  }

  void check(const graph::JobVertex& vertex, const OperatorState& op) const {
    if (op.subtasks.size() != at(op.parallelism) || op.parallelism < 1) {
      refuse(from_, concat("it contradicts itself about the subtasks of ", op.shown()));
    }
    if (has_keyed(op) && op.max_parallelism < vertex.parallelism) {
      refuse(from_,
             concat("the keyed state of operator ", op.shown(), " is divided into ",
                    op.max_parallelism, " groups, so that it cannot run with ", vertex.parallelism,
                    " subtasks: take a parallelism of at most ", op.max_parallelism));
    }
    if (has_keyed(op) && op.max_parallelism != vertex.max_parallelism) {
      refuse(from_,
             concat("operator ", op.shown(),
                    " wrote its keyed state at the maximum "
                    "parallelism ",
                    op.max_parallelism, " and has ", vertex.max_parallelism,
                    " now, which puts keys into other groups: set it to ", op.max_parallelism,
                    " (env.set_max_parallelism, or "
                    "-Dpipeline.max-parallelism)"));
    }
    for (const auto& subtask : op.subtasks) {
      for (const auto& channel : subtask.state.channels) check(vertex, op, channel);
    }
  }

  // Records that were on their way must have a way now.
  void check(const graph::JobVertex& vertex, const OperatorState& op,
             const state::ChannelState& channel) const {
    const auto* edge =
        graph::find_input_edge(graph_, vertex, {channel.producer_high, channel.producer_low},
                               channel.side_output, channel.input);
    if (vertex.chain.front().id != op.id() || edge == nullptr || edge->pointwise() ||
        edge->partitioning.strategy == ShipStrategy::broadcast) {
      refuse(from_, concat("it holds records that were on their way to ", op.shown(),
                           " (an unaligned checkpoint) over an exchange that this job does not "
                           "have: restore it with the same graph, and take a savepoint to change "
                           "that"));
    }
    if (edge->type->schema() != channel.type_schema) {
      refuse(from_, concat("it holds records that were on their way to ", op.shown(),
                           " (an unaligned checkpoint) and whose type has changed since: ",
                           channel.type_schema, " is now ", edge->type->schema(),
                           "; restore it with the old type, and take a savepoint to change it"));
    }
  }

  // At another parallelism every subtask gets all of them and replays what is its own.
  static std::vector<state::ChannelState> channels_of(const OperatorState& op, int subtask,
                                                      int parallelism) {
    if (op.parallelism == parallelism) return op.subtasks[at(subtask)].state.channels;
    std::vector<state::ChannelState> all;
    for (const auto& from : op.subtasks) {
      for (const auto& channel : from.state.channels) {
        all.push_back(channel);
        all.back().divide = true;
      }
    }
    return all;
  }

  RestorePoint::Vertex restore(const graph::JobVertex& vertex) {
    RestorePoint::Vertex out;
    std::vector<state::TaskSnapshot> snapshots(at(vertex.parallelism));
    int finished = 0;
    int known = 0;
    std::string one_finished;
    for (const auto& chained : vertex.chain) {
      const auto found = by_id_.find(chained.id);
      if (found == by_id_.end()) continue;
      const auto& op = *found->second;
      check(vertex, op);
      used_.insert(op.id());
      ++known;
      if (op.fully_finished()) {
        ++finished;
        one_finished = op.shown();
        continue;
      }
      add(vertex, op, snapshots);
    }
    if (finished > 0 && (finished < known || at(known) != vertex.chain.size())) {
      refuse(from_, concat("operator ", one_finished,
                           " had finished, and is chained now to one "
                           "that had not: restore it with the same chains"));
    }
    out.finished = finished > 0;
    out.snapshots = std::move(snapshots);
    return out;
  }

  void add(const graph::JobVertex& vertex, const OperatorState& op,
           std::vector<state::TaskSnapshot>& snapshots) const {
    std::vector<state::OperatorSubtaskState> states(at(vertex.parallelism));
    if (const auto mixed = redistribute_lists(op, states)) {
      refuse(from_, concat("subtasks of operator ", op.shown(), " wrote state '", *mixed,
                           "' in different modes"));
    }
    for (int i = 0; i < vertex.parallelism; ++i) {
      auto& state = states[at(i)];
      state.operator_high = op.operator_high;
      state.operator_low = op.operator_low;
      state.keyed = keyed_state(op, key_groups_of(i, vertex.parallelism, vertex.max_parallelism));
      state.channels = channels_of(op, i, vertex.parallelism);
      if (goes_on_) {
        state.watermark = watermark_of(op, i, vertex.parallelism);
        state.watermark_pending =
            state.watermark != INT64_MIN && watermark_pending(op, i, vertex.parallelism);
      }
      snapshots[at(i)].operators.push_back(std::move(state));
    }
  }

  const Metadata& from_;
  const graph::JobGraph& graph_;
  std::map<base::OperatorId, const OperatorState*> by_id_;
  std::set<base::OperatorId> used_;
  bool goes_on_ = false;  // every source
};

}  // namespace

state::KeyGroupRange key_groups_of(int subtask, int parallelism, int max_parallelism) {
  return {(subtask * max_parallelism + parallelism - 1) / parallelism,
          ((subtask + 1) * max_parallelism - 1) / parallelism};
}

RestorePoint redistribute(const Metadata& metadata, const graph::JobGraph& graph,
                          const RedistributeOptions& options) {
  return Redistribution{metadata, graph}.run(options);
}

}  // namespace flink::checkpoint
