// SPDX-License-Identifier: Apache-2.0
// JSON_OBJECTAGG: members by their names. Values come as JSON text, see bind_json_aggregate().
#include <algorithm>

#include "table/aggregates/aggregates.h"
#include "table/fn/json.h"

namespace flink::table {

namespace {

class JsonObjectAgg final : public Aggregate {
 public:
  JsonObjectAgg(const AggregateCall& call, bool with_nulls)
      : members_({call.arguments[0].with_nullable(true), call.arguments[1].with_nullable(true)}),
        with_nulls_(with_nulls) {}

  std::vector<LogicalType> columns() const override { return {}; }
  std::size_t maps() const override { return 1; }
  void accumulate(const Accumulator& into, Arguments arguments, Context& context) const override {
    if (arguments[0].null) {
      context.fail("JSON_OBJECTAGG: a member's name is NULL");
    } else {
      add(into, arguments, 1);
    }
  }
  void retract(const Accumulator& from, Arguments arguments, Context&) const override {
    add(from, arguments, -1);
  }
  void merge(const Accumulator& into, const Accumulator& other, Context&) const override {
    other.maps[0]->each([&](std::string_view member, std::string_view count) {
      add_count(*into.maps[0], member, count_of(count));
    });
  }
  Datum result(const Accumulator& gathered, Context& context) const override {
    std::vector<std::vector<Datum>> members;
    gathered.maps[0]->each([&](std::string_view member, std::string_view count) {
      const auto copy = context.memory().copy(member);
      for (std::int64_t i = 0; i < count_of(count); ++i) {
        members.push_back(members_.unpack(copy, context.memory()));
      }
    });
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return a[0].text() < b[0].text(); });
    std::string out = "{";
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0 && members[i][0].text() == members[i - 1][0].text()) {
        context.fail("JSON_OBJECTAGG: two members have the name '" +
                     std::string{members[i][0].text()} + "'");
        return {};
      }
      if (i > 0) out += ',';
      fn::append_json_text(out, members[i][0].text());
      out += ':';
      out += members[i][1].null ? "null" : members[i][1].text();
    }
    return Datum{context.memory().copy(out + "}")};
  }

 private:
  void add(const Accumulator& into, Arguments arguments, std::int64_t more) const {
    if (with_nulls_ || !arguments[1].null) {
      add_count(*into.maps[0], members_.pack(arguments), more);
    }
  }

  PackedValues members_;
  bool with_nulls_;
};

template <bool with_nulls>
std::unique_ptr<Aggregate> make(const AggregateCall& call) {
  return std::make_unique<JsonObjectAgg>(call, with_nulls);
}

}  // namespace

void add_json_objects(AggregateRegistry& all) {
  const Want text = want::character_as_string;
  const ResultRule result = result::is(json_aggregate_type());
  all.add({"JSON_OBJECTAGG_NULL_ON_NULL", {text, text}, result, true, true, &make<true>});
  all.add({"JSON_OBJECTAGG_ABSENT_ON_NULL", {text, text}, result, true, true, &make<false>});
}

}  // namespace flink::table
