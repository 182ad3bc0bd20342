// SPDX-License-Identifier: Apache-2.0
// StreamExecutionEnvironment: where define_job starts (Flink, "DataStream API"). It is made by the
// runtime, once in every process of the job; define_job must depend on nothing but args() and files
// read through read_file(), and must do nothing but describe the job.
#pragma once

#include <flink/arguments.h>
#include <flink/base/chrono.h>
#include <flink/base/functional.h>
#include <flink/connectors/collection_source.h>
#include <flink/data_stream.h>
#include <flink/endpoints/source_runtime.h>
#include <flink/watermark_strategy.h>

#include <initializer_list>

namespace flink {

// Part of every job's symbols: objects of different versions or sanitizers do not link.
#if defined(__SANITIZE_ADDRESS__)
#define FLINK_ABI abi_1_asan
#elif defined(__SANITIZE_THREAD__)
#define FLINK_ABI abi_1_tsan
#else
#define FLINK_ABI abi_1
#endif

namespace detail {
// What reading from a source gives.
template <class S>
using source_stream =
    std::conditional_t<record_fits<typename S::record_type>(),
                       SingleOutputStreamOperator<typename S::record_type>, PoisonStream>;
}  // namespace detail

// How a job runs (Flink's execution.runtime-mode): everything at once; bounded sources only and
// stage after stage, without checkpoints; or the latter where all sources are bounded.
enum class RuntimeExecutionMode : unsigned char { streaming, batch, automatic };

inline namespace FLINK_ABI {

// What state shows after a failure: each record once, or at least once.
enum class CheckpointingMode : unsigned char { exactly_once, at_least_once };

class StreamExecutionEnvironment {
 public:
  struct Options {
    std::vector<std::string> arguments;
    bool describing = false;
    // Where read_file() gets its bytes.
    std::function<std::string(const std::string& path)> read_file;
  };
  explicit StreamExecutionEnvironment(Options options);
  StreamExecutionEnvironment(const StreamExecutionEnvironment&) = delete;
  StreamExecutionEnvironment& operator=(const StreamExecutionEnvironment&) = delete;

  const Arguments& args() const noexcept { return arguments_; }
  // The content of a file that exists where the job is submitted; shipped to every process.
  std::string read_file(const std::string& path);

  // Defaults for operators that name none. Code comes before -p and configuration, as in Flink.
  StreamExecutionEnvironment& set_parallelism(int parallelism);
  StreamExecutionEnvironment& set_max_parallelism(int max_parallelism);
  StreamExecutionEnvironment& disable_operator_chaining();
  // A checkpoint at that interval (execution.checkpointing.interval, .mode).
  StreamExecutionEnvironment& enable_checkpointing(
      std::chrono::milliseconds interval, CheckpointingMode mode = CheckpointingMode::exactly_once);
  // execution.runtime-mode; --batch on the command line is the usual place.
  StreamExecutionEnvironment& set_runtime_mode(RuntimeExecutionMode mode);
  // Any configuration key, Flink's spelling.
  StreamExecutionEnvironment& configure(std::string key, std::string value);

  // ---- sources

  // A few records; C strings become std::string.
  template <class First, class... Rest>
  auto from_data(First first, Rest... rest) {
    using T = std::conditional_t<std::is_convertible_v<First, const char*>, std::string, First>;
    return from_collection(std::vector<T>{T(std::move(first)), T(std::move(rest))...});
  }
  template <class T>
  auto from_data(std::initializer_list<T> records) {
    using Record = std::conditional_t<std::is_convertible_v<T, const char*>, std::string, T>;
    return from_collection(std::vector<Record>(records.begin(), records.end()));
  }
  template <class T>
  SingleOutputStreamOperator<T> from_collection(std::vector<T> records) {
    return add_source(CollectionSource<T>{std::move(records)}, "Source: Collection Source");
  }
  // first..last, both included.
  SingleOutputStreamOperator<std::int64_t> from_sequence(std::int64_t first, std::int64_t last);
  // Lines of text from a TCP server until it closes; cannot be replayed after a failure.
  SingleOutputStreamOperator<std::string> socket_text_stream(std::string host, std::uint16_t port,
                                                             char delimiter = '\n');
  template <class S, class T>
  auto from_source(S source, WatermarkStrategy<T> strategy, std::string name) {
    static_assert(std::is_same_v<T, typename S::record_type>,
                  "flinkc: the watermark strategy's record type is not the source's: write "
                  "WatermarkStrategy<Record>::no_watermarks() with the source's record type");
    auto stream = add_source(std::move(source), "Source: " + name);
    if constexpr (!std::is_same_v<decltype(stream), detail::PoisonStream>) {
      if (strategy.does_something()) {
        Transformation& source = stream.stream_node().transformation("from_source");
        detail::add_watermarks(source, strategy.plan());
        source.makes_watermarks = strategy.generates();
      }
    }
    return stream;
  }

  // Optional: names the job; comes last.
  void execute(std::string job_name = {});

  // For the runtime.
  std::shared_ptr<StreamGraph> graph() const { return graph_; }
  const std::map<std::string, std::string>& files() const noexcept { return files_; }

 private:
  template <class S>
  detail::source_stream<S> add_source(S source, std::string name) {
    if constexpr (std::is_same_v<detail::source_stream<S>, detail::PoisonStream>) {
      return {};
    } else {
      Transformation t = detail::named(std::move(name));
      detail::install_source(std::make_shared<const S>(std::move(source)), t);
      return detail::source_stream<S>{add(std::move(t))};
    }
  }
  detail::StreamNode add(Transformation transformation);

  Arguments arguments_;
  std::shared_ptr<StreamGraph> graph_;
  std::function<std::string(const std::string&)> reader_;
  std::map<std::string, std::string> files_;
  bool executed_ = false;
};

}  // namespace FLINK_ABI

}  // namespace flink
