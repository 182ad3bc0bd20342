// SPDX-License-Identifier: Apache-2.0
#include "task/stream_task.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "base/exception_text.h"
#include "config/option_table.h"
#include "config/options.h"
#include "fiber/blocking.h"
#include "protocol/messages.h"
#include "state/state_file.h"
#include "task/keyed_part.h"
#include "task/partition_input.h"
#include "task/sort_part.h"

namespace flink::task {

namespace {

TaskFailure failure_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const PartitionLost& e) {
    return {e.kind(), "", e.message(), e.producer()};
  } catch (const Error& e) {
    return {e.kind(), "", e.message(), {}};
  } catch (...) {
    return {ErrorKind::user, "", base::exception_text(failure), {}};
  }
}

}  // namespace

StreamTask::StreamTask(StreamTaskSetup setup)
    : Turn(setup.slot->overdue()), setup_(std::move(setup)) {
  const auto& inputs = vertex().input_edges;
  int inputs_count = 0;
  for (const int e : inputs) {
    inputs_count =
        std::max(inputs_count, setup_.graph->edges[static_cast<std::size_t>(e)].input + 1);
  }
  open_channels_of_input_.resize(static_cast<std::size_t>(inputs_count));
  type_of_input_.resize(static_cast<std::size_t>(inputs_count));
  selects_inputs_ = setup_.graph->transformation(vertex().chain.front()).selects_inputs;
  std::vector<std::unique_ptr<channels::ChannelReader>> readers;
  std::vector<ChannelOrigin> origins;
  std::vector<bool> recordable;
  for (auto& input : setup_.inputs) {
    const auto& edge = setup_.graph->edges[static_cast<std::size_t>(input.edge)];
    const auto& source = setup_.graph->vertices[static_cast<std::size_t>(edge.source_vertex)];
    const auto& producer = source.chain[static_cast<std::size_t>(edge.source_operator)];
    const int number = edge.input;
    type_of_input_[static_cast<std::size_t>(number)] = edge.type;
    for (std::size_t c = 0; c < input.channels.size(); ++c) {
      readers.push_back(std::move(input.channels[c]));
      origins.push_back({&edge, producer.id, input.producers[c]});
      recordable.push_back(!edge.pointwise() &&
                           edge.partitioning.strategy != ShipStrategy::broadcast);
      input_of_channel_.push_back(number);
      ++open_channels_of_input_[static_cast<std::size_t>(number)];
    }
  }
  FLINK_CHECK(setup_.inputs.size() == inputs.size(), setup_.inputs.size(), inputs.size());
  open_channels_ = readers.size();
  valve_ = std::make_unique<channels::WatermarkValve>(readers.size());
  barriers_ = std::make_unique<channels::BarrierHandler>(std::move(recordable), setup_.barriers);
  gate_ = std::make_unique<channels::InputGate>(std::move(readers));
  recorder_ = std::make_unique<ChannelRecorder>(*gate_, *barriers_, std::move(origins));
}

StreamTask::~StreamTask() = default;

std::string StreamTask::name() const {
  return vertex().name + " (" + std::to_string(id().subtask + 1) + "/" +
         std::to_string(vertex().parallelism) + ")#" + std::to_string(id().attempt);
}

void StreamTask::start() {
  fiber::SlotTaskOptions options;
  options.name = name();
  options.depth = vertex().depth;
  options.entry = [this] { run(); };
  options.ended = [this](std::exception_ptr failure, bool cancelled) {
    on_ended(std::move(failure), cancelled);
  };
  const std::lock_guard lock{mutex_};
  fiber_ = setup_.slot->spawn(std::move(options));
  if (cancel_requested_) fiber_->cancel();
}

void StreamTask::cancel() {
  const std::lock_guard lock{mutex_};
  cancel_requested_ = true;
  if (fiber_) fiber_->cancel();
}

void StreamTask::tell(TaskMail mail) {
  mail_.post(std::move(mail));
  const std::lock_guard lock{mutex_};
  if (fiber_) fiber_->waker().wake();
}

void StreamTask::set_state(TaskState state, TaskFailure failure) {
  setup_.events->state_changed(id(), state, std::move(failure));
}

// ---- on the fiber

