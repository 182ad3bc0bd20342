// SPDX-License-Identifier: Apache-2.0
// What every query has: the events, asked for by a function that makes a record of one, and a place
// for its results.
#pragma once

#include "source.h"

namespace nexmark {

class Nexmark {
 public:
  explicit Nexmark(flink::StreamExecutionEnvironment& env);

  const flink::Arguments& args() const { return env_.args(); }
  flink::StreamExecutionEnvironment& env() { return env_; }

  // Records of the events that `make` takes, with their event time and watermarks.
  template <class Make>
  auto events(const char* name, Make make) {
    return read(
        name, std::move(make),
        flink::WatermarkStrategy<typename RecordOf<Make>::Type>::for_bounded_out_of_orderness(
            std::chrono::seconds{4}));
  }
  // The same, for a query that does not look at event time.
  template <class Make>
  auto untimed_events(const char* name, Make make) {
    return read(name, std::move(make),
                flink::WatermarkStrategy<typename RecordOf<Make>::Type>::no_watermarks());
  }

  // To CSV files in --output DIR, else nowhere.
  template <class T>
  void results(const flink::DataStream<T>& stream) {
    if (output_.empty()) {
      stream.sink_to(flink::BlackholeSink<T>{}).name("results");
    } else {
      stream.sink_to(flink::FileSink<T>::csv(output_)).name("results");
    }
  }

 private:
  template <class Make, class Strategy>
  auto read(const char* name, Make make, Strategy strategy) {
    return env_.from_source(NexmarkSource<Make>{config_, std::move(make)}, strategy, name)
        .uid(name);
  }

  flink::StreamExecutionEnvironment& env_;
  Config config_;
  std::string output_;
};

// Several functions as one: what becomes of each kind of event.
template <class... F>
struct Kinds : F... {
  using F::operator()...;
};
template <class... F>
Kinds(F...) -> Kinds<F...>;

// The queries, each in its file.
void q0(Nexmark& nexmark);
// For --write-csv and --write-json.
void write_events(Nexmark& nexmark);

}  // namespace nexmark
