// SPDX-License-Identifier: Apache-2.0
#include "rest/checkpoint_view.h"

#include <algorithm>
#include <numeric>

namespace flink::rest {
namespace {

// As Apache Commons Math estimates it, which Flink uses.
double percentile(const std::vector<std::int64_t>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() + 1);
  if (position < 1) return static_cast<double>(sorted.front());
  if (position >= static_cast<double>(sorted.size())) return static_cast<double>(sorted.back());
  const auto below = static_cast<std::size_t>(position);
  const auto low = static_cast<double>(sorted[below - 1]);
  const auto high = static_cast<double>(sorted[below]);
  return low + (position - static_cast<double>(below)) * (high - low);
}

}  // namespace

SummaryView summary_of(std::vector<std::int64_t> values) {
  SummaryView out;
  if (values.empty()) {
    out.percentiles = false;
    return out;
  }
  std::sort(values.begin(), values.end());
  out.min = values.front();
  out.max = values.back();
  out.avg = std::accumulate(values.begin(), values.end(), std::int64_t{0}) /
            static_cast<std::int64_t>(values.size());
  out.p50 = percentile(values, 0.5);
  out.p90 = percentile(values, 0.9);
  out.p95 = percentile(values, 0.95);
  out.p99 = percentile(values, 0.99);
  out.p999 = percentile(values, 0.999);
  return out;
}

}  // namespace flink::rest
