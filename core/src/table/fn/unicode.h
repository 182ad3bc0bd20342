// SPDX-License-Identifier: Apache-2.0
// What code points are.
#pragma once

namespace flink::table::fn {

char32_t upper_of(char32_t point) noexcept;
char32_t lower_of(char32_t point) noexcept;
bool is_letter(char32_t point) noexcept;
bool is_decimal_digit(char32_t point) noexcept;

}  // namespace flink::table::fn
