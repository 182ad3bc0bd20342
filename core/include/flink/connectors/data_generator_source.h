// SPDX-License-Identifier: Apache-2.0
// DataGeneratorSource<T>(f, n, rate): the records f(0) .. f(n - 1) (Flink, "DataGen Connector").
// Each subtask makes a contiguous part of them. f is shared by all subtasks of a process: it must
// be callable from several threads and give the same record for the same index, as a restart asks
// for it again.
#pragma once

#include <flink/connectors/indexed_source.h>

#include <type_traits>

namespace flink {

template <class T>
class DataGeneratorSource final : public detail::IndexedSource<T> {
 public:
  // Without a count: as good as endless.
  static constexpr std::int64_t endless = INT64_MAX;

  // f: T(std::int64_t index), const.
  template <class F>
  explicit DataGeneratorSource(F f, std::int64_t count = endless,
                               RateLimiterStrategy rate = RateLimiterStrategy::no_op())
      : detail::IndexedSource<T>({0, count > 0 ? static_cast<std::uint64_t>(count) : 0},
                                 make_fill(std::move(f)), rate) {}

 private:
  template <class F>
  static detail::FillBatch<T> make_fill(F f) {
    constexpr bool fits = std::is_invocable_r_v<T, const F&, std::int64_t>;
    static_assert(fits,
                  "flinkc: DataGeneratorSource(): the function does not make a record of an index; "
                  "write [](std::int64_t index) { return Record{...}; } (not mutable)");
    if constexpr (fits) {
      return [f = std::move(f)](RecordBatch<T>& batch, std::int64_t first, std::size_t count) {
        detail::fill_batch(batch, first, count, [&f](std::int64_t i) -> T { return f(i); });
      };
    } else {
      return {};
    }
  }
};

template <class F, class... Rest>
DataGeneratorSource(F, Rest...)
    -> DataGeneratorSource<std::decay_t<std::invoke_result_t<const F&, std::int64_t>>>;

}  // namespace flink
