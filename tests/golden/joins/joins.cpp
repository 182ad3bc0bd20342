// SPDX-License-Identifier: Apache-2.0
// Joins against Flink, in windows, by intervals and by hand: expected.txt is what Flink 2.3
// answered for the same programs over the same two streams. Each ends with the timestamp of the
// result.
#include <flink/flink.h>

#include <algorithm>

using namespace flink;
using namespace std::chrono_literals;

struct Event {
  std::int64_t seq = 0, key = 0;
  std::string kind;
  std::int64_t value = 0, ts = 0;
};
struct Sum {
  std::int64_t key = 0, value = 0;
};

class EveryEvent {
 public:
  void on_event(const Event&, Timestamp at, WatermarkOutput& output) {
    if (at > greatest_) greatest_ = at;
    output.emit_watermark(greatest_ - 501ms);
  }
  void on_periodic_emit(WatermarkOutput&) {}

 private:
  Timestamp greatest_ = min_timestamp + 501ms;
};

std::string text(std::int64_t number) { return std::to_string(number); }

std::string pair(const Event& l, const Event& r) {
  return text(l.key) + "," + text(l.seq) + " " + text(r.seq) + "," + text(l.value + r.value);
}

std::string seqs_of(Elements<Event> events, std::int64_t& sum) {
  std::vector<std::int64_t> seqs;
  for (const Event& event : events) {
    seqs.push_back(event.seq);
    sum += event.value;
  }
  std::sort(seqs.begin(), seqs.end());
  std::string all;
  for (const auto seq : seqs) all += (all.empty() ? "" : " ") + text(seq);
  return all;
}
void group(Elements<Event> ls, Elements<Event> rs, Collector<std::string>& out) {
  std::int64_t left = 0, right = 0;
  const auto l = seqs_of(ls, left), r = seqs_of(rs, right);
  const auto key = (ls.empty() ? rs : ls).front().key;
  out.collect(text(key) + "," + l + "|" + r + "," + text(left - right));
}

// Puts the program's name before a line, and the record's timestamp behind it.
struct Stamp {
  std::string program;
  void process_element(const std::string& line, ProcessContext& ctx, Collector<std::string>& out) {
    out.collect(program + "," + line + ",t=" + text(ctx.timestamp()->time_since_epoch().count()));
  }
};

struct SumOfWindow {
  void process(const std::int64_t& key, WindowContext<TimeWindow>& ctx, Elements<Sum> elements,
               Collector<std::string>& out) {
    std::int64_t sum = 0;
    for (const auto& element : elements) sum += element.value;
    const auto& window = ctx.window();
    out.collect(text(key) + "," + text(static_cast<std::int64_t>(elements.size())) + " " +
                text(sum) + "," + text(window.start().time_since_epoch().count()) + " " +
                text(window.end().time_since_epoch().count()));
  }
};

// x and y of the interval's two sides.
struct Near {
  void process_element(const Event& x, const Event& y, ProcessJoinContext&,
                       Collector<std::string>& out) {
    out.collect(text(x.key) + "," + text(x.seq) + " " + text(y.seq) + "," + text(y.ts - x.ts) +
                " " + text(x.ts) + " " + text(y.ts) + " " + text(std::max(x.ts, y.ts)));
  }
};

// Each left record, at its time, with the newest right one that is not newer.
struct AsOf {
  ListState<Event> lefts{"lefts"}, rights{"rights"};

  void process_element1(const Event& l, KeyedContext<std::int64_t>& ctx, Collector<std::string>&) {
    lefts.add(l);
    ctx.timer_service().register_event_time_timer(timestamp_of_millis(l.ts));
  }
  void process_element2(const Event& r, KeyedContext<std::int64_t>&, Collector<std::string>&) {
    rights.add(r);
  }
  void on_timer(Timestamp at, KeyedContext<std::int64_t>& ctx, Collector<std::string>& out) {
    const std::int64_t t = at.time_since_epoch().count();
    std::optional<Event> newest;
    for (const Event& r : rights.get()) {
      if (r.ts > t) continue;
      if (!newest || std::pair{r.ts, r.seq} > std::pair{newest->ts, newest->seq}) newest = r;
    }
    for (const Event& l : lefts.get()) {
      if (l.ts != t) continue;
      out.collect(text(ctx.current_key()) + "," + text(l.seq) + " " +
                  (newest ? text(newest->seq) : "-") + "," + text(t));
    }
  }
};

// Each left record waits 300 ms for right ones at or after it.
struct Waits {
  ListState<Event> lefts{"lefts"}, rights{"rights"};

  void process_element1(const Event& l, KeyedContext<std::int64_t>& ctx, Collector<std::string>&) {
    lefts.add(l);
    ctx.timer_service().register_event_time_timer(timestamp_of_millis(l.ts + 300));
  }
  void process_element2(const Event& r, KeyedContext<std::int64_t>& ctx, Collector<std::string>&) {
    rights.add(r);
    ctx.timer_service().register_event_time_timer(timestamp_of_millis(r.ts + 2000));
  }
  void on_timer(Timestamp at, KeyedContext<std::int64_t>& ctx, Collector<std::string>& out) {
    const std::int64_t t = at.time_since_epoch().count();
    std::vector<Event> kept_rights, kept_lefts;
    for (const Event& r : rights.get()) {
      if (r.ts + 2000 > t) kept_rights.push_back(r);
    }
    for (const Event& l : lefts.get()) {
      if (l.ts + 300 != t) {
        kept_lefts.push_back(l);
        continue;
      }
      std::vector<std::int64_t> seqs;
      for (const Event& r : kept_rights) {
        if (l.ts <= r.ts && r.ts <= t) seqs.push_back(r.seq);
      }
      std::sort(seqs.begin(), seqs.end());
      std::string all;
      for (const auto seq : seqs) all += (all.empty() ? "" : " ") + text(seq);
      out.collect(text(ctx.current_key()) + "," + text(l.seq) + "|" + all + "," + text(t));
    }
    rights.update(kept_rights);
    lefts.update(kept_lefts);
  }
};

