// SPDX-License-Identifier: Apache-2.0
#include <flink/environment.h>
#include <flink/error.h>

#include <utility>

namespace flink {
inline namespace FLINK_ABI {

StreamExecutionEnvironment::StreamExecutionEnvironment(Options options)
    : arguments_(options.arguments, options.describing),
      graph_(std::make_shared<StreamGraph>()),
      reader_(std::move(options.read_file)) {}

std::string StreamExecutionEnvironment::read_file(const std::string& path) {
  auto [place, fresh] = files_.try_emplace(path);
  if (fresh) place->second = reader_(path);
  return place->second;
}

StreamExecutionEnvironment& StreamExecutionEnvironment::set_parallelism(int parallelism) {
  if (parallelism < 1) {
    throw Error{ErrorKind::user, "env.set_parallelism(" + std::to_string(parallelism) +
                                     "): the parallelism is at least 1"};
  }
  graph_->parallelism = parallelism;
  return *this;
}

StreamExecutionEnvironment& StreamExecutionEnvironment::set_max_parallelism(int max_parallelism) {
  if (max_parallelism < 1 || max_parallelism > 32768) {
    throw Error{ErrorKind::user, "env.set_max_parallelism(" + std::to_string(max_parallelism) +
                                     "): it is between 1 and 32768"};
  }
  graph_->max_parallelism = max_parallelism;
  return *this;
}

StreamExecutionEnvironment& StreamExecutionEnvironment::disable_operator_chaining() {
  return configure("pipeline.operator-chaining.enabled", "false");
}

StreamExecutionEnvironment& StreamExecutionEnvironment::enable_checkpointing(
    std::chrono::milliseconds interval, CheckpointingMode mode) {
  if (interval.count() < 1) {
    throw Error{ErrorKind::user, "env.enable_checkpointing(): the interval is at least 1 ms"};
  }
  configure("execution.checkpointing.interval", std::to_string(interval.count()) + " ms");
  return configure("execution.checkpointing.mode",
                   mode == CheckpointingMode::exactly_once ? "EXACTLY_ONCE" : "AT_LEAST_ONCE");
}

StreamExecutionEnvironment& StreamExecutionEnvironment::set_runtime_mode(
    RuntimeExecutionMode mode) {
  return configure("execution.runtime-mode", mode == RuntimeExecutionMode::batch ? "BATCH"
                                             : mode == RuntimeExecutionMode::automatic
                                                 ? "AUTOMATIC"
                                                 : "STREAMING");
}

StreamExecutionEnvironment& StreamExecutionEnvironment::configure(std::string key,
                                                                  std::string value) {
  graph_->configuration.emplace_back(std::move(key), std::move(value));
  return *this;
}

void StreamExecutionEnvironment::execute(std::string job_name) {
  if (executed_) {
    throw Error{ErrorKind::user, "env.execute() was called twice; an executable holds one job"};
  }
  executed_ = true;
  if (!job_name.empty()) graph_->job_name = std::move(job_name);
}

detail::StreamNode StreamExecutionEnvironment::add(Transformation transformation) {
  if (executed_) {
    throw Error{ErrorKind::user, "\"" + transformation.name +
                                     "\" was added after env.execute(), which must come last"};
  }
  const RecordType* type = transformation.output_type;
  graph_->transformations.push_back(std::move(transformation));
  return detail::StreamNode{graph_, static_cast<int>(graph_->transformations.size()) - 1, type};
}

}  // namespace FLINK_ABI
}  // namespace flink
