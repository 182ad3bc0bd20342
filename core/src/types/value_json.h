// SPDX-License-Identifier: Apache-2.0
// A serialized value as JSON with field names, by its schema alone: no code of the job is needed.
//   record -> object     list, set, array, tuple -> array     optional -> the value or null
//   map -> object if its keys are strings, else array of [key,value]
//   numbers -> exact, f32 and f64 that are not finite as "NaN", "Infinity", "-Infinity"
//   char -> string of one character, or its number      duration, time -> number, in its own unit
//   string -> string; one that is not UTF-8, and bytes -> {"$hex":"00ff"}
//   variant -> {"alternative":1,"value":…}   a serializer of its own without schema -> {"$hex":"…"}
// Behind such an opaque value nothing more can be read: what follows in a record is left out.
#pragma once

#include <string>
#include <string_view>

#include "types/schema_tree.h"

namespace flink::types {

// Immutable; any threads.
class ValueJson {
 public:
  // "": a value of no bytes, null.
  explicit ValueJson(std::string_view schema);
  // Bytes that are no such value throw Error{internal}; `out` may then hold a part of it.
  void append(std::string_view bytes, std::string& out) const;
  const SchemaTree& schema() const { return tree_; }

 private:
  bool empty_;
  SchemaTree tree_;
};

std::string value_to_json(std::string_view schema, std::string_view bytes);

}  // namespace flink::types
