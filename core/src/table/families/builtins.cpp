// SPDX-License-Identifier: Apache-2.0
// All built-in functions, family by family.
#include "table/families/families.h"
#include "table/function.h"

namespace flink::table {

const Registry& builtins() {
  static const Registry registry = [] {
    Registry all;
    add_forms(all);
    add_math(all);
    add_text(all);
    add_regex(all);
    add_hash(all);
    add_json(all);
    add_variant(all);
    add_bitmap(all);
    add_temporal(all);
    add_collection(all);
    return all;
  }();
  return registry;
}

}  // namespace flink::table
