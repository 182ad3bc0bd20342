// SPDX-License-Identifier: Apache-2.0
// What the planner asks a connector (Flink, DynamicTableFactory): is the table's WITH clause right,
// what does reading it give, what may be written to it. How it is then read and written is the
// other half of a factory, table_runtime/connector.h.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "table/changelog_mode.h"
#include "table/logical_type.h"

namespace flink::table {

// A table as its connector sees it. Computed columns and watermarks are the planner's.
struct TableDescription {
  std::string name;                         // for messages and operators: t
  std::vector<Field> columns;               // the physical ones, in order
  std::vector<std::string> primary_key;     // names of columns
  std::vector<std::string> partition_keys;  // names of columns
  // WITH, and what a hint OPTIONS changes; 'connector' too.
  std::map<std::string, std::string> options;
};

struct SourceTraits {
  ChangelogMode changelog = ChangelogMode::insert_only();
  bool bounded = true;
  // METADATA columns that there may be, by key.
  std::vector<Field> metadata;
};

struct SinkTraits {
  // Of the kinds of its input those that it wants: without -U for one that finds rows by key.
  ChangelogMode accepts = ChangelogMode::insert_only();
};

class TableFactory {
 public:
  TableFactory() = default;
  TableFactory(const TableFactory&) = delete;
  TableFactory& operator=(const TableFactory&) = delete;
  virtual ~TableFactory() = default;

  // The value of 'connector'.
  virtual std::string_view identifier() const = 0;
  // These throw Error{user} for a WITH clause that is not right, and for a table that cannot be
  // read, or written. The text begins with what is wrong and does not name the table.
  virtual SourceTraits source_traits(const TableDescription& table) const = 0;
  // `wanted`: the kinds of rows that come. What is accepted is none that does not.
  virtual SinkTraits sink_traits(const TableDescription& table, ChangelogMode wanted) const = 0;
};

// Those that there are. Nothing registers itself: who makes one says what is in it.
class TableFactories {
 public:
  virtual ~TableFactories() = default;
  // By the option 'connector'. Throws Error{user} when there is none, with the nearest.
  virtual const TableFactory& find(const TableDescription& table) const = 0;
};

}  // namespace flink::table
