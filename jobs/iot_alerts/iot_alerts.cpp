// SPDX-License-Identifier: Apache-2.0
// Watches racks of servers: two hot readings in a row within 10 s are a warning, two warnings of
// which the second is hotter, within 20 s, an alert. A pattern over what a pattern found.
#include <flink/cep.h>
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

// Columns of the input, in order.
struct Reading {
  std::int64_t rack = 0;
  Timestamp at;
  double temperature = 0;
};

struct Report {
  std::string what;
  std::int64_t rack = 0;
  Timestamp at;
  double temperature = 0;
};

DataStream<Report> warnings_of(const DataStream<Reading>& readings, double hot) {
  const auto is_hot = [hot](const Reading& r) { return r.temperature >= hot; };
  const auto pattern =
      Pattern<Reading>::begin("first", AfterMatchSkipStrategy::skip_past_last_event())
          .where(is_hot)
          .next("second")
          .where(is_hot)
          .within(10s);
  return CEP::pattern(readings.key_by(&Reading::rack), pattern)
      .select([](const Match<Reading>& match) {
        const Reading& first = match["first"].front();
        const Reading& second = match["second"].front();
        return Report{"warning", second.rack, second.at,
                      (first.temperature + second.temperature) / 2};
      })
      .uid("warnings");
}

DataStream<Report> alerts_of(const DataStream<Report>& warnings) {
  const auto pattern =
      Pattern<Report>::begin("first")
          .next("second")
          .where([](const Report& r, const ConditionContext<Report>& match) {
            return r.temperature > match.events_for_pattern("first").front().temperature;
          })
          .within(20s);
  return CEP::pattern(warnings.key_by(&Report::rack), pattern)
      .select([](const Match<Report>& match) {
        Report alert = match["second"].front();
        alert.what = "alert";
        return alert;
      })
      .uid("alerts");
}

void define_job(StreamExecutionEnvironment& env) {
  const auto readings = env.from_source(
      FileSource<Reading>::csv(env.args().require("input")).skip_first_line(),
      WatermarkStrategy<Reading>::for_bounded_out_of_orderness(3s).with_timestamp_assigner(
          &Reading::at),
      "readings");
  const auto warnings = warnings_of(readings, env.args().get("hot", 100.0));
  warnings.union_with(alerts_of(warnings))
      .sink_to(FileSink<Report>::csv(env.args().require("output")))
      .uid("reports");
  env.execute("IoT alerts");
}