struct SumOfSession {
  void process(const std::int64_t& key, WindowContext<TimeWindow>& ctx, Elements<Event> elements,
               Collector<std::string>& out) {
    std::int64_t sum = 0;
    for (const auto& element : elements) sum += element.value;
    out.collect(text(key) + "," + text(static_cast<std::int64_t>(elements.size())) + " " +
                text(sum) + "," + text(ctx.window().start().time_since_epoch().count()) + " " +
                text(ctx.window().end().time_since_epoch().count()));
  }
};

struct Either {
  void flat_map1(const Event& l, Collector<std::string>& out) {
    if (l.value % 2 == 0) out.collect("L" + text(l.key) + "," + text(l.seq));
  }
  void flat_map2(const Event& r, Collector<std::string>& out) {
    for (std::int64_t i = 0; i < r.seq % 3; ++i) {
      out.collect("R" + text(r.key) + "," + text(r.seq) + " " + text(i));
    }
  }
};

void define_job(StreamExecutionEnvironment& env) {
  const auto output = env.args().require("output");
  const auto read = [&](const char* name) {
    return env
        .from_source(FileSource<Event>::csv(env.args().require(name)).skip_first_line(),
                     WatermarkStrategy<Event>::for_generator(EveryEvent{})
                         .with_timestamp_assigner([](const Event& event) { return event.ts; }),
                     name)
        .set_parallelism(1);
  };
  const auto left = read("left"), right = read("right");
  std::vector<DataStream<std::string>> results;
  const auto add = [&results](const char* program, const DataStream<std::string>& lines) {
    results.push_back(lines.process(Stamp{program}));
  };
  const auto joined = left.join(right).where(&Event::key).equal_to(&Event::key);
  const auto grouped = left.co_group(right).where(&Event::key).equal_to(&Event::key);

  add("j02", grouped.window(TumblingEventTimeWindows::of(500ms)).apply(group));
  add("j04", grouped.window(SlidingEventTimeWindows::of(1s, 250ms)).apply(group));
  add("j06", joined.window(EventTimeSessionWindows::with_gap(300ms)).apply(pair));
  add("j08", joined.window(TumblingEventTimeWindows::of(500ms, 120ms)).apply(pair));
  add("j10", grouped.window(SlidingEventTimeWindows::of(300ms, 400ms, 50ms)).apply(group));

  const auto by_text = [](const Event& event) { return text(event.key) + event.kind; };
  add("j12", left.join(right)
                 .where(by_text)
                 .equal_to(by_text)
                 .window(TumblingEventTimeWindows::of(1s))
                 .apply([](const Event& l, const Event& r, Collector<std::string>& out) {
                   if (l.value <= r.value) return;
                   for (const char* number : {"1", "2"}) {
                     out.collect(text(l.key) + l.kind + "," + text(l.seq) + " " + text(r.seq) +
                                 "," + number);
                   }
                 }));
  add("j28", joined.window(TumblingEventTimeWindows::of(500ms))
                 .apply([](const Event& l, const Event& r) {
                   return Sum{l.key, l.value > r.value ? l.value - r.value : r.value - l.value};
                 })
                 .key_by(&Sum::key)
                 .window(TumblingEventTimeWindows::of(1s))
                 .process(SumOfWindow{}));

  const auto lefts = left.key_by(&Event::key), rights = right.key_by(&Event::key);
  add("j14", lefts.interval_join(rights)
                 .between(-300ms, 200ms)
                 .lower_bound_exclusive()
                 .upper_bound_exclusive()
                 .process(Near{}));
  add("j16",
      lefts.interval_join(rights).between(-300ms, 200ms).upper_bound_exclusive().process(Near{}));
  add("j18", rights.interval_join(lefts).between(0ms, 0ms).process(Near{}));
  add("j20", lefts.interval_join(rights)
                 .between(100ms, 400ms)
                 .lower_bound_exclusive()
                 .upper_bound_exclusive()
                 .process(Near{}));
  add("j22",
      lefts.interval_join(rights).between(-400ms, -100ms).lower_bound_exclusive().process(Near{}));
  add("j24", rights.interval_join(lefts).between(150ms, 150ms).process(Near{}));
  add("j26",
      lefts.interval_join(lefts).between(0ms, 250ms).lower_bound_exclusive().process(Near{}));

  add("j30", lefts.connect(rights).process(AsOf{}));
  add("j32", lefts.connect(rights).process(Waits{}));
  add("j34", left.union_with(right)
                 .key_by(&Event::key)
                 .window(EventTimeSessionWindows::with_dynamic_gap([](const Event& event) {
                   return event.kind == "A" ? 100ms : event.kind == "B" ? 200ms : 400ms;
                 }))
                 .process(SumOfSession{}));
  add("j36", left.connect(right).flat_map(Either{}));

  auto all = results.front();
  for (std::size_t i = 1; i < results.size(); ++i) all = all.union_with(results[i]);
  all.sink_to(FileSink<std::string>::text(output));
  env.execute("Joins against Flink");
}
