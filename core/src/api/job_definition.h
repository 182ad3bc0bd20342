// SPDX-License-Identifier: Apache-2.0
// Runs define_job: what a process does to learn the job. The same arguments and files give the same
// graph in every process.
#pragma once

#include <flink/environment.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace flink::api {

using DefineJob = std::function<void(StreamExecutionEnvironment&)>;

struct BuiltStream {
  std::shared_ptr<const StreamGraph> graph;
  std::map<std::string, std::string> files;  // what read_file() gave, by path: to be shipped
  std::set<std::string> placeholders;        // required arguments that were not given (describing)
  std::vector<std::string> unused_arguments;
};

// Throws Error{user} with the text of whatever define_job threw.
BuiltStream build_stream(const DefineJob& define_job, StreamExecutionEnvironment::Options options);

}  // namespace flink::api
