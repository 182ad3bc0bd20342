// SPDX-License-Identifier: Apache-2.0
// Nexmark: queries over the events of an auction house. README.md says what each one gives.
//
//   flinkc build jobs/nexmark/*.cpp -o nexmark
//   ./nexmark --local -p 2 -- --query q5 --events 1000000 --output results
#include "nexmark.h"

namespace nexmark {
namespace {

struct Query {
  const char* name;
  void (*define)(Nexmark&);
};
constexpr Query queries[] = {{"q0", q0},   {"q1", q1},   {"q2", q2},   {"q3", q3},   {"q4", q4},
                             {"q5", q5},   {"q7", q7},   {"q8", q8},   {"q9", q9},   {"q11", q11},
                             {"q12", q12}, {"q13", q13}, {"q14", q14}, {"q15", q15}, {"q16", q16},
                             {"q17", q17}, {"q18", q18}, {"q19", q19}, {"q20", q20}, {"q22", q22}};

void define_query(Nexmark& nexmark, const std::string& name) {
  std::string names;
  for (const auto& query : queries) {
    if (name == query.name) return query.define(nexmark);
    names += std::string{names.empty() ? "" : ", "} + query.name;
  }
  throw flink::ArgumentError(flink::ErrorKind::user,
                             "--query " + name + ": there is no such query; there are " + names);
}

// At least `least`, or an error that says so.
std::int64_t number(const flink::Arguments& args, const char* name, std::int64_t fallback,
                    std::int64_t least) {
  const auto value = args.get<std::int64_t>(name, fallback);
  if (value < least) {
    throw flink::ArgumentError(flink::ErrorKind::user, std::string{"--"} + name + " is " +
                                                           std::to_string(value) + ": it must be " +
                                                           std::to_string(least) + " or more");
  }
  return value;
}

}  // namespace

Nexmark::Nexmark(flink::StreamExecutionEnvironment& env) : env_(env) {
  const Config usual;
  config_.events = number(args(), "events", usual.events, 0);
  config_.per_second = number(args(), "tps", usual.per_second, 1);
  config_.base_time = number(args(), "base-time", usual.base_time, 0);
  config_.seed = static_cast<std::uint64_t>(number(args(), "seed", 1, 0));
  output_ = args().get("output", "");
}

}  // namespace nexmark

void define_job(flink::StreamExecutionEnvironment& env) {
  nexmark::Nexmark nexmark{env};
  if (env.args().has("write-csv") || env.args().has("write-json")) {
    nexmark::write_events(nexmark);
    return env.execute("Nexmark events");
  }
  const auto query = env.args().get("query", "q0");
  nexmark::define_query(nexmark, query);
  env.execute("Nexmark " + query);
}
