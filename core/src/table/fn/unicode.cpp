// SPDX-License-Identifier: Apache-2.0
#include "table/fn/unicode.h"

#include <utf8proc.h>

namespace flink::table::fn {

char32_t upper_of(char32_t point) noexcept {
  return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(point)));
}
char32_t lower_of(char32_t point) noexcept {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point)));
}
bool is_letter(char32_t point) noexcept {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(point));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}
bool is_decimal_digit(char32_t point) noexcept {
  return utf8proc_category(static_cast<utf8proc_int32_t>(point)) == UTF8PROC_CATEGORY_ND;
}

}  // namespace flink::table::fn
