// SPDX-License-Identifier: Apache-2.0
// Walks serialized values whose type is known only by its schema. Any bytes: nonsense throws
// Error{internal}, as ByteReader does.
#pragma once

#include <flink/types/bytes.h>

#include "types/schema_tree.h"

namespace flink::types {

// Past one value. `depth`: levels of nesting around it. An opaque one throws Error{user}.
void skip_value(ByteReader& in, const SchemaTree& tree, std::uint32_t node, int depth = 0);

// Appends the value that is zero, empty, unset throughout.
void append_zero(ByteWriter& out, const SchemaTree& tree, std::uint32_t node, int depth = 0);

// Copies one value in a form that is equal for equal values: the elements of sets and maps in the
// order of their bytes (unordered ones are written in any). An opaque one is copied to the end.
void append_canonical(ByteReader& in, ByteWriter& out, const SchemaTree& tree, std::uint32_t node,
                      int depth = 0);

// No opaque value can be in one of that node.
bool can_skip(const SchemaTree& tree, std::uint32_t node);

// Levels of a schema that one value may take. Serializer counts containers within each other only
// (nesting_max of them); here the records between them count, too.
inline constexpr int walk_nesting_max = 3 * nesting_max;

// depth + 1; too much nesting throws.
int deeper(const ByteReader& in, int depth);

}  // namespace flink::types
