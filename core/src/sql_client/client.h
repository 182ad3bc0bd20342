// SPDX-License-Identifier: Apache-2.0
// Statements one after the other, as a person or a script says them: what they leave behind stays,
// queries and inserts run in a cluster within this process.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "planner/plan.h"
#include "sql_client/result_view.h"
#include "table_connectors/factories.h"

namespace flink::sql_client {

struct ClientOptions {
  std::optional<ResultMode> result_mode;  // else what SET says
  bool schema = false;                    // before rows a line a column: col NAME <tab> TYPE
  // Each statement before its answer: ">> SELECT ...", and every answer, errors too, on stdout.
  bool echo = false;
  bool keep_going = false;  // after an error
  bool chatty = false;      // says what was done where there is nothing to show
};

enum class Ending : unsigned char {
  ok,
  statement_error,  // a statement is wrong
  failed,           // it ran, and failed
  cancelled,        // by Ctrl-C
};

class Client {
 public:
  explicit Client(ClientOptions options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The statements of a text; `name` is what errors call it. Gives the first ending that is not ok.
  Ending run(std::string_view text, std::string_view name);

  planner::Session& session() { return session_; }

 private:
  struct Source {
    std::string_view text;
    std::string_view name;
    sql::Range statement;
  };

  Ending run_statement(const Source& source);
  Ending run_parsed(const Source& source);
  void show(const planner::Outcome& outcome);
  void show_table(const planner::TextTable& table);
  Ending run_query(const planner::Outcome& outcome);
  Ending run_insert(const planner::Outcome& outcome);
  Ending run_job(const std::function<void(StreamExecutionEnvironment&)>& define);
  Ending fail(Ending ending, std::string_view text);

  ClientOptions options_;
  table_connectors::Connectors connectors_;
  planner::Session session_;
};

}  // namespace flink::sql_client
