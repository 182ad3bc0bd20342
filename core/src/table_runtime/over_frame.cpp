// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/over_frame.h"

#include <flink/error.h>

#include <algorithm>

namespace flink::table_runtime {

using table::Datum;
using table::LogicalType;
using Bound = planner::FrameBound::Kind;

namespace {

// Numbers by value, times in milliseconds: what RANGE counts its distance in.
long double number_of(const LogicalType& type, const Datum& value) {
  switch (type.root()) {
    case table::TypeRoot::float_:
      return static_cast<long double>(value.get<float>());
    case table::TypeRoot::double_:
      return static_cast<long double>(value.get<double>());
    case table::TypeRoot::decimal: {
      long double scale = 1;
      for (int i = 0; i < type.scale(); ++i) scale *= 10;
      return static_cast<long double>(value.get<table::Decimal>().unscaled) / scale;
    }
    case table::TypeRoot::timestamp:
    case table::TypeRoot::timestamp_ltz: {
      const auto time = value.get<table::Timestamp>();
      return static_cast<long double>(time.millis) + static_cast<long double>(time.nanos) / 1e6L;
    }
    case table::TypeRoot::date:
      return 86'400'000.0L * value.get<table::Date>().days;
    default:
      return table::width_of(type) == 16 ? 0
                                         : static_cast<long double>(table::integer_of(type, value));
  }
}

}  // namespace

OverFrames::OverFrames(std::shared_ptr<const OverSpec> spec)
    : spec_(std::move(spec)), run_(spec_->aggregates, spec_->session) {}

OverRow OverFrames::row_of(std::string_view row) const {
  return {table::sort_key(spec_->input, spec_->order, row), std::string{row}};
}

void OverFrames::begin(std::span<const OverRow> rows) {
  rows_ = rows;
  maps_.reset();
  memory_.clear();
  const std::size_t count = rows.size();
  peers_from_.resize(count);
  peers_to_.resize(count);
  dense_.resize(count);
  distances_.assign(count, {});
  for (std::size_t i = 0; i < count; ++i) {
    const bool tie = i > 0 && rows[i].order == rows[i - 1].order;
    peers_from_[i] = tie ? peers_from_[i - 1] : i;
    dense_[i] = i == 0 ? 1 : dense_[i - 1] + (tie ? 0 : 1);
    if (spec_->order.empty()) continue;
    const Datum value = spec_->input.get(rows[i].row, spec_->order[0].column, memory_);
    if (value.null) continue;
    const long double number = number_of(spec_->input.type(spec_->order[0].column), value);
    distances_[i] = spec_->order[0].descending ? -number : number;
  }
  for (std::size_t i = count; i-- > 0;) {
    const bool tie = i + 1 < count && peers_from_[i + 1] == peers_from_[i];
    peers_to_[i] = tie ? peers_to_[i + 1] : i + 1;
  }
}

// The first row that is not farther before than the distance, or the first one behind those that
// are not farther behind.
std::size_t OverFrames::by_distance(std::size_t index, std::int64_t distance, bool from) const {
  if (!distances_[index]) return from ? peers_from_[index] : peers_to_[index];
  const long double edge = *distances_[index] - static_cast<long double>(distance);
  std::size_t at = index;
  if (from) {
    while (at > 0 && distances_[at - 1] && *distances_[at - 1] >= edge) --at;
    while (at < rows_.size() && distances_[at] && *distances_[at] < edge) ++at;
  } else {
    while (at < rows_.size() && distances_[at] && *distances_[at] <= edge) ++at;
    while (at > 0 && (!distances_[at - 1] || *distances_[at - 1] > edge)) {
      if (!distances_[at - 1]) break;
      --at;
    }
  }
  return at;
}

std::size_t OverFrames::frame_from(std::size_t index) const {
  switch (spec_->lower.kind) {
    case Bound::unbounded:
      return 0;
    case Bound::current:
      return spec_->rows ? index : peers_from_[index];
    case Bound::offset:
      break;
  }
  if (!spec_->rows) return by_distance(index, spec_->lower.offset, true);
  const auto at = static_cast<std::int64_t>(index) - spec_->lower.offset;
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(at, 0, static_cast<std::int64_t>(rows_.size())));
}

std::size_t OverFrames::frame_to(std::size_t index) const {
  switch (spec_->upper.kind) {
    case Bound::unbounded:
      return rows_.size();
    case Bound::current:
      return spec_->rows ? index + 1 : peers_to_[index];
    case Bound::offset:
      break;
  }
  if (!spec_->rows) return by_distance(index, spec_->upper.offset, false);
  const auto at = static_cast<std::int64_t>(index) - spec_->upper.offset + 1;
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(at, 0, static_cast<std::int64_t>(rows_.size())));
}

// A frame that only grows takes the rows that are new to it; others begin anew.
void OverFrames::aggregate(std::size_t index) {
  const std::size_t from = frame_from(index), to = std::max(from, frame_to(index));
  if (!maps_ || from != taken_from_ || to < taken_to_) {
    maps_ = std::make_unique<MemoryMaps>(spec_->aggregates->maps());
    run_.begin({}, maps_->all());
    taken_from_ = taken_to_ = from;
  }
  for (; taken_to_ < to; ++taken_to_) run_.take(true, rows_[taken_to_].row);
}

