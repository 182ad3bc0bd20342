// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/cep/cep_function.h>
#include <flink/cep/match.h>
#include <flink/error.h>

#include <algorithm>

namespace flink::cep {

std::size_t step_of(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string all;
  for (const std::string& known : names) all += (all.empty() ? "" : ", ") + known;
  throw Error{ErrorKind::user,
              detail::concat("the pattern has no step \"", name, "\"; its steps are: ", all)};
}

void fail_not_taken(std::string_view name) {
  throw Error{ErrorKind::user,
              detail::concat("this match took no event for step \"", name,
                             "\", which is optional: ask contains() first, or use match[\"", name,
                             "\"], which is empty then")};
}

void fail_without_timestamp() {
  throw Error{ErrorKind::user,
              "CEP in event time got an event without a timestamp (or with the least, "
              "-9223372036854775808, which stands for none): give the source, or the stream before "
              "the pattern, a WatermarkStrategy with a timestamp assigner, or write "
              "in_processing_time()"};
}

}  // namespace flink::cep
