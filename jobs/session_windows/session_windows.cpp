// SPDX-License-Identifier: Apache-2.0
// Sessions of users: clicks that are at most half an hour apart. Out come, for each session, when
// it began, how long it took, how many clicks it had, and where it led. Clicks may come up to a
// minute out of order.
#include <flink/flink.h>

using namespace flink;
using namespace std::chrono_literals;

// Columns of the input, in order.
struct Click {
  std::string user;
  Timestamp at;
  std::string page;
};

struct Session {
  std::string user;
  Timestamp began;
  std::int64_t seconds = 0;
  std::int64_t clicks = 0;
  std::string last_page;
};

struct Describe {
  void process(const std::string& user, WindowContext<TimeWindow>&, Elements<Click> clicks,
               Collector<Session>& out) const {
    const Click* first = &clicks.front();
    const Click* last = first;
    for (const Click& click : clicks) {
      if (click.at < first->at) first = &click;
      if (click.at > last->at) last = &click;
    }
    const auto took = std::chrono::floor<std::chrono::seconds>(last->at - first->at);
    out.collect(
        {user, first->at, took.count(), static_cast<std::int64_t>(clicks.size()), last->page});
  }
};

void define_job(StreamExecutionEnvironment& env) {
  env.from_source(
         FileSource<Click>::csv(env.args().require("input")).skip_first_line(),
         WatermarkStrategy<Click>::for_bounded_out_of_orderness(1min).with_timestamp_assigner(
             &Click::at),
         "clicks")
      .uid("clicks")
      .key_by(&Click::user)
      .window(EventTimeSessionWindows::with_gap(30min))
      .process(Describe{})
      .uid("sessions")
      .sink_to(FileSink<Session>::csv(env.args().require("output")))
      .uid("output");
  env.execute("Session windows");
}
