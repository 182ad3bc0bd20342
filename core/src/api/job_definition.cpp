// SPDX-License-Identifier: Apache-2.0
#include "api/job_definition.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <exception>
#include <utility>

#include "base/exception_text.h"

namespace flink::api {

BuiltStream build_stream(const DefineJob& define_job, StreamExecutionEnvironment::Options options) {
  StreamExecutionEnvironment environment{std::move(options)};
  try {
    define_job(environment);
  } catch (const Error&) {
    throw;
  } catch (...) {
    throw Error{ErrorKind::user, detail::concat("define_job threw: ",
                                                base::exception_text(std::current_exception()))};
  }
  return {environment.graph(), environment.files(), environment.args().placeholders(),
          environment.args().unused()};
}

}  // namespace flink::api
