// SPDX-License-Identifier: Apache-2.0
// Names of months and days, from Monday.
#pragma once

#include <array>
#include <string_view>

namespace flink::table::fn {

inline constexpr std::array<std::string_view, 12> month_names = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
inline constexpr std::array<std::string_view, 7> day_names = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

}  // namespace flink::table::fn
