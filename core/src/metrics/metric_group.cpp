// SPDX-License-Identifier: Apache-2.0
#include "metrics/metric_group.h"

#include <algorithm>

#include "base/number_text.h"
#include "flink/check.h"

namespace flink::metrics {
namespace {

using base::number_text;
using flink::detail::concat;

}  // namespace

void Meter::update(base::TimePoint now) {
  using namespace std::chrono_literals;
  const std::size_t last = (next_ + samples_max - 1) % samples_max;
  const std::size_t oldest = size_ < samples_max ? 0 : next_;
  if (size_ != 0 && now - samples_[last].at < 5s) return;
  if (size_ != 0) {
    // The sample that leaves now is still the start of the minute.
    const double seconds = std::chrono::duration<double>(now - samples_[oldest].at).count();
    rate_ = static_cast<double>(count() - samples_[oldest].count) / seconds;
  }
  samples_[next_] = {now, count()};
  next_ = (next_ + 1) % samples_max;
  size_ = std::min(size_ + 1, samples_max);
}

std::string metric_name_part(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '>' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    if (!plain) c = '_';
  }
  return out;
}

std::string task_scope_name(const TaskScope& scope) {
  return operator_scope_name(scope, scope.task_name);
}

std::string operator_scope_name(const TaskScope& scope, std::string_view operator_name) {
  return concat(scope.host, ".taskmanager.", scope.taskmanager_id, ".", scope.job_name, ".",
                operator_name, ".", scope.subtask);
}

MetricGroup::MetricGroup() = default;
MetricGroup::~MetricGroup() = default;

template <class M>
M& MetricGroup::find_or_make(std::string_view name) {
  const std::lock_guard lock(mutex_);
  std::string part = metric_name_part(name);
  const auto found = metrics_.find(part);
  if (found == metrics_.end()) {
    auto made = std::make_unique<M>();
    M& metric = *made;
    metrics_.emplace(std::move(part), std::move(made));
    return metric;
  }
  if (auto* same = std::get_if<std::unique_ptr<M>>(&found->second)) return **same;
  return *std::get<std::unique_ptr<M>>(unlisted_.emplace_back(std::make_unique<M>()));
}

Counter& MetricGroup::counter(std::string_view name) { return find_or_make<Counter>(name); }
Meter& MetricGroup::meter(std::string_view name) { return find_or_make<Meter>(name); }
Gauge<std::int64_t>& MetricGroup::gauge(std::string_view name) {
  return find_or_make<Gauge<std::int64_t>>(name);
}
Gauge<double>& MetricGroup::gauge_double(std::string_view name) {
  return find_or_make<Gauge<double>>(name);
}

void MetricGroup::gauge_function(std::string_view name, std::function<double()> function) {
  auto& gauge = find_or_make<FunctionGauge>(name);
  const std::lock_guard lock(mutex_);
  gauge.function = std::move(function);
}

MetricGroup& MetricGroup::group(std::string_view name) {
  const std::lock_guard lock(mutex_);
  auto& group = groups_[metric_name_part(name)];
  if (!group) group = std::make_unique<MetricGroup>();
  return *group;
}

void MetricGroup::sample_functions() {
  // Only this thread adds functions, so the lists stand still while they are called without the
  // lock: a function may itself make a metric.
  std::vector<FunctionGauge*> functions;
  std::vector<MetricGroup*> groups;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [name, metric] : metrics_) {
      if (auto* gauge = std::get_if<std::unique_ptr<FunctionGauge>>(&metric)) {
        functions.push_back(gauge->get());
      }
    }
    for (auto& [name, group] : groups_) groups.push_back(group.get());
  }
  for (FunctionGauge* gauge : functions) {
    if (gauge->function) gauge->last.set(gauge->function());
  }
  for (MetricGroup* group : groups) group->sample_functions();
}

void MetricGroup::append_snapshot(const std::string& prefix, base::TimePoint now,
                                  std::vector<MetricValue>& out) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, metric] : metrics_) {
    const std::string full = prefix + name;
    if (auto* counter = std::get_if<std::unique_ptr<Counter>>(&metric)) {
      out.push_back({full, std::to_string((*counter)->value())});
    } else if (auto* meter = std::get_if<std::unique_ptr<Meter>>(&metric)) {
      (*meter)->update(now);
      out.push_back({full, number_text((*meter)->rate())});
    } else if (auto* whole = std::get_if<std::unique_ptr<Gauge<std::int64_t>>>(&metric)) {
      out.push_back({full, std::to_string((*whole)->value())});
    } else if (auto* real = std::get_if<std::unique_ptr<Gauge<double>>>(&metric)) {
      out.push_back({full, number_text((*real)->value())});
    } else {
      auto& function = std::get<std::unique_ptr<FunctionGauge>>(metric);
      out.push_back({full, number_text(function->last.value())});
    }
  }
  for (auto& [name, group] : groups_) group->append_snapshot(prefix + name + ".", now, out);
}

std::vector<MetricValue> MetricGroup::snapshot(base::TimePoint now) {
  std::vector<MetricValue> out;
  append_snapshot("", now, out);
  std::sort(out.begin(), out.end(),
            [](const MetricValue& a, const MetricValue& b) { return a.name < b.name; });
  return out;
}

}  // namespace flink::metrics
