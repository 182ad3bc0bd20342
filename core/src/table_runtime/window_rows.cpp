// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/window_rows.h"

#include <flink/operators/basic_operator.h>
#include <flink/state/value_state.h>

#include <algorithm>

#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

namespace {

using table::Datum;
using table::Timestamp;

// A row with the three columns of a window behind it.
class WindowRowMaker {
 public:
  explicit WindowRowMaker(std::shared_ptr<const WindowRowsSpec> spec)
      : spec_(std::move(spec)), maker_(spec_->output) {}
  WindowRowMaker(const WindowRowMaker& other) : WindowRowMaker(other.spec_) {}
  WindowRowMaker& operator=(const WindowRowMaker&) = delete;

  const WindowRowsSpec& spec() const { return *spec_; }
  std::optional<std::int64_t> time_of(std::string_view row) {
    memory_.clear();
    const Datum time = spec_->input.get(row, spec_->time, memory_);
    if (time.null) return {};
    return time.get<Timestamp>().millis;
  }
  // The window by the clock on the wall.
  void collect(const Row& row, const WindowTimes& window, Collector<Row>& out) {
    memory_.clear();
    values_.resize(spec_->input.size());
    spec_->input.unpack(row.bytes, values_, memory_);
    values_.emplace_back(Timestamp{window.start, 0});
    values_.emplace_back(Timestamp{window.end, 0});
    values_.emplace_back(Timestamp{spec_->clock.time_of(window.end) - 1, 0});
    maker_.collect(row.kind, values_, out);
  }

 private:
  std::shared_ptr<const WindowRowsSpec> spec_;
  RowMaker maker_;
  table::Memory memory_;
  std::vector<Datum> values_;
};

class AlignedWindows final : public flink::detail::BasicOperator {
 public:
  explicit AlignedWindows(std::shared_ptr<const WindowRowsSpec> spec) : maker_(std::move(spec)) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output(), context.turn());
  }
  void process(int, BatchRef& erased) override {
    auto& batch = static_cast<RecordBatch<Row>&>(*erased);
    out_.begin(batch);
    for (const Row& row : batch.records()) {
      const auto time = maker_.time_of(row.bytes);
      if (!time) continue;
      assign_windows(maker_.spec().window, maker_.spec().clock.local_of(*time), windows_);
      for (const WindowTimes& window : windows_) maker_.collect(row, window, out_);
    }
    out_.end();
  }
  void hand_on() override { out_.end(); }

 private:
  WindowRowMaker maker_;
  std::vector<WindowTimes> windows_;
  Collector<Row> out_;
};

struct SessionRow {
  RowKind kind;
  std::string bytes;
};
struct Session {
  std::int64_t start, end;  // times, not of the wall
  std::vector<SessionRow> rows;
};

class Sessions {
 public:
  explicit Sessions(std::shared_ptr<const WindowRowsSpec> spec) : maker_(std::move(spec)) {}

  using Context = KeyedContext<std::string>;
  void process_element(const Row& row, Context& context, Collector<Row>&) {
    const auto time = maker_.time_of(row.bytes);
    if (!time) return;
    const auto* const held = sessions_.value();
    auto all = held ? *held : std::vector<Session>{};
    Session mine{*time, *time + maker_.spec().window.size, {}};
    // Those that it touches are one with it, the rows in the order in which they began.
    std::vector<SessionRow> rows;
    std::erase_if(all, [&](Session& other) {
      if (other.start > mine.end || other.end < mine.start) return false;
      mine.start = std::min(mine.start, other.start);
      mine.end = std::max(mine.end, other.end);
      std::move(other.rows.begin(), other.rows.end(), std::back_inserter(rows));
      return true;
    });
    if (timestamp_of_millis(mine.end - 1) <= context.current_watermark()) return;  // too late
    rows.push_back({row.kind, std::string{row.bytes}});
    mine.rows = std::move(rows);
    context.timer_service().register_event_time_timer(timestamp_of_millis(mine.end - 1));
    all.push_back(std::move(mine));
    sessions_.update(std::move(all));
  }
  void on_timer(flink::Timestamp at, Context&, Collector<Row>& out) {
    const auto* const held = sessions_.value();
    if (held == nullptr) return;
    auto all = *held;
    std::erase_if(all, [&](const Session& session) {
      if (timestamp_of_millis(session.end - 1) > at) return false;
      const WindowClock& clock = maker_.spec().clock;
      const WindowTimes window{clock.local_of(session.start), clock.local_of(session.end)};
      for (const SessionRow& row : session.rows) {
        maker_.collect({row.kind, row.bytes}, window, out);
      }
      return true;
    });
    if (all.empty()) {
      sessions_.clear();
    } else {
      sessions_.update(std::move(all));
    }
  }

 private:
  WindowRowMaker maker_;
  ValueState<std::vector<Session>> sessions_{"sessions"};
};

}  // namespace

RowOperator add_window_rows(const RowStream& rows, std::string name, WindowRowsSpec spec) {
  const auto shared = std::make_shared<const WindowRowsSpec>(std::move(spec));
  if (shared->window.kind != planner::WindowKind::session) {
    return add_row_operator<AlignedWindows>(rows, std::move(name), shared);
  }
  auto out = process_keyed(rows, shared->partition, std::move(name), Sessions{shared});
  if (shared->partition.layout().size() == 0) out.set_parallelism(1);
  return out;
}

}  // namespace flink::table_runtime
