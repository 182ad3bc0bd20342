// SPDX-License-Identifier: Apache-2.0
#include "metrics/metric_group.h"

#include <doctest/doctest.h>

namespace flink::metrics {
namespace {

using namespace std::chrono_literals;

base::TimePoint at(std::chrono::seconds seconds) { return {seconds}; }

std::string text(const std::vector<MetricValue>& values) {
  std::string out;
  for (const auto& value : values) out += value.name + "=" + value.value + " ";
  return out;
}

TEST_CASE("a snapshot lists the tree by name") {
  MetricGroup task;
  task.counter("numRecordsIn").inc(5);
  auto& split = task.group("Source: lines");
  split.counter("numRecordsOut").inc();
  split.gauge("pending").set(-3);
  split.group("user", "a.b").gauge_double("ratio").set(0.5);
  CHECK(text(task.snapshot(at(0s))) ==
        "Source__lines.numRecordsOut=1 Source__lines.pending=-3 Source__lines.user.a_b.ratio=0.5 "
        "numRecordsIn=5 ");
  CHECK(&task.counter("numRecordsIn") == &task.counter("numRecordsIn"));
  CHECK(&task.group("x") == &task.group("x"));
}

TEST_CASE("a name of two kinds keeps the first") {
  MetricGroup task;
  task.counter("n").inc(1);
  task.gauge("n").set(9);
  task.gauge("n").set(10);
  CHECK(text(task.snapshot(at(0s))) == "n=1 ");
}

TEST_CASE("gauge functions are asked on the task's thread only") {
  MetricGroup task;
  int asked = 0;
  task.group("op").gauge_function("f", [&] { return static_cast<double>(++asked); });
  CHECK(text(task.snapshot(at(0s))) == "op.f=0.0 ");
  CHECK(asked == 0);
  task.sample_functions();
  CHECK(text(task.snapshot(at(0s))) == "op.f=1.0 ");
}

TEST_CASE("meters: the rate over the last minute") {
  Meter meter;
  for (int second = 0; second <= 60; second += 5) {
    meter.update(at(std::chrono::seconds(second)));
    meter.mark(50);
  }
  CHECK(meter.rate() == doctest::Approx(10));
  meter.update(at(62s));  // too soon: nothing changes
  CHECK(meter.rate() == doctest::Approx(10));
  for (int second = 65; second <= 200; second += 5) meter.update(at(std::chrono::seconds(second)));
  CHECK(meter.rate() == 0);
  CHECK(meter.count() == 13 * 50);
}

TEST_CASE("counters may go below zero") {
  Counter counter;
  counter.dec(2);
  CHECK(counter.value() == -2);
}

TEST_CASE("scopes") {
  const TaskScope scope{"host", "tm-1", "Word Count", "Source: lines", 3};
  CHECK(task_scope_name(scope) == "host.taskmanager.tm-1.Word Count.Source: lines.3");
  CHECK(operator_scope_name(scope, "split") == "host.taskmanager.tm-1.Word Count.split.3");
  CHECK(metric_name_part("Source: lines -> split") == "Source__lines_->_split");
}

}  // namespace
}  // namespace flink::metrics
