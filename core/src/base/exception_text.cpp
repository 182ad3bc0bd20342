// SPDX-License-Identifier: Apache-2.0
#include "base/exception_text.h"

#include <cxxabi.h>
#include <flink/base/check.h>
#include <flink/error.h>

#include <cstdlib>
#include <memory>
#include <string_view>
#include <typeinfo>

namespace flink::base {
namespace {

void cut_all(std::string& text, std::string_view part) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at)) {
    text.erase(at, part.size());
  }
}

std::string name_of(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> demangled{
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free};
  std::string name = status == 0 ? demangled.get() : type.name();
  if (name == "std::__ios_failure") return "std::ios_base::failure";
  for (const auto* part : {"__cxx11::", "[abi:cxx11]", "(anonymous namespace)::"}) {
    cut_all(name, part);
  }
  return name;
}

}  // namespace

std::string exception_text(const std::exception& exception) {
  if (const auto* error = dynamic_cast<const Error*>(&exception)) return error->message();
  const std::string name = name_of(typeid(exception));
  const std::string_view what = exception.what();
  return what.empty() || what == name ? name : detail::concat(name, ": ", what);
}

std::string exception_text(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& known) {
    return exception_text(known);
  } catch (...) {
    const auto* type = abi::__cxa_current_exception_type();
    return detail::concat("something that is no std::exception",
                          type == nullptr ? "" : detail::concat(" but of type ", name_of(*type)));
  }
}

}  // namespace flink::base
