// SPDX-License-Identifier: Apache-2.0
// VARIANT.
#include "table/families/families.h"
#include "table/function.h"

namespace flink::table {

void add_variant(Registry&) {}

}  // namespace flink::table
