// SPDX-License-Identifier: Apache-2.0
// The JSON functions with a syntax of their own.
#include "table/binder.h"

namespace flink::table {

ExpressionPointer Binder::bind_json(const sql::Json& node) {
  reject(node.range, "this JSON function is not supported");
}

}  // namespace flink::table
