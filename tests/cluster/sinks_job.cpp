// SPDX-License-Identifier: Apache-2.0
// Numbers into one file sink or two: where they write is what sinks_test.py is about.
#include <flink/flink.h>
#include <flink/sink.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace {

struct Number {
  std::int64_t value = 0;
};

flink::FileSink<Number> sink_of(flink::StreamExecutionEnvironment& env, const std::string& name) {
  auto sink = flink::FileSink<Number>::csv(env.args().require(name));
  const auto mode = env.args().get(name + "-mode", "");
  if (mode == "append") sink = sink.append();
  if (mode == "overwrite") sink = sink.overwrite();
  if (!env.args().has(name + "-buckets")) return sink;
  return sink.with_bucket_assigner(
      [](const Number& number) { return "bucket-" + std::to_string(number.value % 3); });
}

// Its JobManager dies in its commit, once the file sink's results are there.
struct Written {
  std::int64_t records = 0;
};
class CountingWriter final : public flink::CommittingSinkWriter<Number, Written> {
 public:
  void write(const Number&) override { ++written_.records; }
  void flush(bool) override {}
  std::vector<Written> prepare_commit() override { return {written_}; }

 private:
  Written written_;
};
class DyingCommitter final : public flink::Committer<Written> {
 public:
  explicit DyingCommitter(std::string directory) : directory_(std::move(directory)) {}
  void commit(std::vector<flink::CommitRequest<Written>>&) override {
    for (;;) {
      for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
        if (entry.path().extension() == ".csv") ::_exit(9);
      }
    }
  }

 private:
  std::string directory_;
};
class DyingSink final : public flink::Sink<Number>, public flink::SupportsCommitter<Written> {
 public:
  explicit DyingSink(std::string directory) : directory_(std::move(directory)) {}
  std::unique_ptr<flink::SinkWriter<Number>> create_writer(
      flink::WriterInitContext&) const override {
    return std::make_unique<CountingWriter>();
  }
  std::unique_ptr<flink::Committer<Written>> create_committer(
      flink::SinkJobContext&) const override {
    return std::make_unique<DyingCommitter>(directory_);
  }

 private:
  std::string directory_;
};

}  // namespace

void define_job(flink::StreamExecutionEnvironment& env) {
  using namespace flink;
  const auto rate = env.args().get<double>("rate", 0);
  auto strategy = rate > 0 ? RateLimiterStrategy::per_second(rate) : RateLimiterStrategy::no_op();
  auto numbers =
      env.from_source(DataGeneratorSource([](std::int64_t index) { return Number{index}; },
                                          env.args().get<std::int64_t>("records", 1000), strategy),
                      WatermarkStrategy<Number>::no_watermarks(), "numbers")
          .uid("numbers");
  numbers.sink_to(sink_of(env, "first")).uid("first");
  if (env.args().has("second")) numbers.sink_to(sink_of(env, "second")).uid("second");
  if (env.args().has("dies")) {
    numbers.sink_to(DyingSink{env.args().require("first")}).uid("dies");
  }
  env.execute("Numbers");
}
