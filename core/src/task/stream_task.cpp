// SPDX-License-Identifier: Apache-2.0
#include "task/stream_task.h"

#include <flink/check.h>
#include <flink/error.h>

#include <exception>
#include <utility>

#include "base/buggify.h"
#include "config/option_table.h"
#include "fiber/blocking.h"

namespace flink::task {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

// How many turns pass between two looks at the clock for the buffer timeout.
constexpr unsigned turns_between_clock_reads = 16;

std::pair<int, std::string> kind_and_text(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& e) {
    return {static_cast<int>(e.kind()), e.message()};
  } catch (const std::exception& e) {
    return {static_cast<int>(ErrorKind::user), e.what()};
  } catch (...) {
    return {static_cast<int>(ErrorKind::user),
            "the function threw something that is no std::exception"};
  }
}

}  // namespace

StreamTask::StreamTask(StreamTaskSetup setup) : setup_(std::move(setup)) {
  const auto& inputs = vertex().input_edges;
  open_channels_of_input_.resize(2);
  std::vector<std::unique_ptr<channels::ChannelReader>> readers;
  for (auto& input : setup_.inputs) {
    const int number = setup_.graph->edges[static_cast<std::size_t>(input.edge)].input;
    for (auto& channel : input.channels) {
      readers.push_back(std::move(channel));
      input_of_channel_.push_back(number);
      ++open_channels_of_input_[static_cast<std::size_t>(number)];
    }
  }
  FLINK_CHECK(setup_.inputs.size() == inputs.size(), setup_.inputs.size(), inputs.size());
  open_channels_ = readers.size();
  valve_ = std::make_unique<channels::WatermarkValve>(readers.size());
  gate_ = std::make_unique<channels::InputGate>(std::move(readers));
}

StreamTask::~StreamTask() = default;

