// SPDX-License-Identifier: Apache-2.0
#include "config/memory_budget.h"

#include <algorithm>
#include <cstdio>

#include "config/options.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::config {
namespace {

using flink::detail::concat;

std::uint64_t share(std::uint64_t bytes, double fraction) {
  return static_cast<std::uint64_t>(static_cast<double>(bytes) * fraction);
}

// "1.69 GiB", "64 MiB", "512 bytes".
std::string human_size(std::uint64_t bytes) {
  static constexpr struct {
    std::uint64_t factor;
    const char* name;
  } units[] = {{1ull << 40, "TiB"}, {1ull << 30, "GiB"}, {1ull << 20, "MiB"}, {1ull << 10, "KiB"}};
  for (const auto& unit : units) {
    if (bytes < unit.factor) continue;
    char buffer[48];
    const double value = static_cast<double>(bytes) / static_cast<double>(unit.factor);
    std::snprintf(buffer, sizeof buffer, bytes % unit.factor == 0 ? "%.0f %s" : "%.2f %s", value,
                  unit.name);
    return buffer;
  }
  return concat(bytes, " bytes");
}

}  // namespace

MemoryBudget memory_budget(const Configuration& configuration) {
  MemoryBudget budget;
  budget.process = configuration.get(options::process_size).bytes;
  budget.framework = configuration.get(options::framework_size).bytes;
  budget.segment = configuration.get(options::segment_size).bytes;
  const auto least = configuration.get(options::network_min).bytes;
  const auto most = configuration.get(options::network_max).bytes;
  if (least > most) {
    throw Error(ErrorKind::user,
                concat(options::network_min.key(), " (", human_size(least), ") is more than ",
                       options::network_max.key(), " (", human_size(most), ")"));
  }
  const auto network =
      std::clamp(share(budget.process, configuration.get(options::network_fraction)), least, most);
  budget.network = network / budget.segment * budget.segment;
  const auto managed = configuration.find(options::managed_size);
  budget.managed = managed ? managed->bytes
                           : share(budget.process, configuration.get(options::managed_fraction));
  const unsigned __int128 taken =
      static_cast<unsigned __int128>(budget.framework) + budget.network + budget.managed;
  if (taken > budget.process) {
    throw Error(ErrorKind::user,
                concat(options::process_size.key(), " is ", human_size(budget.process),
                       ", less than its parts: framework ", human_size(budget.framework),
                       ", network ", human_size(budget.network), ", managed ",
                       human_size(budget.managed), "; raise it, or lower ",
                       options::network_min.key(), " or ", options::managed_fraction.key()));
  }
  budget.user = budget.process - static_cast<std::uint64_t>(taken);
  return budget;
}

MemoryBudget MemoryBudget::per_slot(std::int32_t slots) const {
  FLINK_CHECK(slots > 0, slots);
  const auto n = static_cast<std::uint64_t>(slots);
  MemoryBudget part = *this;
  part.network = network / n / segment * segment;
  part.managed = managed / n;
  part.user = user / n;
  part.framework = 0;
  part.process = part.network + part.managed + part.user;
  return part;
}

std::uint64_t MemoryBudget::state_share(std::uint64_t sharers) const {
  return std::max(state_share_min, managed / std::max<std::uint64_t>(1, sharers));
}

std::string MemoryBudget::describe() const {
  return concat(human_size(process), ": framework ", human_size(framework), ", network ",
                human_size(network), " (", network_segments(), " frames of ", human_size(segment),
                "), managed ", human_size(managed), ", user code ", human_size(user));
}

}  // namespace flink::config
