// SPDX-License-Identifier: Apache-2.0
// A graph with what word count has not: a diamond, a union, a connected stream, a side output, two
// pipelined regions (one restarts without the other), three sinks. Its output is the same multiset
// of lines in every run.
#include <flink/flink.h>

#include <string>

using namespace flink;

struct Item {
  std::int64_t key = 0;
  std::int64_t value = 0;
};

struct Pair {
  void process_element1(const Item& item, ProcessContext&, Collector<Item>& out) {
    out.collect({item.key, item.value * 2});
  }
  void process_element2(const std::int64_t& number, ProcessContext&, Collector<Item>& out) {
    out.collect({number % 100, number});
  }
};

struct Split {
  OutputTag<std::int64_t> odd{"odd"};
  void process_element(const Item& item, ProcessContext& ctx, Collector<Item>& out) {
    if (item.value % 2 != 0) ctx.output(odd, item.value);
    else out.collect(item);
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto output = env.args().require("output");
  auto numbers = env.from_sequence(1, 20'000).uid("numbers");
  auto items = numbers.map([](const std::int64_t& n) { return Item{n % 100, n}; }).uid("items");
  auto left = items.filter([](const Item& i) { return i.value % 3 != 0; }).uid("left");
  auto right = items.rebalance()
                   .map([](const Item& i) {
                     return Item{i.key, -i.value};
                   })
                   .uid("right");
  auto joined = left.union_with(right).connect(numbers.shuffle()).process(Pair{}).uid("pair");
  const Split split;
  auto even = joined.rescale().process(split).uid("split");
  even.key_by(&Item::key)
      .map([](const Item& i) { return i.key; })
      .uid("keys")
      .sink_to(FileSink<std::int64_t>::text(output + "/keys"))
      .uid("keys out");
  even.get_side_output(split.odd)
      .broadcast()
      .filter([](const std::int64_t& n) { return n % 7 == 0; })
      .set_parallelism(2)
      .uid("sevenths")
      .sink_to(FileSink<std::int64_t>::text(output + "/odd"))
      .uid("odd out");
  env.from_sequence(1, 5'000)
      .uid("others")
      .map([](const std::int64_t& n) { return n * n; })
      .uid("squares")
      .sink_to(FileSink<std::int64_t>::text(output + "/squares"))
      .uid("squares out");
  env.execute("Diamond");
}
