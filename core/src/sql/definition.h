// SPDX-License-Identifier: Apache-2.0
// Statements that define, change and drop tables, views, catalogs, databases and functions.
#pragma once

#include "sql/statement.h"

namespace flink::sql {

// 'key' = 'value' of WITH and SET
struct Option {
  Text key;
  Text value;
};

enum class Enforcement : std::uint8_t { unsaid, enforced, not_enforced };

// [CONSTRAINT name] PRIMARY KEY (columns) NOT ENFORCED, or UNIQUE
struct Constraint {
  Range range;
  Name name;
  bool primary_key = true;
  List<Name> columns;  // empty behind a column
  Enforcement enforcement = Enforcement::unsaid;
};

struct Watermark {
  Range range;
  Path column;
  Node expression = nullptr;
};

enum class ColumnKind : std::uint8_t { physical, metadata, computed };

struct Column {
  ColumnKind kind = ColumnKind::physical;
  Range range;
  Path name;                       // of one part, but for ALTER TABLE
  const DataType* type = nullptr;  // of physical and metadata
  Node expression = nullptr;       // of computed
  Text metadata_key;               // METADATA FROM 'key'
  bool is_virtual = false;
  const Constraint* constraint = nullptr;
  Text comment;
  // ALTER TABLE ... FIRST or AFTER column
  bool first = false;
  Path after;
};

// What stands within the parentheses of a table.
struct TableSchema {
  List<Column> columns;
  List<Constraint> constraints;
  const Watermark* watermark = nullptr;
};

struct Distribution {
  enum class Kind : std::uint8_t { unsaid, hash, range } kind = Kind::unsaid;
  List<Name> columns;
  int buckets = -1;
};

struct LikeOption {
  enum class Strategy : std::uint8_t {
    including,
    excluding,
    overwriting
  } strategy = Strategy::including;
  enum class Feature : std::uint8_t {
    all,
    constraints,
    distribution,
    generated,
    metadata,
    options,
    partitions,
    watermarks,
  } feature = Feature::all;
  Range range;
};

struct TableLike {
  Path table;
  List<LikeOption> options;
};

struct CreateTable : StatementOf<StatementKind::create_table> {
  bool create = true;    // false: REPLACE TABLE
  bool replace = false;  // CREATE OR REPLACE, REPLACE
  bool temporary = false;
  bool if_not_exists = false;
  Path name;
  bool schema_given = false;
  TableSchema schema;
  List<Name> column_names;  // CREATE TABLE t (a, b) ... AS query
  Text comment;
  const Distribution* distribution = nullptr;
  List<Name> partitioned_by;
  List<Option> options;
  const TableLike* like = nullptr;
  const Query* query = nullptr;  // AS query
};

struct CreateView : StatementOf<StatementKind::create_view> {
  bool replace = false;
  bool temporary = false;
  bool if_not_exists = false;
  Path name;
  List<Name> columns;
  Text comment;
  const Query* query = nullptr;
};

struct CreateCatalog : StatementOf<StatementKind::create_catalog> {
  bool if_not_exists = false;
  Name name;
  Text comment;
  List<Option> options;
};

struct CreateDatabase : StatementOf<StatementKind::create_database> {
  bool if_not_exists = false;
  Path name;
  Text comment;
  List<Option> options;
};

struct Resource {
  bool artifact = false;  // ARTIFACT, not JAR
  Text uri;
};

enum class FunctionLanguage : std::uint8_t { unsaid, java, scala, sql, python };

struct CreateFunction : StatementOf<StatementKind::create_function> {
  bool replace = false;
  bool temporary = false;
  bool system = false;
  bool if_not_exists = false;
  Path name;
  Text identifier;  // AS 'identifier'
  FunctionLanguage language = FunctionLanguage::unsaid;
  List<Resource> resources;
  List<Option> options;
};

struct Partition {
  List<PartitionValue> values;
  List<Option> options;
};

struct AlterTable : StatementOf<StatementKind::alter_table> {
  enum class Action : std::uint8_t {
    rename,         // TO new_name
    rename_column,  // column TO new_name
    set,
    reset,
    add,  // of these two schema or distribution
    modify,
    drop_columns,
    drop_primary_key,
    drop_constraint,
    drop_distribution,
    drop_watermark,
    add_partitions,
    drop_partitions,
  } action = Action::rename;
  bool if_exists = false;
  Path name;
  Path column;
  Path new_name;
  List<Option> options;  // of set
  List<Text> keys;       // of reset
  bool in_parentheses = false;
  TableSchema schema;
  const Distribution* distribution = nullptr;
  List<Path> columns;  // of drop_columns
  Name constraint;
  bool partition_if = false;  // IF [NOT] EXISTS of partitions
  List<Partition> partitions;
};

// RENAME TO new_name or AS query
struct AlterView : StatementOf<StatementKind::alter_view> {
  Path name;
  Path new_name;
  const Query* query = nullptr;
};

struct AlterCatalog : StatementOf<StatementKind::alter_catalog> {
  enum class Action : std::uint8_t { set, reset, comment } action = Action::set;
  Name name;
  List<Option> options;
  List<Text> keys;
  Text comment;
};

struct AlterDatabase : StatementOf<StatementKind::alter_database> {
  Path name;
  List<Option> options;
};

struct AlterFunction : StatementOf<StatementKind::alter_function> {
  bool temporary = false;
  bool system = false;
  bool if_exists = false;
  Path name;
  Text identifier;
  FunctionLanguage language = FunctionLanguage::unsaid;
};

struct Drop : StatementOf<StatementKind::drop> {
  ObjectKind object = ObjectKind::table;
  bool temporary = false;
  bool system = false;  // of a function
  bool if_exists = false;
  Path name;
  enum class Behavior : std::uint8_t { unsaid, restrict, cascade } behavior = Behavior::unsaid;
};

}  // namespace flink::sql
