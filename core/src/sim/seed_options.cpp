// SPDX-License-Identifier: Apache-2.0
#include "sim/seed_options.h"

#include <flink/base/check.h>

#include <algorithm>
#include <string_view>

#include "config/options.h"

namespace flink::sim {
namespace {

namespace options = config::options;
using base::Duration;

class Draw {
 public:
  Draw(base::Random& random, const config::Configuration& given) : random_(random), given_(given) {}

  // The draw is made in any case, so that what is set does not change the rest.
  template <class T>
  void pick(const config::ConfigOption<T>& option, std::initializer_list<const char*> values) {
    const auto which = random_.below(values.size());
    set(option, values.begin()[which]);
  }
  template <class T>
  void set(const config::ConfigOption<T>& option, std::string value) {
    if (value.empty() || given_.is_set(option)) return;
    out_.emplace_back(std::string{option.info.key}, std::move(value));
  }
  // From low to high, as many decades below as above.
  std::string millis(Duration low, Duration high) {
    Duration value = low;
    while (value < high && random_.below(4) != 0) value *= 2;
    value = std::min(value, high);
    return detail::concat(
        std::max<std::int64_t>(
            1, std::chrono::duration_cast<std::chrono::milliseconds>(value).count()),
        " ms");
  }
  OptionList take() { return std::move(out_); }

 private:
  base::Random& random_;
  const config::Configuration& given_;
  OptionList out_;
};

constexpr Duration ms{1'000'000};

}  // namespace

OptionList draw_seed_options(base::Random& random, const config::Configuration& given,
                             Duration run) {
  Draw draw{random, given};
  const bool batch = given.get(options::runtime_mode) == "BATCH";
  const bool checkpoints = random.below(8) != 0 && !batch;
  const std::string interval =
      draw.millis(std::max(run / 500, 10 * ms), std::max(run / 20, 20 * ms));
  draw.set(options::checkpointing_interval, checkpoints ? interval : std::string{});
  draw.set(options::checkpointing_dir, detail::concat(checkpoints_directory, "/chk"));
  draw.set(options::savepoint_dir, detail::concat(checkpoints_directory, "/savepoints"));
  draw.pick(options::checkpointing_timeout, {"1 s", "10 s", "60 s", "10 min"});
  draw.pick(options::checkpointing_min_pause, {"", "", "10 ms", "2 s"});
  // Unaligned ones go one at a time.
  const bool unaligned = random.below(3) == 0;
  draw.set(options::checkpointing_unaligned, unaligned ? "true" : "");
  draw.pick(options::checkpointing_max_concurrent,
            unaligned ? std::initializer_list<const char*>{"", "", "", ""}
                      : std::initializer_list<const char*>{"", "1", "2", "3"});
  draw.pick(options::checkpointing_tolerable_failures, {"", "2", "1000000", "1000000"});
  draw.pick(options::checkpointing_num_retained, {"", "2", "3"});
  draw.pick(options::checkpointing_aligned_timeout, {"", "0 ms", "20 ms", "1 s"});
  draw.pick(options::checkpointing_incremental, {"", "true", "false"});
  draw.pick(options::state_backend_type, {"", "lmdb", "hashmap"});
  draw.pick(options::local_backup_enabled, {"", "true"});
  draw.pick(options::failover_strategy, {"", "region", "full"});
  return draw.take();
}

config::Configuration with_options(config::Configuration given, const OptionList& options) {
  for (const auto& [key, value] : options) {
    given.set_text(key, value, {config::Source::file, "simulate"});
  }
  return given;
}

std::string describe(const OptionList& options) {
  std::string out;
  for (const auto& [key, value] : options) {
    if (!out.empty()) out += ' ';
    out += detail::concat("-D", key, "=", value);
  }
  return out;
}

}  // namespace flink::sim