void StreamTask::run() {
  set_state(TaskState::initializing);
  build_chain();
  gate_->set_waker(fiber::SlotTask::current()->waker());
  if (setup_.deployment.restore && setup_.deployment.restore->finished) return run_finished();
  chain_->open();
  SubtaskCheckpointer::Setup checkpointer;
  checkpointer.id = id();
  checkpointer.graph = setup_.graph;
  checkpointer.chain = chain_.get();
  checkpointer.effects = &setup_.environment->effects;
  checkpointer.events = setup_.events;
  checkpointer.local = setup_.local_state;
  checkpointer.waker = waker();
  checkpointer.inline_bytes_max = static_cast<std::uint64_t>(
      setup_.configuration->get(config::options::checkpointing_data_inline_threshold).bytes);
  checkpointer.directory = setup_.deployment.checkpoint_directory;
  checkpointer.file_prefix = setup_.file_prefix;
  checkpointer_ = std::make_unique<SubtaskCheckpointer>(std::move(checkpointer));
  counters_.running_since_ns = clock().now().since_origin.count();
  last_flush_ = clock().now();
  set_state(TaskState::running);
  run_to_end();
  ended_ = true;
  chain_->broadcast(channels::Element{channels::EndOfPartition{}});
  while (!chain_->send_overflow()) wait_unless_urgent();
  settle_checkpoints();
  chain_->close();
}

// One by one, the records before one that fails would have got through: a print shows them.
void StreamTask::run_to_end() {
  try {
    if (chain_->is_source()) {
      run_source();
    } else {
      run_inputs();
    }
    if (!stopped_ && !drained_) chain_->finish();
  } catch (const fiber::FiberCancelled&) {
    throw;
  } catch (...) {
    chain_->hand_on_collected();
    throw;
  }
}

// What lies in files is read by a helper.
Restored StreamTask::take_restored() {
  auto& restore = setup_.deployment.restore;
  if (!restore) return {};
  auto snapshot = std::exchange(restore->snapshot, {});
  if (state::has_stored(snapshot)) {
    run_blocking([&] { state::load_stored(file_system(), snapshot); });
  }
  return {restore->checkpoint_id, std::move(snapshot)};
}

void StreamTask::build_chain() {
  std::map<int, std::unique_ptr<ExchangeWriter>> writers;
  for (auto& output : setup_.outputs) {
    const auto& edge = setup_.graph->edges[static_cast<std::size_t>(output.edge)];
    const auto& target = setup_.graph->vertices[static_cast<std::size_t>(edge.target_vertex)];
    ExchangeWriter::Setup writer;
    writer.edge = &edge;
    writer.subtask = id().subtask;
    writer.target_parallelism = target.parallelism;
    writer.max_parallelism = target.max_parallelism;
    writer.seed = static_cast<std::uint64_t>(id().subtask) * 1000003 +
                  static_cast<std::uint64_t>(output.edge);
    writer.counters = &counters_;
    writer.room = this;
    writer.announce_barriers = setup_.unaligned;
    writer.channels = std::move(output.channels);
    writers.emplace(output.edge, std::make_unique<ExchangeWriter>(std::move(writer)));
  }
  ChainIdentity identity{setup_.job_id, setup_.graph->job_name, id().subtask, id().attempt};
  auto from = take_restored();
  for (auto& op : from.snapshot.operators) {
    auto replay = replay_of(*setup_.graph, vertex(), id().subtask, recorder_->origins(),
                            std::exchange(op.channels, {}));
    std::move(replay.begin(), replay.end(), std::back_inserter(replay_));
  }
  auto chain = std::make_unique<OperatorChain>(*setup_.graph, vertex(), std::move(identity), *this,
                                               std::move(writers), std::move(from));
  const std::lock_guard lock{mutex_};
  chain_ = std::move(chain);
  metrics_chain_ = chain_.get();
}

// What an unaligned barrier had overtaken comes before new input, and checkpoints after it.
bool StreamTask::replay_one() {
  if (replay_.empty()) return false;
  auto element = std::move(replay_.front());
  replay_.pop_front();
  if (element.batch) {
    auto rest = cut(element.input, element.batch);
    for (auto piece = rest.rbegin(); piece != rest.rend(); ++piece) {
      replay_.push_front({element.input, std::move(*piece), 0, INT64_MIN});
    }
    process(element.input, element.batch);
  } else {
    advance(valve_->replayed(element.channel, element.watermark));
  }
  if (!replay_.empty()) return true;
  for (const auto& barrier : std::exchange(deferred_, {})) {
    obey(barriers_->start(wanted(barrier), clock().wall_millis()));
  }
  return true;
}

void StreamTask::on_ended(std::exception_ptr failure, bool cancelled) {
  counters_.ended_ns = clock().now().since_origin.count();
  TaskFailure what;
  if (failure) {
    what = failure_of(failure);
    if (chain_ && !what.lost_partition) what.operator_name = chain_->current_operator();
  }
  {
    const std::lock_guard lock{mutex_};
    if (chain_) last_user_metrics_ = chain_->user_metrics();
    metrics_chain_ = nullptr;
    fiber_.reset();
  }
  checkpointer_.reset();
  counters_.bytes_in.store(gate_->bytes(), std::memory_order_relaxed);
  chain_.reset();  // closes operators and channels
  gate_.reset();
  setup_.outputs.clear();
  const TaskState state = failure     ? TaskState::failed
                          : cancelled ? TaskState::canceled
                                      : TaskState::finished;
  set_state(state, std::move(what));
  setup_.ended();
}

