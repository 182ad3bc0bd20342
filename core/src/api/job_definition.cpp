// SPDX-License-Identifier: Apache-2.0
#include "api/job_definition.h"

#include <flink/error.h>

#include <utility>

namespace flink::api {

BuiltStream build_stream(DefineJob define_job, StreamExecutionEnvironment::Options options) {
  StreamExecutionEnvironment environment{std::move(options)};
  try {
    define_job(environment);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    throw Error{ErrorKind::user, std::string{"define_job threw: "} + e.what()};
  } catch (...) {
    throw Error{ErrorKind::user, "define_job threw something that is no std::exception"};
  }
  return {environment.graph(), environment.files(), environment.args().placeholders(),
          environment.args().unused()};
}

}  // namespace flink::api
