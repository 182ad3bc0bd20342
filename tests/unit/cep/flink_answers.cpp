// SPDX-License-Identifier: Apache-2.0
#include "unit/cep/flink_answers.h"

namespace flink::test {

using namespace std::chrono_literals;
using P = Pattern<Event>;
using Skip = AfterMatchSkipStrategy;
using Context = ConditionContext<Event>;

namespace {

auto kind(const char* one, const char* other = "") {
  return [one, other](const Event& e) { return e.kind == one || e.kind == other; };
}
auto below(std::int64_t limit) {
  return [limit](const Event& e) { return e.value < limit; };
}
constexpr auto previous = WithinType::previous_and_current;

P a() { return P::begin("a").where(kind("A")); }
P d() { return P::begin("d").where(kind("D")); }
P a_then_b() { return a().followed_by("b").where(kind("B")); }
P base(const Skip& skip) {
  return P::begin("a", skip)
      .where(kind("A"))
      .followed_by("b")
      .where(kind("B", "C"))
      .times_or_more(2)
      .within(300ms);
}
P last_c(const P& pattern) { return pattern.followed_by("c").where(kind("C")); }

bool rising(const Event& e, const Context& ctx) {
  const auto before = ctx.events_for_pattern("a");
  return before.empty() || e.value > before.back().value;
}
bool above_last_b(const Event& e, const Context& ctx) {
  const auto before = ctx.events_for_pattern("b");
  return !before.empty() && e.value > before.back().value;
}

void add_steps(std::vector<Asked>& all) {
  all.push_back({"c002", a_then_b()});
  all.push_back({"c004", last_c(a()).within(300ms)});
  all.push_back({"c006", last_c(a().not_followed_by("n").where(kind("B"))).within(500ms)});
  all.push_back({"c008", last_c(a()).not_followed_by("n").where(kind("B")).within(300ms)});
  all.push_back({"c010", a_then_b().times(2).within(500ms)});
  all.push_back({"c012", last_c(a_then_b().times(0, 2)).within(400ms)});
  all.push_back({"c014", a_then_b().one_or_more().within(300ms)});
  all.push_back({"c016", last_c(a().times_or_more(2)).within(400ms)});
  all.push_back({"c018", a().optional().next("b").where(kind("B"))});
  all.push_back({"c020", last_c(a_then_b().one_or_more().optional()).within(300ms)});
  all.push_back(
      {"c022", P::begin("b").where(kind("B")).one_or_more().consecutive().greedy().next("c").where(
                   kind("B", "C"))});
  all.push_back({"c024", a_then_b()
                             .one_or_more()
                             .optional()
                             .greedy()
                             .followed_by("c")
                             .where(kind("B", "C"))
                             .within(300ms)});
  all.push_back(
      {"c026", a().times(2).consecutive().followed_by("b").where(kind("B")).within(500ms)});
  all.push_back(
      {"c028",
       a().one_or_more().allow_combinations().followed_by("b").where(kind("B")).within(250ms)});
  all.push_back(
      {"c030",
       last_c(a().followed_by("b").where(below(50)).one_or_more().until(kind("E"))).within(300ms)});
  all.push_back(
      {"c032",
       a().followed_by("b").where(below(60)).times_or_more(2).greedy().until(kind("D")).within(
           300ms)});
  all.push_back({"c034", last_c(a_then_b()).within(120ms)});
  all.push_back({"c036", last_c(a().times(3, 120ms)).within(500ms)});
  all.push_back(
      {"c038",
       a().or_where(kind("E")).where(below(50)).followed_by("b").where(kind("B")).within(300ms)});
  all.push_back({"c040", P::begin("a").where(rising).times(3).consecutive()});
  all.push_back({"c042", a().followed_by("b")
                             .where([](const Event& e, const Context& ctx) {
                               return e.kind == "B" &&
                                      e.ts - ctx.events_for_pattern("a").front().ts >= 100;
                             })
                             .within(400ms)});
}

void add_groups_and_skips(std::vector<Asked>& all) {
  all.push_back({"c044", d().followed_by(a_then_b()).times(2).within(600ms)});
  all.push_back(
      {"c046", d().followed_by(a().next("b").where(kind("B"))).one_or_more().within(900ms)});
  all.push_back({"c048", base(Skip::skip_to_next())});
  all.push_back({"c050", base(Skip::skip_to_first("b"))});
  all.push_back({"c052", base(Skip::skip_to_last("b").throw_exception_on_miss())});
  all.push_back({"c054", last_c(a_then_b()).within(200ms), true, true});
  all.push_back({"c056", last_c(a_then_b()).within(100ms, previous), true, true});
  all.push_back({"c058", a()});
  all.push_back({"c060", P::begin("a").next("b").where([](const Event& e, const Context& ctx) {
                   return e.ts == ctx.events_for_pattern("a").front().ts;
                 }),
                 false, false, true});
  all.push_back(
      {"c064", a().not_next("n").where(kind("A")).followed_by("b").where(kind("B")).times(2).within(
                   300ms)});
  all.push_back({"c066", P::begin("a", Skip::skip_past_last_event())
                             .where(below(65))
                             .one_or_more()
                             .consecutive()
                             .greedy()
                             .next("b")
                             .where([](const Event& e) { return e.value >= 65; })});
  all.push_back({"c068", a().where(below(50)).not_followed_by("n").where(kind("B")).within(200ms),
                 true, true});
  all.push_back(
      {"c070",
       a().next("b").where(kind("B")).one_or_more().consecutive().optional().next("c").where(
           kind("C"))});
  all.push_back({"c072", last_c(a().one_or_more(120ms)).within(400ms)});
  all.push_back({"c074", last_c(a_then_b().times_or_more(2, 110ms)).within(500ms)});
  all.push_back({"c076", P::begin("a", Skip::skip_to_next())
                             .where(kind("A"))
                             .followed_by_any("c")
                             .where(kind("C"))
                             .within(300ms)});
  all.push_back({"c078", P::begin("a", Skip::skip_to_last("b"))
                             .where(kind("A"))
                             .followed_by("b")
                             .where(kind("A", "B"))
                             .times(3)
                             .within(500ms)});
}

void add_windows_and_more(std::vector<Asked>& all) {
  all.push_back({"c080", last_c(a_then_b().one_or_more()).within(100ms, previous)});
  all.push_back({"c082", last_c(a_then_b()).within(300ms).within(100ms, previous), true, true});
  all.push_back({"c084", d().followed_by_any(a_then_b()).within(300ms)});
  all.push_back(
      {"c086", last_c(a().one_or_more().allow_combinations().until(kind("E"))).within(250ms)});
  all.push_back({"c088", P::begin("a")
                             .where(below(55))
                             .one_or_more()
                             .consecutive()
                             .followed_by_any("e")
                             .where(kind("E"))
                             .within(200ms)});
  all.push_back({"c090", a().next("b").where(below(50)).optional().next("c").where(
                             [](const Event& e) { return e.value > 20; })});
  all.push_back({"c092", a().followed_by_any("b")
                             .where(kind("B"))
                             .times(1, 2)
                             .allow_combinations()
                             .followed_by("c")
                             .where(above_last_b)
                             .within(200ms)});
  all.push_back({"c094",
                 last_c(P::begin("a", Skip::skip_past_last_event()).where(kind("A")))
                     .not_followed_by("n")
                     .where(kind("E"))
                     .within(250ms),
                 true});
  all.push_back(
      {"c114", last_c(P::begin(a().not_followed_by("n").where(kind("B")))).within(300ms)});
  all.push_back({"c116", a().within(400ms).followed_by("b").where(kind("B")).within(200ms)});
  all.push_back({"c126", a().times(2).greedy().next("b").where(kind("B"))});
  all.push_back(
      {"c128",
       a().not_followed_by("n").where(kind("B")).followed_by_any("c").where(kind("C")).within(
           400ms)});
  all.push_back({"c130", last_c(P::begin(a_then_b().within(100ms))).within(400ms)});
  all.push_back({"c132", last_c(a_then_b().times(2).within(60ms, previous)).within(400ms)});
  all.push_back({"c134", last_c(P::begin(a_then_b()).one_or_more()).within(300ms)});
}

}  // namespace

std::vector<Asked> patterns_that_flink_answered() {
  std::vector<Asked> all;
  add_steps(all);
  add_groups_and_skips(all);
  add_windows_and_more(all);
  return all;
}

std::vector<Refused> patterns_that_flink_refused() {
  const auto group = [] { return a().next("b").where(kind("B")); };
  const auto optional_b = [] { return a_then_b().optional(); };
  return {
      {"c062", "cannot follow an optional step",
       [optional_b] {
         return last_c(optional_b().not_followed_by("n").where(kind("D"))).within(300ms);
       }},
      {"c102", "not for groups", [group] { return P::begin(group()).one_or_more().greedy(); }},
      {"c104", "until() ends a loop", [] { return a().until(kind("B")); }},
      {"c106", "two steps are named \"a\"", [] { return a().next("a").where(kind("B")); }},
      {"c108", "times(3, 2)", [] { return a().times(3, 2); }},
      {"c110", "cannot follow an optional step",
       [optional_b] { return optional_b().not_followed_by("n").where(kind("D")).within(200ms); }},
      {"c112", "a group has no condition", [group] { return P::begin(group()).where(kind("A")); }},
      {"c118", "longer than the 200 ms",
       [] { return a().one_or_more(500ms).followed_by("b").where(kind("B")).within(200ms); }},
      {"c120", "cannot skip to step \"b\"",
       [] {
         return P::begin("a", Skip::skip_to_first("b").throw_exception_on_miss())
             .where(kind("A"))
             .followed_by("b")
             .where(kind("B"))
             .optional()
             .next("c")
             .where(kind("C"));
       },
       true},
      {"c122", "does not go with not_next",
       [] { return last_c(a().not_next("n").where(kind("B")).one_or_more()); }},
      {"c124", "until() ends a loop", [] { return a().until(kind("B")).one_or_more(); }},
  };
}

}  // namespace flink::test
