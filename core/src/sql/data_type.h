// SPDX-License-Identifier: Apache-2.0
// Data types as they are written; what they mean and whether they may be, the binder knows.
#pragma once

#include "sql/names.h"

namespace flink::sql {

enum class TypeKind : std::uint8_t {
  boolean,
  tinyint,
  smallint,
  integer,
  bigint,
  decimal,
  real,
  float_,
  double_,
  character,  // CHAR(n)
  varchar,
  string,
  binary,
  varbinary,
  bytes,
  date,
  time,
  timestamp,
  timestamp_ltz,
  interval,
  array,
  multiset,
  map,
  row,
  structured,
  raw,
  variant,
  bitmap,
  any,
  named,  // a user's; Flink resolves none
};

enum class Nullability : std::uint8_t { unsaid, null, not_null };

struct DataType;

struct RowField {
  Name name;
  const DataType* type = nullptr;
  Text comment;
};

struct DataType {
  TypeKind kind;
  std::uint16_t depth = 1;  // of the types within, with this one
  Range range = {};
  Nullability nullability = Nullability::unsaid;
  int precision = -1;  // or length; -1: not given
  int scale = -1;
  IntervalQualifier interval = {};
  const DataType* key = nullptr;      // of a map
  const DataType* element = nullptr;  // of array and multiset; a map's value
  List<RowField> fields = {};         // of row and structured
  Text class_name = {};               // of structured and raw
  Text snapshot = {};                 // of raw
  Path name = {};                     // of named
};

}  // namespace flink::sql
