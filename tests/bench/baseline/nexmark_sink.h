// SPDX-License-Identifier: Apache-2.0
// Where the results of the Nexmark loops go: counted and summed behind a call that the compiler
// cannot look through, and written as the job writes them when somebody wants to compare.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <tuple>

namespace bench {

class alignas(64) NexmarkSink {
 public:
  // directory: "" when nothing is to be written.
  NexmarkSink(const std::string& directory, int thread) {
    if (!directory.empty()) file_.open(directory + "/part-" + std::to_string(thread) + ".csv");
    writes_ = file_.is_open();
  }
  template <class... Columns>
  [[gnu::noinline]] void take(const std::tuple<Columns...>& row) {
    ++records_;
    std::apply([this](const auto&... columns) { ((checksum_ += sum_of(columns)), ...); }, row);
    if (writes_) [[unlikely]]
      write(row);
  }
  std::uint64_t records() const { return records_; }
  std::uint64_t checksum() const { return checksum_; }

 private:
  static std::uint64_t sum_of(std::int64_t number) { return static_cast<std::uint64_t>(number); }
  static std::uint64_t sum_of(std::string_view text) { return text.size(); }
  template <class... Columns>
  void write(const std::tuple<Columns...>& row) {
    const char* before = "";
    const auto column = [&](const auto& value) {
      file_ << before << value;
      before = ",";
    };
    std::apply([&](const auto&... columns) { (column(columns), ...); }, row);
    file_ << '\n';
  }

  std::uint64_t records_ = 0, checksum_ = 0;
  bool writes_ = false;
  std::ofstream file_;
};

}  // namespace bench
