// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/open_job.h"

#include <flink/base/check.h>
#include <flink/endpoints/sink_coordinator.h>
#include <flink/error.h>
#include <flink/graph/coordinator.h>
#include <flink/state/operator_state.h>

#include <algorithm>
#include <set>

#include "checkpoint/storage.h"
#include "state/state_file.h"

namespace flink::checkpoint {
namespace {

using detail::concat;

Completed completed_of(Located located) {
  Completed out;
  out.directory = parent_of(located.path);
  out.metadata = std::make_shared<const Metadata>(std::move(located.metadata));
  out.files = files_of(*out.metadata);
  return out;
}

// The first job to claim a savepoint has it: _claimed-<job>. A name says it all, so that a crash
// leaves no half of a claim; of two at once, each looks for others after it has made its own.
void claim(base::FileSystem& files, const std::string& directory, const base::JobId& job) {
  const auto start = concat(directory, "/", claimed_name, "-");
  const auto mine = start + job.hex();
  const bool had = files.status(mine).has_value();
  if (!had) {
    files.create(mine, false)->close();
    files.sync_directory(directory);
  }
  for (const auto& entry : files.list(directory)) {
    if (!entry.path.starts_with(start) || entry.path == mine) continue;
    if (!had) files.remove(mine);
    throw Error{ErrorKind::user,
                concat("'", directory, "' is claimed by job ", entry.path.substr(start.size()),
                       " already: restore it with --claim-mode no_claim, or take another one")};
  }
}

void recover(base::FileSystem& files, const ha::JobRecord& record, const OpenOptions& options,
             Opened& out) {
  const auto& newest = record.checkpoints.back();
  try {
    out.from = completed_of(read_checkpoint(files, newest));
  } catch (const Error& error) {
    std::string older;
    if (record.checkpoints.size() > 1) {
      older = concat("; the one before it is ", record.checkpoints[record.checkpoints.size() - 2]);
    }
    throw Error{error.kind(),
                concat("job ", options.job.hex(),
                       " cannot go on from its newest checkpoint: ", error.message(), older,
                       ". To go back behind it, start another job with --from-savepoint: output "
                       "that was made since is made once more")};
  }
  out.counts = !out.from->metadata->stop;
  out.full_first = !out.counts;
  for (std::size_t i = 0; out.counts && i + 1 < record.checkpoints.size(); ++i) {
    try {
      out.kept.push_back(completed_of(read_checkpoint(files, record.checkpoints[i])));
    } catch (const Error& error) {
      out.notes.push_back(concat("an older checkpoint is left aside: ", error.message()));
    }
  }
  out.notes.push_back(concat("going on from checkpoint ", out.from->id(), " in ", newest));
}

void restore_from(base::FileSystem& files, const std::string& where, const OpenOptions& options,
                  Opened& out) {
  out.from = completed_of(read_checkpoint(files, where));
  const auto& metadata = *out.from->metadata;
  if (options.claim) claim(files, out.from->directory, options.job);
  out.counts = options.claim;
  out.full_first = !options.claim;
  out.notes.push_back(concat("starting from ", metadata.savepoint ? "savepoint" : "checkpoint", " ",
                             out.from->id(), " of job ", metadata.job().hex(), " in ",
                             out.from->directory));
}

// The job was being stopped, and has nothing more to do but to commit what its sinks' subtasks had
// handed over. An item of theirs is a checkpoint's id and the committable, as in the event.
void only_commit(base::FileSystem& files, const Metadata& metadata, const graph::JobGraph& graph,
                 bool same_graph, RestorePoint& point) {
  namespace sink_event = flink::detail::sink_event;
  if (!same_graph) {
    throw Error{ErrorKind::user,
                concat("the job was stopped with savepoint ", point.path,
                       ", and it is not known whether its results were committed: recover it once "
                       "with the job as it was, or start another one with --from-savepoint")};
  }
  point.last = true;
  for (const auto& vertex : graph.vertices) {
    for (const auto& chained : vertex.chain) {
      const auto op = std::find_if(metadata.operators.begin(), metadata.operators.end(),
                                   [&](const OperatorState& o) { return o.id() == chained.id; });
      if (op == metadata.operators.end()) continue;
      const auto commits = [](const SubtaskState& subtask) {
        return subtask.state.operator_state.contains(committables_name) ||
               subtask.state.stored.contains(committables_name);
      };
      if (std::none_of(op->subtasks.begin(), op->subtasks.end(), commits)) continue;
      for (std::size_t i = 0; i < op->subtasks.size(); ++i) {
        const auto tell = [&](char kind, const std::string& rest) {
          point.events.push_back({vertex.id, static_cast<int>(i), chained.id, kind + rest});
        };
        const auto& state = op->subtasks[i].state;
        const auto list = state.operator_state.find(committables_name);
        if (list != state.operator_state.end()) {
          const char kind = flink::detail::restored_event(list->second.schema);
          for (const auto& item : list->second.items) tell(kind, item);
        }
        const auto stored = state.stored.find(committables_name);
        if (stored != state.stored.end()) {
          const char kind = flink::detail::restored_event(stored->second.schema);
          for (const auto& part : stored->second.parts) {
            state::read_items(files, part, [&](const std::string& item) { tell(kind, item); });
          }
        }
        tell(sink_event::all_restored, {});
        tell(sink_event::all, {});
      }
    }
  }
}

// How the job ended, unless it was stopped with the savepoint from which it is started now.
std::optional<ha::JobResult> final_result(ha::HaStore& store, const OpenOptions& options) {
  auto result = store.result();
  if (!result || options.from.empty() || result->status != "FINISHED") return result;
  const auto from = local_path(options.from, "the checkpoint or savepoint");
  const bool goes_on = !result->detail.empty() &&
                       (from == result->detail || from == concat(result->detail, "/_metadata"));
  return goes_on ? std::nullopt : result;
}

// What the last one has left to go on from; nothing of a job that was stopped.
std::optional<ha::JobRecord> record_to_go_on(ha::HaStore& store) {
  return store.result() ? std::nullopt : store.read();
}

// What is known of the savepoints that earlier lives of this id have made. Without a trace of them
// (the directory may have been emptied since) only a new id has none.
std::int64_t savepoints_of(const std::optional<ha::JobRecord>& record,
                           const std::optional<ha::JobResult>& result, bool new_id) {
  if (record) return record->newest_savepoint;
  if (result) return result->newest_savepoint.value_or(CoordinatorContext::savepoints_unknown);
  return new_id ? 0 : CoordinatorContext::savepoints_unknown;
}

std::string start_of(const std::optional<ha::JobRecord>& record, const OpenOptions& options) {
  if (record && !record->checkpoints.empty()) return record->checkpoints.back();
  return record && !record->starts_from.empty() ? record->starts_from : options.from;
}

void find_start(base::FileSystem& files, const std::optional<ha::JobRecord>& record,
                const OpenOptions& options, const graph::JobGraph& graph, Opened& out) {
  const bool own = record && !record->checkpoints.empty();
  const auto where = start_of(record, options);
  if (own) recover(files, *record, options, out);
  else if (!where.empty()) restore_from(files, where, options, out);
  if (!out.from) return;
  if (out.from->metadata->job() == options.job) {
    out.life = std::max(out.life, ha::epoch_number(out.from->metadata->epoch) + 1);
  }
  out.first_checkpoint_id = std::max(out.first_checkpoint_id, out.from->id() + 1);
  // An operator whose state was dropped once, with the same graph, stays dropped.
  const bool same_graph = own && out.from->metadata->graph_fingerprint == graph.fingerprint;
  auto point =
      redistribute(*out.from->metadata, graph, {same_graph || options.allow_non_restored_state});
  point.path = out.from->directory;
  if (own && out.from->metadata->stop) {
    only_commit(files, *out.from->metadata, graph, same_graph, point);
  }
  if (!own) point.last = false;
  for (const auto& dropped : point.dropped) {
    out.notes.push_back(concat("the state of ", dropped, " is left behind"));
  }
  out.restore = std::make_shared<const RestorePoint>(std::move(point));
}

std::string name_in(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

// What killed attempts of an earlier JobManager left among the shared files. By name, whatever way
// the path was written; nothing, unless every checkpoint that counts could be read.
std::set<std::string> orphans(base::FileSystem& files, const std::string& job_directory,
                              const ha::JobRecord& record, const Opened& opened) {
  std::set<std::string> out;
  if (!opened.from || !opened.counts || opened.kept.size() + 1 != record.checkpoints.size()) {
    return out;
  }
  std::set<std::string> needed;
  for (const auto& path : opened.from->files) needed.insert(name_in(path));
  for (const auto& one : opened.kept) {
    for (const auto& path : one.files) needed.insert(name_in(path));
  }
  const auto shared = concat(job_directory, "/", shared_name);
  if (!files.status(shared)) return out;
  for (const auto& entry : files.list(shared)) {
    if (!entry.is_directory && !needed.contains(name_in(entry.path))) out.insert(entry.path);
  }
  return out;
}

}  // namespace

std::map<base::OperatorId, int> restored_max_parallelism(base::FileSystem& files,
                                                         ha::HaStore* store,
                                                         const OpenOptions& options) {
  std::map<base::OperatorId, int> out;
  try {
    const auto record = store == nullptr ? std::optional<ha::JobRecord>{} : record_to_go_on(*store);
    const auto where = start_of(record, options);
    if (where.empty()) return out;
    for (const auto& op : read_checkpoint(files, where).metadata.operators) {
      out[op.id()] = op.max_parallelism;
    }
  } catch (const Error&) {
    // open_job() says what is wrong.
  }
  return out;
}

Opened open_job(base::FileSystem& files, ha::HaStore* store, const Settings& settings,
                const graph::JobGraph& graph, const OpenOptions& options) {
  Opened out;
  const auto directory = settings.job_directory(options.job);
  std::optional<ha::JobRecord> record;
  if (store != nullptr) {
    out.ended = final_result(*store, options);
    if (out.ended) return out;
    if (options.recover || store->result()) {
      out.epoch = store->take_over(options.random);
      out.ended = final_result(*store, options);  // whoever held the job may have ended it since
      if (out.ended) return out;
    } else if (const auto epoch = store->take_first(options.random)) {
      out.epoch = *epoch;
    } else {
      throw Error{ErrorKind::user,
                  concat("job ", options.job.hex(), " has run before (", settings.ha_directory,
                         "): go on with --recover, or give it another --job-id")};
    }
    out.life = ha::epoch_number(out.epoch);
    record = record_to_go_on(*store);
    if (record) out.first_checkpoint_id = record->next_checkpoint_id;
  }
  if (options.takes_checkpoints) make_job_directory(files, settings, options.job);
  if (const auto ids = checkpoint_ids(files, directory); !ids.empty()) {
    out.first_checkpoint_id = std::max(out.first_checkpoint_id, ids.back() + 1);
  }
  try {
    find_start(files, record, options, graph, out);
  } catch (const Error&) {
    if (store != nullptr) store->check();  // a successor removes what it needs no more
    throw;
  }
  // What this JobManager goes on from is settled before any task runs: a fenced one may still write
  // a record of its own, which nobody reads any more from now on.
  if (store != nullptr) {
    ha::JobRecord mine = record.value_or(ha::JobRecord{});
    mine.newest_savepoint = savepoints_of(record, store->result(), options.new_id);
    mine.next_checkpoint_id = out.first_checkpoint_id;
    if (mine.checkpoints.empty() && out.from) mine.starts_from = out.from->directory;
    // Found before and removed after it is certain that nobody had taken the job over meanwhile.
    std::set<std::string> left;
    if (record) left = orphans(files, directory, *record, out);
    store->publish(mine);
    out.record = mine;
    if (mine.newest_savepoint == CoordinatorContext::savepoints_unknown) {
      out.earlier_savepoints_known = false;
      out.record.newest_savepoint = 0;
    }
    if (const auto problem = remove_files(files, left); !problem.empty()) {
      out.notes.push_back(concat("files that nobody needs are left: ", problem));
    }
  }
  return out;
}

}  // namespace flink::checkpoint
