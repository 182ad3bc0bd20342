// SPDX-License-Identifier: Apache-2.0
// A job that produces nothing because one of its inputs is quiet: a split of a source of its own
// (--quiet split), or one of two sockets (--quiet socket, --port and --quiet-port).
#include <flink/flink.h>

#include <chrono>
#include <string>

namespace {

using namespace flink;
using namespace std::chrono_literals;

struct Beat {
  std::int64_t key = 0;
  std::int64_t at = 0;
};
struct Strand {
  std::int64_t next = 0;
};

class Nothing : public SplitEnumerator<Strand> {
 public:
  void start() override {}
  void handle_split_request(int) override {}
  void add_splits_back(std::vector<Strand>, int) override {}
  std::vector<Strand> snapshot_state(std::int64_t) override { return {}; }
};

// Each subtask reads the strands "beats" and "silence"; of the second nothing ever comes.
class BeatReader : public SourceReader<Beat, Strand> {
 public:
  explicit BeatReader(SourceReaderContext& context) : context_(context) {}
  void start() override {}
  void add_splits(std::vector<Strand>) override {}
  void notify_no_more_splits() override {}
  InputStatus poll_next(ReaderOutput<Beat>& output) override {
    output.create_output_for_split("silence");
    output.create_output_for_split("beats").collect({next_ % 3, next_ * 100});
    ++next_;
    context_.wake_after(1ms);
    return InputStatus::nothing_available;
  }
  std::vector<Strand> snapshot_state(std::int64_t) override { return {}; }

 private:
  SourceReaderContext& context_;
  std::int64_t next_ = 0;
};

class Beats : public Source<Beat, Strand> {
 public:
  Boundedness boundedness() const override { return Boundedness::continuous_unbounded; }
  std::unique_ptr<SplitEnumerator<Strand>> create_enumerator(
      SplitEnumeratorContext<Strand>&) const override {
    return std::make_unique<Nothing>();
  }
  std::unique_ptr<SourceReader<Beat, Strand>> create_reader(
      SourceReaderContext& context) const override {
    return std::make_unique<BeatReader>(context);
  }
};

WatermarkStrategy<Beat> in_order() {
  return WatermarkStrategy<Beat>::for_monotonous_timestamps().with_timestamp_assigner(&Beat::at);
}

DataStream<Beat> socket(StreamExecutionEnvironment& env, const std::string& argument) {
  return env.socket_text_stream("localhost", env.args().require<std::uint16_t>(argument))
      .map([](std::string_view line) {
        return Beat{0, std::stoll(std::string{line})};
      })
      .assign_timestamps_and_watermarks(in_order())
      .set_parallelism(1)
      .name("stamps of " + argument);
}

}  // namespace

void define_job(StreamExecutionEnvironment& env) {
  const auto beats = env.args().get("quiet", "split") == "split"
                         ? env.from_source(Beats{}, in_order(), "beats")
                         : socket(env, "port").union_with(socket(env, "quiet-port"));
  beats.key_by(&Beat::key)
      .window(TumblingEventTimeWindows::of(1s))
      .max("at")
      .name("latest")
      .print();
  env.execute("Event time");
}
