// SPDX-License-Identifier: Apache-2.0
#include "config/relations.h"

#include "config/memory_budget.h"
#include "config/options.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::config {
namespace {

using flink::detail::concat;

template <class T>
std::string shown(const Configuration& configuration, const ConfigOption<T>& option) {
  return concat(option.key(), " (", configuration.text_of(option.info).value_or(""), ", ",
                configuration.origin_of(option.info).where, ")");
}

}  // namespace

void check_relations(const Configuration& configuration) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::user, what); };
  const auto get = [&](const auto& option) { return configuration.get(option); };
  // Heartbeats go more often than the default says.
  if (configuration.is_set(options::heartbeat_interval) &&
      get(options::heartbeat_interval) >= get(options::heartbeat_timeout)) {
    refuse(concat(shown(configuration, options::heartbeat_interval), " must be less than ",
                  shown(configuration, options::heartbeat_timeout),
                  ", or every process is taken for lost"));
  }
  if (get(options::exponential_initial_backoff) > get(options::exponential_max_backoff)) {
    refuse(concat(shown(configuration, options::exponential_initial_backoff),
                  " must not be more than ",
                  shown(configuration, options::exponential_max_backoff)));
  }
  if (get(options::pipeline_max_parallelism) == 0) {
    refuse(concat(shown(configuration, options::pipeline_max_parallelism),
                  ": expected 1 to 32768, or -1 for what follows from the parallelism"));
  }
  memory_budget(configuration);
}

}  // namespace flink::config
