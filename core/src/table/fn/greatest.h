// SPDX-License-Identifier: Apache-2.0
// GREATEST and LEAST: NULL when one is.
#pragma once

#include "table/context.h"

namespace flink::table::fn {

Datum greatest(const Call& call, std::span<const Datum> values);
Datum least(const Call& call, std::span<const Datum> values);

}  // namespace flink::table::fn
