// SPDX-License-Identifier: Apache-2.0
// Events of the tests of CEP, matches as text, and a stream in which Flink's answers were got.
#pragma once

#include <flink/cep.h>
#include <flink/flink.h>
#include <flink/testing.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace flink::test {

struct Event {
  std::int64_t seq = 0;
  std::int64_t key = 0;
  std::string kind;
  std::int64_t value = 0;
  std::int64_t ts = 0;
};

// "1,a=3;b=5 7"
inline std::string text_of(const Match<Event>& match) {
  std::string text;
  std::string key;
  for (const auto& [name, events] : match) {
    text += (text.empty() ? "" : ";") + name + "=";
    const char* between = "";
    for (const Event& event : events) {
      text += between + std::to_string(event.seq);
      between = " ";
      key = std::to_string(event.key);
    }
  }
  return key + "," + text;
}

inline std::ifstream open_data(const std::string& name) {
  std::ifstream file(std::string{FLINK_SOURCE_DIR} + "/tests/unit/cep/data/" + name);
  if (!file) throw Error{ErrorKind::internal, "no test data " + name};
  return file;
}

inline std::vector<Event> read_events() {
  std::ifstream file = open_data("events.csv");
  std::vector<Event> events;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    Event event;
    char comma = 0;
    fields >> event.seq >> comma >> event.key >> comma;
    std::getline(fields, event.kind, ',');
    fields >> event.value >> comma >> event.ts;
    events.push_back(event);
  }
  return events;
}

// Blocks of "[name]" and lines.
inline std::map<std::string, std::vector<std::string>> read_blocks(const std::string& name) {
  std::ifstream file = open_data(name);
  std::map<std::string, std::vector<std::string>> blocks;
  std::string line;
  std::vector<std::string>* block = nullptr;
  while (std::getline(file, line)) {
    if (line.front() == '[') {
      block = &blocks[line.substr(1, line.size() - 2)];
    } else {
      block->push_back(line);
    }
  }
  return blocks;
}

// As multisets: what is missing and what is too much; empty when they are equal.
inline std::string difference(std::vector<std::string> got, std::vector<std::string> wanted) {
  std::sort(got.begin(), got.end());
  std::sort(wanted.begin(), wanted.end());
  std::vector<std::string> missing, surplus;
  std::set_difference(wanted.begin(), wanted.end(), got.begin(), got.end(),
                      std::back_inserter(missing));
  std::set_difference(got.begin(), got.end(), wanted.begin(), wanted.end(),
                      std::back_inserter(surplus));
  std::string text;
  for (const std::string& line : missing) text += "missing: " + line + "\n";
  for (const std::string& line : surplus) text += "too much: " + line + "\n";
  return text;
}

inline const OutputTag<std::string> timed_out_tag{"timed out"};
inline const OutputTag<Event> late_tag{"late"};

// Matches as text; with their times where asked for.
struct TextOf {
  bool with_time = false;
  std::string time(const PatternContext& ctx) const {
    return with_time ? ",t=" + std::to_string(ctx.timestamp().time_since_epoch().count()) : "";
  }
  void process_match(const Match<Event>& match, PatternContext& ctx, Collector<std::string>& out) {
    out.collect(text_of(match) + time(ctx));
  }
  void process_timed_out_match(const Match<Event>& match, PatternContext& ctx) {
    ctx.output(timed_out_tag, text_of(match) + time(ctx));
  }
};

using PatternHarness = testing::Harness<Event, std::string>;

// After each event the watermark is the largest time so far less 501, and at the end the largest.
inline void feed(PatternHarness& harness, const std::vector<Event>& events) {
  std::int64_t largest = INT64_MIN;
  for (const Event& event : events) {
    harness.push(event, timestamp_of_millis(event.ts));
    largest = std::max(largest, event.ts);
    harness.push_watermark(timestamp_of_millis(largest - 501));
  }
}

}  // namespace flink::test
