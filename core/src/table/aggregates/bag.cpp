// SPDX-License-Identifier: Apache-2.0
#include "table/aggregates/bag.h"

#include <algorithm>
#include <cstring>

#include "table/aggregates/aggregates.h"

namespace flink::table {

namespace {

std::string bytes_of(std::int64_t number) {
  std::string out(sizeof number, '\0');
  std::memcpy(out.data(), &number, sizeof number);
  return out;
}

}  // namespace

void Bag::add(std::string_view value, std::int64_t order) {
  const auto held = map_.get(value);
  map_.put(value, (held ? std::string{*held} : std::string{}) + bytes_of(order));
}

std::optional<std::int64_t> Bag::take_oldest(std::string_view value) {
  const auto held = map_.get(value);
  if (!held || held->empty()) return {};
  const std::int64_t oldest = count_of(*held);
  const std::string left{held->substr(sizeof oldest)};
  if (left.empty()) {
    map_.remove(value);
  } else {
    map_.put(value, left);
  }
  return oldest;
}

void Bag::each(const std::function<void(std::string_view, std::int64_t)>& visit) const {
  map_.each([&](std::string_view value, std::string_view orders) {
    for (; !orders.empty(); orders.remove_prefix(sizeof(std::int64_t))) {
      visit(value, count_of(orders));
    }
  });
}

std::vector<std::string> Bag::in_order() const {
  std::vector<std::pair<std::int64_t, std::string>> all;
  each([&](std::string_view value, std::int64_t order) { all.emplace_back(order, value); });
  std::sort(all.begin(), all.end());
  std::vector<std::string> out;
  for (auto& [order, value] : all) out.push_back(std::move(value));
  return out;
}

std::int64_t count_of(std::string_view bytes) {
  std::int64_t count;
  std::memcpy(&count, bytes.data(), sizeof count);
  return count;
}
std::int64_t count_in(const AggregateMap& map, std::string_view value) {
  const auto held = map.get(value);
  return held ? count_of(*held) : 0;
}
std::int64_t add_count(AggregateMap& map, std::string_view value, std::int64_t more) {
  const std::int64_t count = count_in(map, value) + more;
  if (count == 0) {
    map.remove(value);
  } else {
    map.put(value, bytes_of(count));
  }
  return count;
}

}  // namespace flink::table
