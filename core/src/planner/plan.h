// SPDX-License-Identifier: Apache-2.0
// The planner's entry: a statement and a session in; what is to be run, or what to say, out.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/catalog.h"
#include "planner/relation.h"
#include "sql/definition.h"
#include "table/binder.h"
#include "table/table_factory.h"

namespace flink::planner {

// What statements leave behind for those after them.
struct Session {
  explicit Session(const table::TableFactories& table_factories) : factories(&table_factories) {}

  const table::TableFactories* factories;
  Catalogs catalogs;
  Options options;          // of SET
  Options default_options;  // what RESET goes back to
  // BEGIN STATEMENT SET was said: inserts wait for END.
  bool in_statement_set = false;

  bool streaming() const;  // execution.runtime-mode, which is STREAMING where nothing is set
  table::Session functions() const;
  std::string_view option(std::string_view key, std::string_view otherwise) const;
};

// A query, whose rows go to who asked, or inserts: one root each.
struct Plan {
  std::vector<RelationPointer> roots;
  bool streaming = true;
};

// Rows that are known at once: SHOW, DESCRIBE. No value is NULL.
struct TextTable {
  std::vector<table::Field> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

struct Outcome {
  enum class Kind : std::uint8_t {
    ok,      // nothing to say
    table,   // `table`
    text,    // `text`: EXPLAIN, SHOW CREATE
    query,   // `plan`: run it and show its rows
    insert,  // `plan`: run it
  } kind = Kind::ok;
  TextTable table = {};
  std::string text = {};
  Plan plan = {};
};

// All that is wrong with a statement, in order of the text.
class PlanError : public std::exception {
 public:
  explicit PlanError(std::vector<table::BindError> all) : errors(std::move(all)) {}
  const char* what() const noexcept override { return errors.front().what.c_str(); }

  std::vector<table::BindError> errors;
};

// `source` is the text that the statement was parsed from. Throws PlanError.
Outcome plan_statement(const sql::Statement& statement, std::string_view source, Session& session);

// Where, what, the line with a mark beneath, what to do instead.
std::string render(const table::BindError& error, std::string_view source, std::string_view file);

}  // namespace flink::planner