std::string_view OverFrames::output(std::size_t index) {
  std::vector<Datum> values(spec_->input.size());
  spec_->input.unpack(rows_[index].row, values, memory_);
  std::vector<Datum> aggregates;
  if (!spec_->aggregates->steps().empty()) {
    aggregate(index);
    run_.results(aggregates);
  }
  std::size_t next = 0;
  for (const OverCall& call : spec_->calls) {
    const bool is_aggregate = call.function == OverFunction::aggregate;
    values.push_back(is_aggregate ? aggregates[next++] : value_of(call, index));
  }
  packed_.clear();
  spec_->output.pack(values, packed_);
  return packed_;
}

Datum OverFrames::value_of(const OverCall& call, std::size_t index) {
  const auto count = static_cast<std::int64_t>(rows_.size());
  const auto rank = static_cast<std::int64_t>(peers_from_[index]) + 1;
  switch (call.function) {
    case OverFunction::row_number:
      return Datum{static_cast<std::int64_t>(index) + 1};
    case OverFunction::rank:
      return Datum{rank};
    case OverFunction::dense_rank:
      return Datum{static_cast<std::int64_t>(dense_[index])};
    case OverFunction::percent_rank:
      return Datum{count == 1 ? 0.0
                              : static_cast<double>(rank - 1) / static_cast<double>(count - 1)};
    case OverFunction::cume_dist:
      return Datum{static_cast<double>(peers_to_[index]) / static_cast<double>(count)};
    case OverFunction::ntile: {
      const Datum argument = spec_->input.get(rows_[index].row, call.arguments[0], memory_);
      const std::int64_t buckets =
          argument.null ? 0 : integer_of(spec_->input.type(call.arguments[0]), argument);
      if (buckets <= 0)
        throw Error{ErrorKind::user, "NTILE: the number of buckets is not positive"};
      // The first ones have one row more.
      const std::int64_t small = count / buckets, more = count % buckets;
      const auto at = static_cast<std::int64_t>(index);
      if (at < more * (small + 1)) return Datum{at / (small + 1) + 1};
      return Datum{more + (at - more * (small + 1)) / small + 1};
    }
    case OverFunction::lag:
      return shifted(call, index, -1);
    case OverFunction::lead:
      return shifted(call, index, 1);
    case OverFunction::aggregate:
      break;
  }
  return {};
}

Datum OverFrames::shifted(const OverCall& call, std::size_t index, std::int64_t by) {
  const auto get = [&](std::size_t row, std::size_t argument) {
    return spec_->input.get(rows_[row].row, call.arguments[argument], memory_);
  };
  std::int64_t distance = 1;
  if (call.arguments.size() > 1) {
    const Datum given = get(index, 1);
    if (given.null) return {};
    distance = table::integer_of(spec_->input.type(call.arguments[1]), given);
  }
  std::int64_t at = static_cast<std::int64_t>(index);
  const auto count = static_cast<std::int64_t>(rows_.size());
  if (call.ignores_nulls) {
    const std::int64_t step = distance < 0 ? -by : by;
    for (std::int64_t left = std::abs(distance); left > 0;) {
      at += step;
      if (at < 0 || at >= count) break;
      if (!get(static_cast<std::size_t>(at), 0).null) --left;
    }
  } else {
    at += by * distance;
  }
  if (at >= 0 && at < count) return get(static_cast<std::size_t>(at), 0);
  return call.arguments.size() > 2 ? get(index, 2) : Datum{};
}

std::size_t OverFrames::first_needed(std::span<const OverRow> rows) {
  if (rows.empty() || spec_->lower.kind != Bound::offset) return rows.size();
  if (spec_->rows) {
    // The frame of the next row.
    const auto at = static_cast<std::int64_t>(rows.size()) - spec_->lower.offset;
    return static_cast<std::size_t>(std::max<std::int64_t>(at, 0));
  }
  begin(rows);
  return frame_from(rows.size() - 1);
}

std::string OverFrames::with_results(std::span<const OverRow> rows, AggregateRun& run) {
  memory_.clear();
  rows_ = rows;
  std::vector<Datum> values(spec_->input.size()), aggregates;
  spec_->input.unpack(rows.back().row, values, memory_);
  run.results(aggregates);
  std::size_t next = 0;
  for (const OverCall& call : spec_->calls) {
    if (call.function == OverFunction::aggregate) {
      values.push_back(aggregates[next++]);
    } else if (call.function == OverFunction::lag) {
      values.push_back(shifted(call, rows.size() - 1, -1));
    } else {
      values.emplace_back(run.rows());
    }
  }
  std::string out;
  spec_->output.pack(values, out);
  return out;
}

std::optional<std::size_t> OverFrames::reach(const OverRow& row) {
  std::size_t out = 0;
  for (const OverCall& call : spec_->calls) {
    if (call.function != OverFunction::lag) continue;
    if (call.ignores_nulls) return {};
    std::int64_t distance = 1;
    if (call.arguments.size() > 1) {
      const Datum given = spec_->input.get(row.row, call.arguments[1], memory_);
      if (given.null) continue;
      distance = table::integer_of(spec_->input.type(call.arguments[1]), given);
    }
    if (distance < 0) throw Error{ErrorKind::user, "LAG: a row that comes later is not known yet"};
    out = std::max(out, static_cast<std::size_t>(distance));
  }
  return out;
}

}  // namespace flink::table_runtime