// ---- ChainEnvironment

void StreamTask::send_to_coordinator(const base::OperatorId& op, std::string event) {
  protocol::check_event_size(event.size(), chain_->current_operator());
  setup_.events->operator_event(id(), op, std::move(event));
}

std::function<void()> StreamTask::waker() {
  return [waker = fiber::SlotTask::current()->waker()] { waker.wake(); };
}

void StreamTask::wait() {
  auto& self = *fiber::SlotTask::current();
  const auto deadline = std::exchange(wake_at_, base::TimePoint::never());
  if (deadline == base::TimePoint::never()) {
    self.suspend(fiber::Wait::other);
  } else {
    self.suspend_until(deadline, fiber::Wait::other);
  }
}

void StreamTask::wake_after(std::chrono::nanoseconds delay) { wake_at_ = clock().now() + delay; }

std::chrono::nanoseconds StreamTask::backpressured_time() const {
  return fiber::SlotTask::current()->times().waiting_output;
}

void StreamTask::run_blocking(const std::function<void()>& function) {
  fiber::run_blocking(setup_.environment->effects.executor, function);
}

KeyedPartSetup StreamTask::part_of(const graph::ChainedOperator& op) const {
  KeyedPartSetup part;
  part.graph = setup_.graph.get();
  part.vertex = &vertex();
  part.op = &op;
  part.subtask = id().subtask;
  part.file_prefix = setup_.file_prefix;
  part.configuration = setup_.configuration;
  part.effects = &setup_.environment->effects;
  return part;
}

SortPart StreamTask::make_sort(const graph::ChainedOperator& op) {
  return make_sort_part(part_of(op));
}

KeyedPart StreamTask::make_keyed_state(const graph::ChainedOperator& op,
                                       const state::OperatorSubtaskState* restored) {
  KeyedPartSetup part = part_of(op);
  part.restored = restored;
  part.find_local = [this](const state::RunFile& file) {
    std::shared_ptr<const state::Run> run;
    if (setup_.local_state != nullptr && setup_.deployment.restore) {
      run = setup_.local_state->find(id(), setup_.deployment.restore->checkpoint_id, file);
    }
    TaskCounters::add(
        run == nullptr ? counters_.restored_remote_bytes : counters_.restored_local_bytes,
        file.bytes);
    return run;
  };
  part.waker = waker();
  return make_keyed_part(std::move(part));
}

std::string StreamTask::option(std::string_view key) {
  const config::OptionInfo* info = config::find_option(key);
  return info == nullptr ? "" : setup_.configuration->text_of(*info).value_or("");
}

TaskMetrics StreamTask::metrics() const {
  TaskMetrics metrics;
  metrics.records_in = counters_.records_in.load(std::memory_order_relaxed);
  metrics.records_out = counters_.records_out.load(std::memory_order_relaxed);
  metrics.bytes_in = counters_.bytes_in.load(std::memory_order_relaxed);
  metrics.bytes_out = counters_.bytes_out.load(std::memory_order_relaxed);
  const std::lock_guard lock{mutex_};
  if (fiber_) last_times_ = fiber_->times();
  const auto millis = [](base::Duration d) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
  };
  metrics.busy_ms = millis(last_times_.running);
  metrics.idle_ms = millis(last_times_.waiting_input);
  metrics.backpressured_ms = millis(last_times_.waiting_output);
  metrics.user = metrics_chain_ != nullptr ? metrics_chain_->user_metrics() : last_user_metrics_;
  const auto nanos = [](const std::atomic<std::int64_t>& millis) {
    return static_cast<double>(millis.load(std::memory_order_relaxed)) * 1e6;
  };
  metrics.user.emplace_back("checkpointAlignmentTime", nanos(counters_.alignment_ms));
  metrics.user.emplace_back("checkpointStartDelayNanos", nanos(counters_.start_delay_ms));
  if (!vertex().input_edges.empty()) {
    const auto watermark = counters_.input_watermark.load(std::memory_order_relaxed);
    metrics.user.emplace_back("currentInputWatermark", static_cast<double>(watermark));
  }
  metrics.restored = {counters_.restored_local_bytes.load(std::memory_order_relaxed),
                      counters_.restored_remote_bytes.load(std::memory_order_relaxed)};
  metrics.user.emplace_back("RestoredStateSizeBytes.LOCAL_DISK",
                            static_cast<double>(metrics.restored.local_bytes));
  metrics.user.emplace_back("RestoredStateSizeBytes.REMOTE",
                            static_cast<double>(metrics.restored.remote_bytes));
  return metrics;
}

}  // namespace flink::task
