// SPDX-License-Identifier: Apache-2.0
#include "sql_prompt.h"

#include <editline/readline.h>
#include <setjmp.h>
#include <signal.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "sql/parser.h"
#include "table/function.h"

namespace flink::flinkc {
namespace {

constexpr const char* first_prompt = "Flink SQL> ";
constexpr const char* next_prompt = "> ";
constexpr int history_max = 1000;

constexpr const char* help_text =
    "Statements end with a semicolon. QUIT; or EXIT; leaves, CLEAR; clears the screen, HELP; "
    "shows\n"
    "this. SET 'key' = 'value'; changes a setting, SET; lists them. Tab completes names, Ctrl-C\n"
    "cancels the query that runs.\n";

std::string history_file() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state != nullptr && *state != '\0') return std::string{state} + "/flinkc/sql_history";
  if (home == nullptr || *home == '\0') return {};
  return std::string{home} + "/.local/state/flinkc/sql_history";
}

// libedit asks a plain function, which finds the session here.
const planner::Session* completed_session = nullptr;

// Ctrl-C while a line is typed leaves the editor for read_line().
sigjmp_buf prompt_place;
volatile sig_atomic_t at_prompt = 0;

void leave_line(int) {
  if (at_prompt != 0) ::siglongjmp(prompt_place, 1);
}

// Null: the input ends. `given_up`: what was typed so far is to be forgotten.
char* read_line(const char* prompt, bool& given_up) {
  given_up = ::sigsetjmp(prompt_place, 1) != 0;
  if (given_up) {
    at_prompt = 0;
    std::fputc('\n', stdout);
    return ::strdup("");
  }
  at_prompt = 1;
  char* const line = readline(prompt);
  at_prompt = 0;
  return line;
}

char* next_candidate(const char* word, int state) {
  static std::vector<std::string> found;
  static std::size_t at = 0;
  if (state == 0) {
    found = completions(*completed_session, word);
    at = 0;
  }
  return at < found.size() ? ::strdup(found[at++].c_str()) : nullptr;
}

char** complete(const char* word, int, int) {
  rl_attempted_completion_over = 1;  // no names of files
  return rl_completion_matches(word, next_candidate);
}

// Does the text end with a semicolon, so that all of its statements are whole?
bool is_whole(std::string_view text) {
  const auto statements = sql::split_script(text);
  if (statements.empty()) return true;
  return text.find(';', statements.back().end) != std::string_view::npos;
}

std::string only_word(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ';') break;
    if (!std::isspace(static_cast<unsigned char>(c))) {
      out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

bool starts_with_any_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(), [](char a, char b) {
           return std::toupper(static_cast<unsigned char>(a)) ==
                  std::toupper(static_cast<unsigned char>(b));
         });
}

constexpr const char* keywords[] = {
    "ALTER",  "AND",       "AS",        "BETWEEN",   "BY",        "CASE",     "CAST",   "CATALOG",
    "CREATE", "CROSS",     "DATABASE",  "DESC",      "DESCRIBE",  "DISTINCT", "DROP",   "ELSE",
    "END",    "EXCEPT",    "EXECUTE",   "EXISTS",    "EXPLAIN",   "FROM",     "FULL",   "GROUP",
    "HAVING", "INNER",     "INSERT",    "INTERSECT", "INTERVAL",  "INTO",     "JOIN",   "LEFT",
    "LIKE",   "LIMIT",     "NOT",       "NULL",      "OFFSET",    "ON",       "ORDER",  "OUTER",
    "OVER",   "OVERWRITE", "PARTITION", "PRIMARY",   "RESET",     "RIGHT",    "SELECT", "SET",
    "SHOW",   "STATEMENT", "TABLE",     "TABLES",    "TEMPORARY", "THEN",     "UNION",  "USE",
    "USING",  "VALUES",    "VIEW",      "VIEWS",     "WATERMARK", "WHEN",     "WHERE",  "WINDOW",
    "WITH"};

}  // namespace

std::vector<std::string> completions(const planner::Session& session, std::string_view word) {
  std::vector<std::string> out;
  const auto offer = [&](std::string_view name) {
    if (starts_with_any_case(name, word)) out.emplace_back(name);
  };
  const auto& catalogs = session.catalogs;
  for (const auto& name : catalogs.names(catalogs.current_catalog(), catalogs.current_database())) {
    offer(name);
    const auto table =
        catalogs.find({catalogs.current_catalog(), catalogs.current_database(), name});
    for (std::size_t i = 0; table && i < table->columns.size(); ++i) offer(table->columns[i].name);
  }
  for (const char* keyword : keywords) offer(keyword);
  for (const auto& name : table::builtins().names()) offer(name);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

int run_prompt(sql_client::Client& client) {
  const auto history = history_file();
  if (!history.empty()) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path{history}.parent_path(), ignored);
  }
  using_history();
  stifle_history(history_max);
  if (!history.empty()) read_history(history.c_str());
  completed_session = &client.session();
  rl_attempted_completion_function = complete;
  rl_readline_name = const_cast<char*>("flinkc");
  struct sigaction interrupt {};
  interrupt.sa_handler = leave_line;
  ::sigaction(SIGINT, &interrupt, nullptr);
  std::string text;
  bool given_up = false;
  while (char* line = read_line(text.empty() ? first_prompt : next_prompt, given_up)) {
    if (given_up) text.clear();
    text += line;
    std::free(line);
    if (!is_whole(text)) {
      text += '\n';
      continue;
    }
    if (sql::split_script(text).empty()) {
      text.clear();
      continue;
    }
    add_history(one_line(text).c_str());
    if (!history.empty()) write_history(history.c_str());
    const auto word = only_word(text);
    if (word == "QUIT" || word == "EXIT") break;
    if (word == "CLEAR") std::fputs("\033[H\033[2J", stdout);
    else if (word == "HELP") std::fputs(help_text, stdout);
    else client.run(text, "prompt");
    std::fputc('\n', stdout);
    text.clear();
  }
  return 0;
}

}  // namespace flink::flinkc