std::string StreamTask::name() const {
  return vertex().name + " (" + std::to_string(setup_.id.subtask + 1) + "/" +
         std::to_string(vertex().parallelism) + ")#" + std::to_string(setup_.id.attempt);
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

void StreamTask::coordinator_event(const base::OperatorId& op, std::string event) {
  const std::lock_guard lock{mutex_};
  events_.emplace_back(op, std::move(event));
  has_events_.store(true, std::memory_order_release);
  if (fiber_) fiber_->waker().wake();
}

void StreamTask::set_state(TaskState state, TaskFailure failure) {
  setup_.events->state_changed(setup_.id, state, std::move(failure));
}

// ---- on the fiber

void StreamTask::run() {
  set_state(TaskState::initializing);
  build_chain();
  gate_->set_waker(fiber::SlotTask::current()->waker());
  chain_->open();
  counters_.running_since_ns = clock().now().since_origin.count();
  last_flush_ = clock().now();
  set_state(TaskState::running);
  if (chain_->is_source()) {
    run_source();
  } else {
    run_inputs();
  }
  chain_->finish();
  chain_->close();
}

void StreamTask::build_chain() {
  std::map<int, std::unique_ptr<ExchangeWriter>> writers;
  for (auto& output : setup_.outputs) {
    const auto& edge = setup_.graph->edges[static_cast<std::size_t>(output.edge)];
    const auto& target = setup_.graph->vertices[static_cast<std::size_t>(edge.target_vertex)];
    ExchangeWriter::Setup writer;
    writer.edge = &edge;
    writer.subtask = setup_.id.subtask;
    writer.target_parallelism = target.parallelism;
    writer.max_parallelism = target.max_parallelism;
    writer.seed = static_cast<std::uint64_t>(setup_.id.subtask) * 1000003 +
                  static_cast<std::uint64_t>(output.edge);
    writer.counters = &counters_;
    writer.channels = std::move(output.channels);
    writers.emplace(output.edge, std::make_unique<ExchangeWriter>(std::move(writer)));
  }
  ChainIdentity identity{setup_.job_id, setup_.graph->job_name, setup_.id.subtask,
                         setup_.id.attempt};
  auto chain = std::make_unique<OperatorChain>(*setup_.graph, vertex(), std::move(identity), *this,
                                               std::move(writers));
  const std::lock_guard lock{mutex_};
  chain_ = std::move(chain);
  metrics_chain_ = chain_.get();
}

// One batch a turn: then whoever is downstream runs.
void StreamTask::run_source() {
  auto& self = *fiber::SlotTask::current();
  for (;;) {
    take_events();
    const InputStatus status = chain_->poll();
    if (status == InputStatus::end_of_input) return;
    if (status == InputStatus::more_available && FLINK_BUGGIFY("source pauses")) {
      wake_after(std::chrono::milliseconds{1});  // nobody else would
      wait_for_input();
    } else if (status == InputStatus::more_available) {
      flush_if_due();
      self.yield();
    } else if (!has_events_.load(std::memory_order_acquire)) {
      wait_for_input();
    }
  }
}

void StreamTask::run_inputs() {
  auto& self = *fiber::SlotTask::current();
  while (open_channels_ > 0) {
    take_events();
    if (auto got = gate_->poll()) {
      take_element(got->channel, std::move(got->element));
      flush_if_due();
      self.yield();
    } else {
      wait_for_input();
    }
  }
}

void StreamTask::take_element(std::size_t channel, channels::Element element) {
  const int input = input_of_channel_[channel];
  const auto advance = [this](const channels::WatermarkValve::Change& change) {
    if (change.watermark) chain_->process_watermark(timestamp_of_millis(*change.watermark));
    if (change.idle) chain_->process_idle(*change.idle);
  };
  std::visit(Overloaded{
                 [&](BatchRef& batch) {
                   TaskCounters::add(counters_.records_in, batch->size());
                   chain_->process(input, batch);
                   if (!batch || !batch->unique()) return;
                   batch->clear();
                   gate_->give_back(channel, std::move(batch));
                 },
                 [&](channels::Watermark& w) { advance(valve_->watermark(channel, w.millis)); },
                 [&](channels::WatermarkStatus& s) { advance(valve_->status(channel, s.idle)); },
                 [&](channels::Barrier& barrier) { chain_->broadcast(barrier); },
                 [&](channels::EndOfPartition&) {
                   advance(valve_->ended(channel));
                   --open_channels_;
                   if (--open_channels_of_input_[static_cast<std::size_t>(input)] == 0) {
                     chain_->end_input(input);
                   }
                 },
             },
             element);
}

void StreamTask::take_events() {
  if (!has_events_.load(std::memory_order_acquire)) return;
  std::deque<std::pair<base::OperatorId, std::string>> events;
  {
    const std::lock_guard lock{mutex_};
    events.swap(events_);
    has_events_.store(false, std::memory_order_release);
  }
  for (const auto& [op, event] : events) chain_->coordinator_event(op, event);
}

// A busy task still lets partial batches go in time.
void StreamTask::flush_if_due() {
  if (++turns_ % turns_between_clock_reads != 0) return;
  if (setup_.buffer_timeout < base::Duration::zero()) return;  // only full batches
  const auto now = clock().now();
  if (now - last_flush_ < setup_.buffer_timeout) return;
  last_flush_ = now;
  chain_->flush_exchanges();
}

// Nothing to read: what has gathered goes on at once, so low load means low latency.
void StreamTask::wait_for_input() {
  if (chain_->exchanges_pending()) {
    // Sending may suspend, and a wake that comes meanwhile is spent there: look at everything
    // again.
    chain_->flush_exchanges();
    return;
  }
  auto& self = *fiber::SlotTask::current();
  if (wake_at_ == base::TimePoint::never()) {
    self.suspend(fiber::Wait::input);
  } else if (!self.suspend_until(std::exchange(wake_at_, base::TimePoint::never()),
                                 fiber::Wait::input)) {
    return;  // its time came
  }
}

void StreamTask::on_ended(std::exception_ptr failure, bool cancelled) {
  counters_.ended_ns = clock().now().since_origin.count();
  TaskFailure what;
  if (failure) {
    const auto [kind, text] = kind_and_text(failure);
    what.kind = kind;
    what.message = text;
    if (chain_) what.operator_name = chain_->current_operator();
  }
  {
    const std::lock_guard lock{mutex_};
    if (chain_) last_user_metrics_ = chain_->user_metrics();
    metrics_chain_ = nullptr;
    fiber_.reset();
  }
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
  setup_.events->operator_event(setup_.id, op, std::move(event));
}

std::function<void()> StreamTask::waker() {
  return [waker = fiber::SlotTask::current()->waker()] { waker.wake(); };
}

void StreamTask::wake_after(std::chrono::nanoseconds delay) { wake_at_ = clock().now() + delay; }

void StreamTask::run_blocking(const std::function<void()>& function) {
  fiber::run_blocking(*setup_.environment->executor, function);
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
  return metrics;
}

}  // namespace flink::task
