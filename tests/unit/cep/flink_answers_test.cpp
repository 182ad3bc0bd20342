// SPDX-License-Identifier: Apache-2.0
// Each pattern of flink_answers.cpp over data/events.csv finds what Flink found, as multisets: the
// matches, the partial ones that timed out, the late events.
#include "unit/cep/flink_answers.h"

#include <doctest/doctest.h>

using namespace flink;
using namespace flink::test;

namespace {

template <class Stream>
auto find(const Asked& asked, const Stream& stream) {
  const auto keyed = stream.key_by(&Event::key);
  const auto greater_first = [](const Event& a, const Event& b) {
    return a.value != b.value ? a.value > b.value : a.seq < b.seq;
  };
  const auto found = asked.by_value ? CEP::pattern(keyed, asked.pattern, greater_first)
                                    : CEP::pattern(keyed, asked.pattern);
  return found.side_output_late_data(late_tag).process(TextOf{asked.with_time});
}

std::vector<std::string> lines_of(const std::map<std::string, std::vector<std::string>>& blocks,
                                  const std::string& name) {
  const auto found = blocks.find(name);
  return found == blocks.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace

TEST_CASE("patterns find what Flink finds") {
  const auto blocks = read_blocks("matches.txt");
  const auto events = read_events();
  std::size_t blocks_seen = 0;
  for (const Asked& asked : patterns_that_flink_answered()) {
    CAPTURE(asked.name);
    PatternHarness harness{[&](const DataStream<Event>& in) { return find(asked, in); }};
    const auto& timed_out = harness.side_output(timed_out_tag);
    const auto& late = harness.side_output(late_tag);
    feed(harness, events);
    harness.finish();

    CHECK(difference(harness.output(), lines_of(blocks, asked.name)) == "");
    if (asked.with_timed_out) {
      CHECK(difference(timed_out, lines_of(blocks, asked.name + ".timeout")) == "");
    }
    std::vector<std::string> late_lines;
    for (const Event& event : late) {
      late_lines.push_back(std::to_string(event.key) + ",a=" + std::to_string(event.seq));
    }
    CHECK(difference(late_lines, lines_of(blocks, "c058.late")) == "");
    for (const char* kind : {"", ".timeout", ".late"}) {
      blocks_seen += blocks.contains(asked.name + kind) ? 1 : 0;
    }
  }
  CHECK(blocks_seen == blocks.size());
}

TEST_CASE("patterns that Flink refuses are refused, and it is said why") {
  const auto events = read_events();
  for (const Refused& refused : patterns_that_flink_refused()) {
    CAPTURE(refused.name);
    std::string said;
    bool built = false;
    try {
      const Asked asked{refused.name, refused.build()};
      PatternHarness harness{[&](const DataStream<Event>& in) { return find(asked, in); }};
      built = true;
      feed(harness, events);
      harness.finish();
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::user);
      said = error.message();
    }
    CHECK(built == refused.fails_when_run);
    CHECK_MESSAGE(said.find(refused.why) != std::string::npos, said);
  }
}
