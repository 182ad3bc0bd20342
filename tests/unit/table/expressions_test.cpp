// SPDX-License-Identifier: Apache-2.0
// Every expression that Flink answered for us, folded and with columns: how many of each file are
// right, and never fewer than floors.txt says. TABLE_FAILURES=FILE writes down the others.
// Where Flink's answer is an accident that docs/sql-functions.md names, a row says what is right.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>

#include "table/time_zone.h"
#include "unit/table/expression_case.h"

namespace flink::table {
namespace {

const std::string data = TABLE_TEST_DATA;

Session session_of(const std::string& zone) {
  Session session;
  session.zone = TimeZone::find_for_session(zone.substr(0, zone.find(',')));
  session.now = {1'704'067'200'123 + 86'400'000LL * 365, 0};
  session.legacy_cast = zone.find("legacy-cast") != std::string::npos;
  return session;
}

void note(std::ofstream& failures, const std::string& file, const ExpressionCase& one,
          const char* form, const Answer& got) {
  failures << file << '\t' << form << '\t' << one.expression << "\n    want " << one.expected.type
           << "  " << one.expected.value << "\n    got  " << got.type << "  " << got.value << "  "
           << got.what << '\n';
}

// Both forms agree with Flink; a template says what its columns are.
bool passes(const ExpressionCase& one, const Session& session, const std::string& file,
            std::ofstream& failures) {
  if (!session.zone) {
    if (one.expected.value == "!plan") return true;
    note(failures, file, one, "in a zone that is refused", {"-", "!plan", ""});
    return false;
  }
  const bool templated = one.column_template.size() > 1;
  const Answer first = templated ? template_answer_of(one.column_template, session)
                                 : answer_of(one.expression, session);
  if (!agrees(one.expected, first)) {
    note(failures, file, one, templated ? "template" : "constant", first);
    return false;
  }
  if (one.column_template != "=") return true;
  const Answer second = column_answer_of(one.expression, session);
  if (agrees(one.expected, second)) return true;
  note(failures, file, one, "columns", second);
  return false;
}

std::map<std::string, int> floors() {
  std::map<std::string, int> out;
  std::ifstream in(data + "/floors.txt");
  std::string name;
  for (int floor = 0; in >> name >> floor;) out[name] = floor;
  return out;
}

TEST_CASE("expressions are what Flink says") {
  const char* path = std::getenv("TABLE_FAILURES");
  std::ofstream failures(path ? path : "/dev/null");
  int passed_in_all = 0, all = 0;
  for (const auto& [file, floor] : floors()) {
    int passed = 0, count = 0;
    for (const ExpressionSection& section : read_cases(data + "/" + file + ".tsv")) {
      const Session session = session_of(section.zone);
      for (const ExpressionCase& one : section.cases) {
        ++count;
        passed += passes(one, session, file, failures) ? 1 : 0;
      }
    }
    std::printf("%-22s %5d of %5d  %5.1f %%\n", file.c_str(), passed, count,
                100.0 * passed / count);
    CHECK_MESSAGE(passed >= floor, file);
    passed_in_all += passed;
    all += count;
  }
  std::printf("%-22s %5d of %5d  %5.1f %%\n", "all", passed_in_all, all,
              100.0 * passed_in_all / all);
}

}  // namespace
}  // namespace flink::table
