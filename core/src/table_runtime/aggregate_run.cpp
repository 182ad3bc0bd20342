// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/aggregate_run.h"

#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

using table::Datum;

AggregateSet::AggregateSet(table::RowLayout input, std::vector<AggregateStep> steps)
    : input_(std::move(input)), steps_(std::move(steps)) {
  std::vector<table::LogicalType> types{table::LogicalType{table::TypeRoot::bigint}};
  for (const AggregateStep& step : steps_) {
    for (const auto& type : step.aggregate->columns()) types.push_back(type);
    maps_ += step.aggregate->maps();
  }
  state_ = table::RowLayout{std::move(types)};
}

AggregateRun::AggregateRun(std::shared_ptr<const AggregateSet> set, table::Session session)
    : set_(std::move(set)), session_(std::move(session)), context_(session_, memory_) {}

// act(step, columns from, maps from)
template <class Do>
void AggregateRun::each(Do&& act) {
  std::size_t column = 1, map = 0;
  for (const AggregateStep& step : set_->steps()) {
    act(step, column, map);
    if (context_.failed()) throw_failure(context_, "an aggregate");
    column += step.aggregate->columns().size();
    map += step.aggregate->maps();
  }
}

void AggregateRun::begin(std::string_view bytes, Maps maps) {
  memory_.clear();
  maps_ = maps;
  columns_.assign(set_->state().size(), Datum{});
  if (!bytes.empty()) return set_->state().unpack(memory_.copy(bytes), columns_, memory_);
  columns_[0] = Datum{std::int64_t{0}};
  each([&](const AggregateStep& step, std::size_t column, std::size_t) {
    step.aggregate->init(std::span{columns_}.subspan(column));
  });
}

void AggregateRun::take(bool adds, std::string_view row) {
  columns_[0] = Datum{rows() + (adds ? 1 : -1)};
  each([&](const AggregateStep& step, std::size_t column, std::size_t map) {
    if (step.filter) {
      const Datum passes = set_->input().get(row, *step.filter, memory_);
      if (passes.null || !passes.get<bool>()) return;
    }
    arguments_.clear();
    for (const std::size_t argument : step.arguments) {
      arguments_.push_back(set_->input().get(row, argument, memory_));
    }
    const table::Accumulator group{std::span{columns_}.subspan(column), maps_.subspan(map)};
    if (adds) {
      step.aggregate->accumulate(group, arguments_, context_);
    } else {
      step.aggregate->retract(group, arguments_, context_);
    }
  });
}

void AggregateRun::add_group(std::string_view bytes, Maps maps) {
  others_.assign(set_->state().size(), Datum{});
  set_->state().unpack(memory_.copy(bytes), others_, memory_);
  columns_[0] = Datum{rows() + others_[0].get<std::int64_t>()};
  each([&](const AggregateStep& step, std::size_t column, std::size_t map) {
    step.aggregate->merge({std::span{columns_}.subspan(column), maps_.subspan(map)},
                          {std::span{others_}.subspan(column), maps.subspan(map)}, context_);
  });
}

void AggregateRun::results(std::vector<Datum>& out) {
  each([&](const AggregateStep& step, std::size_t column, std::size_t map) {
    out.push_back(step.aggregate->result({std::span{columns_}.subspan(column), maps_.subspan(map)},
                                         context_));
  });
}

std::string AggregateRun::bytes() const {
  std::string out;
  set_->state().pack(columns_, out);
  return out;
}

class StateMaps::OneMap final : public table::AggregateMap {
 public:
  explicit OneMap(const MapState<std::string, std::string>& state) : state_(state) {}
  std::optional<std::string_view> get(std::string_view key) const override {
    const std::string* const found = state_.get(std::string{key});
    if (found == nullptr) return {};
    return *found;
  }
  void put(std::string_view key, std::string_view value) override {
    state_.put(std::string{key}, std::string{value});
  }
  void remove(std::string_view key) override { state_.remove(std::string{key}); }
  void each(const Visit& visit) const override {
    for (const auto& [key, value] : state_.entries()) visit(key, value);
  }

 private:
  const MapState<std::string, std::string>& state_;
};

StateMaps::StateMaps(std::size_t count) {
  states_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) states_.emplace_back("values " + std::to_string(i + 1));
  for (const auto& state : states_) maps_.push_back(std::make_shared<OneMap>(state));
  for (const auto& map : maps_) pointers_.push_back(map.get());
}
StateMaps::StateMaps(const StateMaps& other) : StateMaps(other.states_.size()) {}
void StateMaps::clear() {
  for (const auto& state : states_) state.clear();
}

MemoryMaps::MemoryMaps(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    maps_.push_back(std::make_unique<table::AggregateMapInMemory>());
    pointers_.push_back(maps_.back().get());
  }
}

}  // namespace flink::table_runtime
