// SPDX-License-Identifier: Apache-2.0
// What was thrown, as text for those who look for the place: our own errors are sentences and stand
// for themselves; of other exceptions what() alone may say as little as "stoll", so their type
// leads.
#pragma once

#include <exception>
#include <string>

namespace flink::base {

std::string exception_text(const std::exception& exception);
std::string exception_text(const std::exception_ptr& exception);  // whatever was thrown

}  // namespace flink::base
