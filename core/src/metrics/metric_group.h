// SPDX-License-Identifier: Apache-2.0
// The metrics of one task as a tree: the task's own ("numRecordsIn"), below it a group an operator
// ("split.numRecordsOut"), below those the user's groups. snapshot() gives the flat names that REST
// lists. The full scope is Flink's: host.taskmanager.tm_id.job_name.task_name.subtask_index.
//
// Creating metrics and snapshots lock; metrics themselves do not. A group stays until its root
// dies, and references to metrics stay valid as long.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "metrics/metric.h"

namespace flink::metrics {

struct MetricValue {
  std::string name;
  std::string value;
};

// What Flink calls the scope variables of a task.
struct TaskScope {
  std::string host;
  std::string taskmanager_id;
  std::string job_name;
  std::string task_name;
  std::int32_t subtask = 0;
};

// "localhost.taskmanager.tm-1.Word Count.Source: lines.0": metrics.scope.task.
std::string task_scope_name(const TaskScope& scope);
// The same with an operator in place of the task: metrics.scope.operator.
std::string operator_scope_name(const TaskScope& scope, std::string_view operator_name);
// A part of a name as REST spells it: everything that is not a letter, digit, '-', '>' or '_'
// becomes
// '_' ("Source: lines" -> "Source__lines").
std::string metric_name_part(std::string_view text);

class MetricGroup {
 public:
  MetricGroup();
  ~MetricGroup();
  MetricGroup(const MetricGroup&) = delete;
  MetricGroup& operator=(const MetricGroup&) = delete;

  // The one with this name, made on first use. A name that another kind of metric has already gives
  // a metric that is not listed, as in Flink, where the second registration is ignored with a
  // warning.
  Counter& counter(std::string_view name);
  Meter& meter(std::string_view name);
  Gauge<std::int64_t>& gauge(std::string_view name);
  Gauge<double>& gauge_double(std::string_view name);
  // Asks a function when sample_functions() runs; nothing is asked from another thread.
  void gauge_function(std::string_view name, std::function<double()> function);
  MetricGroup& group(std::string_view name);
  // addGroup(key, value): two levels.
  MetricGroup& group(std::string_view key, std::string_view value) {
    return group(key).group(value);
  }

  // The task's own thread, now and then: evaluates the gauge functions here and below.
  void sample_functions();

  // Any thread, one at a time: names below this group, sorted, with their values; brings meters up
  // to date.
  std::vector<MetricValue> snapshot(base::TimePoint now);

 private:
  struct FunctionGauge {
    std::function<double()> function;
    Gauge<double> last;
  };
  using Metric = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Meter>,
                              std::unique_ptr<Gauge<std::int64_t>>, std::unique_ptr<Gauge<double>>,
                              std::unique_ptr<FunctionGauge>>;

  template <class M>
  M& find_or_make(std::string_view name);
  void append_snapshot(const std::string& prefix, base::TimePoint now,
                       std::vector<MetricValue>& out);

  std::mutex mutex_;
  std::map<std::string, Metric, std::less<>> metrics_;
  std::deque<Metric> unlisted_;
  std::map<std::string, std::unique_ptr<MetricGroup>, std::less<>> groups_;
};

}  // namespace flink::metrics
