// SPDX-License-Identifier: Apache-2.0
// Numbers into a sink whose committables are alike: each says only how many records it is of. Its
// commits fail until the file --open is there; each try leaves a line in --tries.
#include <flink/flink.h>
#include <flink/sink.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

struct Staged {
  std::int64_t records = 0;
};

struct Files {
  std::string open, tries, total;
};

class StagingWriter final : public flink::CommittingSinkWriter<std::int64_t, Staged> {
 public:
  void write(const std::int64_t&) override { ++records_; }
  void flush(bool) override {}
  std::vector<Staged> prepare_commit() override {
    std::vector<Staged> staged;
    for (; records_ >= piece; records_ -= piece) staged.push_back({piece});
    if (records_ > 0) staged.push_back({std::exchange(records_, 0)});
    return staged;
  }

 private:
  static constexpr std::int64_t piece = 10;
  std::int64_t records_ = 0;
};

class CountingCommitter final : public flink::Committer<Staged> {
 public:
  explicit CountingCommitter(Files files) : files_(std::move(files)) {}
  void commit(std::vector<flink::CommitRequest<Staged>>& requests) override {
    std::ofstream{files_.tries, std::ios::app} << requests.size() << "\n";
    const bool open = std::filesystem::exists(files_.open);
    for (auto& request : requests) {
      if (open) std::ofstream{files_.total, std::ios::app} << request.committable().records << "\n";
      else request.retry_later("the store is closed");
    }
  }

 private:
  Files files_;
};

class CountingSink final : public flink::Sink<std::int64_t>,
                           public flink::SupportsCommitter<Staged> {
 public:
  explicit CountingSink(Files files) : files_(std::move(files)) {}
  std::unique_ptr<flink::SinkWriter<std::int64_t>> create_writer(
      flink::WriterInitContext&) const override {
    return std::make_unique<StagingWriter>();
  }
  std::unique_ptr<flink::Committer<Staged>> create_committer(
      flink::SinkJobContext&) const override {
    return std::make_unique<CountingCommitter>(files_);
  }

 private:
  Files files_;
};

}  // namespace

void define_job(flink::StreamExecutionEnvironment& env) {
  using namespace std::chrono_literals;
  const auto& args = env.args();
  const bool slow = args.has("slow");
  env.from_sequence(1, args.get<std::int64_t>("records", 1000))
      .uid("numbers")
      .rebalance()
      .map([slow](const std::int64_t& number) {
        if (slow) std::this_thread::sleep_for(2ms);
        return number;
      })
      .uid("slow")
      .rebalance()
      .sink_to(CountingSink{{args.require("open"), args.require("tries"), args.require("total")}})
      .uid("counting");
  env.execute("Commits");
}
