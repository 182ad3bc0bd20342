// SPDX-License-Identifier: Apache-2.0
// What the pattern builder refuses where it is written, and what it makes of what it takes.
#include <doctest/doctest.h>

#include <functional>
#include <variant>

#include "unit/cep/events.h"

using namespace flink;
using namespace flink::test;
using namespace std::chrono_literals;
using P = Pattern<Event>;
using Skip = AfterMatchSkipStrategy;

namespace {

bool any(const Event&) { return true; }

struct Row {
  const char* why;
  std::function<P()> build;
};

std::string error_of(const std::function<P()>& build) {
  try {
    cep::compile(build().definition());
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    return error.message();
  }
  return "nothing was refused";
}

P loop() { return P::begin("a").one_or_more(); }

}  // namespace

TEST_CASE("patterns that cannot be are refused, and the message names the step") {
  const Row rows[] = {
      {"has no name", [] { return P::begin(""); }},
      {"step \"a\": times(0, 0)", [] { return P::begin("a").times(0); }},
      {"step \"a\": times(-1, 2)", [] { return P::begin("a").times(-1, 2); }},
      {"step \"a\": times_or_more(0)", [] { return P::begin("a").times_or_more(0); }},
      {"how often it comes was said", [] { return loop().times(2); }},
      {"optional() comes behind", [] { return P::begin("a").optional().one_or_more(); }},
      {"optional already", [] { return loop().optional().optional(); }},
      {"optional already", [] { return P::begin("a").times(0, 2).optional(); }},
      {"cannot follow a greedy one (\"a\")",
       [] { return loop().greedy().followed_by("b").optional(); }},
      {"greedy() is for loops", [] { return P::begin("a").greedy(); }},
      {"exclude each other", [] { return loop().allow_combinations().greedy(); }},
      {"exclude each other", [] { return loop().greedy().allow_combinations(); }},
      {"exclude each other", [] { return loop().allow_combinations().consecutive(); }},
      {"exclude each other", [] { return loop().consecutive().allow_combinations(); }},
      {"consecutive already", [] { return loop().consecutive().consecutive(); }},
      {"combinations already", [] { return loop().allow_combinations().allow_combinations(); }},
      {"consecutive() is for loops", [] { return P::begin("a").consecutive(); }},
      {"allow_combinations() is for loops", [] { return P::begin("a").allow_combinations(); }},
      {"until() was said already", [] { return loop().until(any).until(any); }},
      {"optional() does not go with not_next",
       [] { return P::begin("a").not_next("n").optional(); }},
      {"greedy() does not go with", [] { return P::begin("a").not_followed_by("n").greedy(); }},
      {"nothing can match in no time", [] { return P::begin("a").within(0ms); }},
      {"nothing can match in no time",
       [] { return P::begin("a").within(-1ms, WithinType::previous_and_current); }},
      {"must be positive", [] { return P::begin("a").times(2, 0ms); }},
      {"matches nothing without a time", [] { return P::begin("a").not_followed_by("n"); }},
      {"two steps are named \"b\"", [] { return P::begin("b").next(P::begin("a").next("b")); }},
      {"can match nothing, for ever",
       [] {
         return P::begin("a").next(P::begin("b").optional().next("c").optional()).one_or_more();
       }},
      {"can match nothing, for ever",
       [] { return P::begin(P::begin(P::begin("b").times(0, 3)).times(2)).one_or_more(); }},
      {"strategy names step \"x\"", [] { return P::begin("a", Skip::skip_to_first("x")); }},
      {"strategy names step \"b\"",
       [] { return P::begin(P::begin("a").next("b"), Skip::skip_to_last("b")); }},
      {"longer than the 100 ms",
       [] {
         return P::begin("a").next("b").within(1s, WithinType::previous_and_current).within(100ms);
       }},
      {"throw_exception_on_miss() is for",
       [] { return P::begin("a", Skip::skip_to_next().throw_exception_on_miss()); }},
      {"a group has no condition", [] { return P::begin(P::begin("a")).or_where(any); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const std::string message = error_of(row.build);
    CHECK_MESSAGE(message.find(row.why) != std::string::npos, message);
  }
}

TEST_CASE("a pattern is a value: what is built on it does not change it") {
  const P start = P::begin("a").where(any);
  const P longer = start.followed_by("b").times(2);
  CHECK(start.definition().steps().size() == 1);
  CHECK(longer.definition().steps().size() == 2);
  CHECK(start.next(longer.followed_by("c")).definition().steps().size() == 2);
}

TEST_CASE("a match knows its pattern's steps") {
  const std::vector<std::string> names{"a", "n", "b"};
  const Event first{.seq = 1, .key = 7}, second{.seq = 2, .key = 7};
  Match<Event> match{names};
  match.add(2, &first);
  match.add(2, &second);
  CHECK(match.contains("b"));
  CHECK(!match.contains("a"));
  CHECK(match["a"].empty());
  CHECK(match["b"].size() == 2);
  CHECK(match.at("b").back().seq == 2);
  CHECK(match["b"].begin()[1].seq == 2);
  CHECK(text_of(match) == "7,b=1 2");
  const std::map<std::string, std::vector<Event>> copy = match;
  CHECK(copy.size() == 1);
  CHECK(copy.at("b")[0].seq == 1);
  CHECK_THROWS_WITH_AS(match.at("a"), doctest::Contains("took no event for step \"a\""), Error);
  CHECK_THROWS_WITH_AS(match["x"], doctest::Contains("its steps are: a, n, b"), Error);
}
