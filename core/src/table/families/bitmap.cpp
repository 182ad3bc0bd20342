// SPDX-License-Identifier: Apache-2.0
// BITMAP.
#include "table/families/families.h"
#include "table/function.h"

namespace flink::table {

void add_bitmap(Registry&) {}

}  // namespace flink::table
