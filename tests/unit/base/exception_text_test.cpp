// SPDX-License-Identifier: Apache-2.0
#include "base/exception_text.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace flink::base {
namespace {

struct Silent : std::exception {
  const char* what() const noexcept override { return ""; }
};
struct Odd : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Case {
  void (*thrown)();
  const char* text;
};

TEST_CASE("the type of an exception leads its text, unless that is a sentence of ours") {
  const std::vector<Case> cases{
      {[] { (void)std::stoll("x"); }, "std::invalid_argument: stoll"},
      {[] { throw std::bad_alloc(); }, "std::bad_alloc"},
      {[] { throw Error(ErrorKind::user, "what, where, why"); }, "what, where, why"},
      {[] { throw Silent(); }, "flink::base::Silent"},
      {[] { throw Odd("no price"); }, "flink::base::Odd: no price"},
      {[] { throw std::ios_base::failure("closed"); },
       "std::ios_base::failure: closed: iostream error"},
      {[] { (void)std::filesystem::file_size("/no/such"); },
       "std::filesystem::filesystem_error: filesystem error: cannot get file size: "
       "No such file or directory [/no/such]"},
      {[] { throw 7; }, "something that is no std::exception but of type int"},
      {[] { throw std::string("x"); },
       "something that is no std::exception but of type std::basic_string<char, "
       "std::char_traits<char>, "
       "std::allocator<char> >"},
  };
  for (const auto& row : cases) {
    try {
      row.thrown();
      FAIL(row.text);
    } catch (...) {
      CHECK(exception_text(std::current_exception()) == row.text);
    }
  }
}

}  // namespace
}  // namespace flink::base
