// SPDX-License-Identifier: Apache-2.0
#include "unit/table_runtime/changelog.h"

namespace flink::table_runtime {

using namespace table;

const RowLayout& table_layout() {
  static const RowLayout layout{
      {LogicalType{TypeRoot::integer}.not_null(), LogicalType{TypeRoot::integer},
       LogicalType{TypeRoot::integer}, LogicalType::string(), LogicalType::decimal(10, 2),
       LogicalType{TypeRoot::boolean}, LogicalType{TypeRoot::timestamp, 3}.not_null()}};
  return layout;
}

namespace {

std::string random_row(std::mt19937_64& random, int row_id, std::int64_t& now) {
  static constexpr std::string_view words[] = {"", "a", "b", "a longer one", "ß"};
  const auto below = [&](int end) {
    return static_cast<int>(random() % static_cast<unsigned>(end));
  };
  const auto or_null = [&](const Datum& value) { return below(6) == 0 ? Datum{} : value; };
  const Datum values[] = {Datum{row_id},
                          or_null(Datum{below(4)}),
                          or_null(Datum{below(20) - 10}),
                          or_null(Datum{words[below(5)]}),
                          or_null(Datum{Decimal{below(10'000) - 5000}}),
                          or_null(Datum{below(2) == 0}),
                          Datum{Timestamp{now += below(3) * 700, 0}}};
  std::string out;
  table_layout().pack(values, out);
  return out;
}

}  // namespace

Changelog random_changelog(std::mt19937_64& random, std::size_t changes, bool updates) {
  Changelog out;
  std::map<int, std::string> now;
  int next = 0;
  std::int64_t time = 0;
  while (out.changes.size() < changes) {
    const auto what = updates && !now.empty() ? random() % 5 : 0;
    if (what < 2) {
      now[next] = random_row(random, next, time);
      out.changes.push_back({RowKind::insert, now[next++]});
      continue;
    }
    auto at = now.begin();
    std::advance(at, random() % now.size());
    if (what == 2) {
      out.changes.push_back({RowKind::delete_, at->second});
      now.erase(at);
    } else {
      out.changes.push_back({RowKind::update_before, at->second});
      at->second = random_row(random, at->first, time);
      out.changes.push_back({RowKind::update_after, at->second});
    }
  }
  for (const auto& [row_id, row] : now) out.final_rows.push_back({RowKind::insert, row});
  return out;
}

std::int64_t Change::millis() const {
  Memory memory;
  return table_layout().get(bytes, t, memory).get<Timestamp>().millis;
}

bool Materialised::take(const Row& row) {
  int& count = rows_[std::string{row.bytes}];
  count += adds(row.kind) ? 1 : -1;
  const bool was_there = count >= 0;
  if (count == 0) rows_.erase(std::string{row.bytes});
  return was_there;
}

}  // namespace flink::table_runtime
