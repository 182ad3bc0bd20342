// SPDX-License-Identifier: Apache-2.0
// The families of built-in functions; each adds its rows.
#pragma once

namespace flink::table {

class Registry;

void add_forms(Registry& registry);
void add_math(Registry& registry);
void add_text(Registry& registry);
void add_regex(Registry& registry);
void add_hash(Registry& registry);
void add_json(Registry& registry);
void add_variant(Registry& registry);
void add_bitmap(Registry& registry);
void add_temporal(Registry& registry);
void add_collection(Registry& registry);

}  // namespace flink::table
