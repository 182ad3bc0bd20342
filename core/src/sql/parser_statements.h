// SPDX-License-Identifier: Apache-2.0
// The parser's part for statements. Private to the module.
#pragma once

#include "sql/definition.h"
#include "sql/parser_core.h"

namespace flink::sql {

class ParserStatements : public ParserCore {
 public:
  using ParserCore::ParserCore;

  // All statements of the text; after an error the next one.
  List<const Statement*> script();

 private:
  template <class T>
  const Statement* done(T statement, Range begin) {
    statement.range = from(begin);
    return arena_.make(statement);
  }

  // parse_script.cpp
  const Statement* statement();
  const Statement* known_statement();
  void skip_statement();
  [[noreturn]] void refuse(Range begin, std::string_view feature, std::string_view instead = {});
  void refuse_by_name();

  // parse_insert.cpp
  const Statement* insert_statement();
  const Insert* insert();
  const StatementSet* statement_set();
  const Statement* execute_statement();
  const Statement* explain();
  void explain_details(Explain& explain);
  const Statement* explained();
  const Statement* compile_plan();
  const Statement* set_or_insert();
  List<PartitionValue> partition_values(bool values_needed);
  PartitionValue partition_value(bool value_needed);

  // parse_utility.cpp
  const Statement* describe();
  const Statement* show();
  const Statement* show_create(Show show, Range begin);
  void show_from(Show& show);
  void show_like(Show& show, bool ilike);
  const Statement* use();
  const Statement* set();
  const Statement* reset();
  const Statement* analyze();
  const Statement* call_procedure();
  const Statement* stop_job();

  // parse_create.cpp
  const Statement* create();
  const Statement* create_table(CreateTable table, Range begin);
  const Statement* create_view(CreateView view, Range begin);
  const Statement* create_function(CreateFunction function, Range begin);
  const Statement* create_catalog(Range begin);
  const Statement* create_database(Range begin);
  FunctionLanguage function_language();
  bool if_not_exists();
  bool if_exists();
  Text comment();
  List<Option> with_options();
  List<Option> options();
  List<Text> option_keys();
  const Distribution* distribution();
  const TableLike* table_like();
  LikeOption like_option();

  // parse_columns.cpp
  void table_elements(CreateTable& table);
  struct SchemaParts {
    std::vector<Column> columns;
    std::vector<Constraint> constraints;
    const Watermark* watermark = nullptr;
  };
  void table_element(SchemaParts& parts);
  TableSchema schema(const SchemaParts& parts);
  Column column();
  void watermark(SchemaParts& parts);
  bool sees_constraint() const;
  Constraint constraint(bool of_table);
  bool skip_element(std::size_t begin);

  // parse_alter.cpp
  const Statement* alter();
  const Statement* alter_table(Range begin);
  void alter_schema(AlterTable& table);
  void alter_drop(AlterTable& table);
  void alter_partitions(AlterTable& table, bool add);
  const Statement* alter_view(Range begin);
  const Statement* alter_catalog(Range begin);
  const Statement* alter_database(Range begin);
  const Statement* alter_function(Range begin, bool temporary);
  const Statement* drop();
};

}  // namespace flink::sql
