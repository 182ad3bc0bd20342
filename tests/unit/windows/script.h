// SPDX-License-Identifier: Apache-2.0
// Windows by script: what is pushed, and what comes out, each as one line of text.
//   "a@5 b@7 w9 p100 end"   an element of key a with timestamp 5, …; a watermark; processing time;
//                           the end of the input
// Elements are numbered from 1; "a" alone has no timestamp. A firing of Show is "a[0,10)=1,2", the
// elements in order; of a late element late_as_text makes "late:3".
#pragma once

#include <doctest/doctest.h>
#include <flink/testing.h>
#include <flink/windowed_stream.h>

#include <cstdint>
#include <functional>
#include <sstream>
#include <string>

namespace flink::test {

struct Element {
  std::string key;
  std::int64_t n = 0;
  std::int64_t value = 0;  // "a@5/77"
};
using Keyed = decltype(std::declval<DataStream<Element>>().key_by(&Element::key));
using Texts = DataStream<std::string>;

inline Timestamp ms(std::int64_t millis) { return timestamp_of_millis(millis); }
inline std::string text(Timestamp at) { return std::to_string(at.time_since_epoch().count()); }
inline std::string text(const TimeWindow& window) {
  return "[" + text(window.start()) + "," + text(window.end()) + ")";
}
inline std::string text(const GlobalWindow&) { return ""; }
inline std::string text(const Elements<Element>& elements) {
  std::string numbers;
  for (const Element& element : elements) {
    numbers += (numbers.empty() ? "" : ",") + std::to_string(element.n);
  }
  return numbers;
}

template <class W = TimeWindow>
struct Show {
  void process(const std::string& key, WindowContext<W>& ctx, Elements<Element> elements,
               Collector<std::string>& out) const {
    out.collect(key + text(ctx.window()) + "=" + text(elements));
  }
};

inline const OutputTag<Element> late_tag{"late"};
inline std::string late_as_text(const Element& element) {
  return "late:" + std::to_string(element.n);
}

template <class Harness>
void push_script(Harness& harness, const std::string& script, std::int64_t& n) {
  std::istringstream words(script);
  for (std::string word; words >> word;) {
    if (word == "end") {
      harness.finish();
    } else if (word[0] == 'w') {
      harness.push_watermark(ms(std::stoll(word.substr(1))));
    } else if (word[0] == 'p') {
      harness.set_processing_time(ms(std::stoll(word.substr(1))));
    } else {
      const auto at = word.find('@'), slash = word.find('/');
      Element element{word.substr(0, std::min(at, slash)), ++n, 0};
      if (slash != std::string::npos) element.value = std::stoll(word.substr(slash + 1));
      if (at == std::string::npos) harness.push(std::move(element));
      else harness.push(std::move(element), ms(std::stoll(word.substr(at + 1))));
    }
  }
}

// What comes out, in order.
inline std::string run_script(const std::function<Texts(Keyed)>& build, const std::string& script) {
  testing::Harness<Element, std::string> harness{[&](DataStream<Element> in) {
    return build(in.key_by(&Element::key)).map([](const std::string& line) { return line; });
  }};
  std::int64_t n = 0;
  push_script(harness, script, n);
  std::string all;
  for (const std::string& line : harness.output()) all += (all.empty() ? "" : " ") + line;
  const auto dropped = harness.counter("numLateRecordsDropped");
  if (dropped > 0) all += " dropped:" + std::to_string(dropped);
  return all;
}

struct Row {
  const char* rule;
  std::function<Texts(Keyed)> build;
  const char* script;
  const char* output;
};
inline void check_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.rule);
    CAPTURE(row.script);
    CHECK(run_script(row.build, row.script) == row.output);
  }
}

}  // namespace flink::test
