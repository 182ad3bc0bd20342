// SPDX-License-Identifier: Apache-2.0
// What a process function gets beside the record: the second parameter of process_element
// (Flink, "Process Function").
#pragma once

#include <flink/base/memory.h>
#include <flink/collector.h>
#include <flink/error.h>
#include <flink/graph/operator.h>
#include <flink/operators/keyed_operator_state.h>
#include <flink/output_tag.h>
#include <flink/state/timer_service.h>
#include <flink/types/record_type.h>

#include <optional>
#include <type_traits>
#include <vector>

namespace flink {

namespace detail {

// The open batches of an operator's side outputs.
class SideOutputs {
 public:
  void open(OperatorContext& context) noexcept { context_ = &context; }
  // Where views in records to come may point to.
  void open_views(Arena& arena) noexcept { arena_ = &arena; }
  void begin(const Batch& input) {
    input_ = &input;
    for (auto& side : sides_) side->begin(input);
  }
  void flush() {
    for (auto& side : sides_) side->flush();
  }
  void end() {
    for (auto& side : sides_) side->end();
    input_ = nullptr;
  }

  template <class T>
  void add(const OutputTag<T>& tag, T&& value, std::optional<Timestamp> timestamp) {
    if (Collector<T>* out = collector(tag)) {
      if (timestamp) {
        out->set_timestamp(timestamp->time_since_epoch().count());
      } else {
        out->clear_timestamp();
      }
      if (arena_ != nullptr) out->pin_from(*arena_);
      out->collect(std::move(value));
    }
  }

 private:
  struct Side {
    std::string id;
    const RecordType* type = nullptr;
    bool connected = false;
    virtual ~Side() = default;
    virtual void begin(const Batch& input) = 0;
    virtual void flush() = 0;
    virtual void end() = 0;
  };
  template <class T>
  struct TypedSide final : Side {
    Collector<T> out;
    void begin(const Batch& input) override { out.begin(input); }
    void flush() override { out.flush(); }
    void end() override { out.end(); }
  };

  template <class T>
  Collector<T>* collector(const OutputTag<T>& tag) {
    for (auto& side : sides_) {
      if (side->id != tag.id()) continue;
      if (side->type != &record_type<T>()) {
        throw Error{ErrorKind::user, "side output \"" + tag.id() +
                                         "\" is used with two record types: " + side->type->name() +
                                         " and " + record_type<T>().name() +
                                         "; give each type a tag of its own"};
      }
      return side->connected ? &static_cast<TypedSide<T>&>(*side).out : nullptr;
    }
    auto side = std::make_unique<TypedSide<T>>();
    side->id = tag.id();
    side->type = &record_type<T>();
    if (Output* output = context_->side_output(tag.id())) {
      side->connected = true;
      side->out.bind(*output, context_->turn());
      if (input_ != nullptr) side->out.begin(*input_);
    }
    sides_.push_back(std::move(side));
    return collector(tag);
  }

  OperatorContext* context_ = nullptr;
  Arena* arena_ = nullptr;
  const Batch* input_ = nullptr;
  std::vector<std::unique_ptr<Side>> sides_;
};

}  // namespace detail

class ProcessContext {
 public:
  // Of the record being processed; none when its source gives none. In on_timer: of the timer.
  std::optional<Timestamp> timestamp() const noexcept { return timestamp_; }
  Timestamp current_watermark() const noexcept { return timers_->current_watermark(); }
  // Setting timers needs a keyed stream and on_timer.
  TimerService& timer_service() const noexcept { return *timers_; }
  RuntimeContext& runtime() const noexcept { return *runtime_; }
  // Emits to a side output; nobody need read it.
  template <class T>
  void output(const OutputTag<T>& tag, std::type_identity_t<T> value) {
    sides_.add(tag, std::move(value), timestamp_);
  }

  // For operators, not for user functions.
  void open(OperatorContext& context, TimerService& timers) noexcept {
    runtime_ = &context.runtime();
    timers_ = &timers;
    sides_.open(context);
  }
  void open_views(Arena& arena) noexcept { sides_.open_views(arena); }
  void begin(const Batch& input) { sides_.begin(input); }
  void set_timestamp(std::optional<Timestamp> timestamp) noexcept { timestamp_ = timestamp; }
  void set_timestamp(std::int64_t millis) noexcept {
    timestamp_.reset();
    if (millis != no_timestamp) timestamp_ = timestamp_of_millis(millis);  // a record without one
  }
  void flush() { sides_.flush(); }
  void end() { sides_.end(); }

 private:
  RuntimeContext* runtime_ = nullptr;
  TimerService* timers_ = nullptr;
  std::optional<Timestamp> timestamp_;
  detail::SideOutputs sides_;
};

// On a keyed stream.
template <class K>
class KeyedContext : public ProcessContext {
 public:
  const K& current_key() const noexcept { return keyed_->current_key(); }

  // For operators, not for user functions.
  void open_keyed(const state::KeyedOperatorState<K>& keyed) noexcept { keyed_ = &keyed; }

 private:
  const state::KeyedOperatorState<K>* keyed_ = nullptr;
};

enum class TimeDomain : unsigned char { event_time, processing_time };

// In on_timer, which may also take it as KeyedContext<K>&.
template <class K>
class OnTimerContext : public KeyedContext<K> {
 public:
  TimeDomain time_domain() const noexcept { return domain_; }

  // For operators, not for user functions.
  void set_time_domain(TimeDomain domain) noexcept { domain_ = domain; }

 private:
  TimeDomain domain_ = TimeDomain::event_time;
};

}  // namespace flink
