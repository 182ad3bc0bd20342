// SPDX-License-Identifier: Apache-2.0
// Not a fuzzer of ours but a decoder with a fault planted into it, which canary.sh expects to be
// found. A message is "CN" version length bytes; no seed has the version with the fault.
#include <flink/error.h>

#include "fuzz/fuzz.h"

namespace flink::fuzz {
namespace {

enum Fault { over_read, endless, greedy };

std::string decode(std::string_view in) {
  const auto refuse = [](const char* why) { throw Error{ErrorKind::user, why}; };
  if (in.size() < 4 || !in.starts_with("CN")) refuse("no message");
  const bool fault = in[2] == 2;
  const std::size_t length = static_cast<unsigned char>(in[3]);
  in.remove_prefix(4);
  // Off by one: a message that lacks its last byte is taken for whole.
  if (length > in.size() + (fault ? 1 : 0)) refuse("cut short");
  std::string out;
  for (std::size_t i = 0; i < length; ++i) {
    if (i < in.size()) {
      out += in[i];
    } else if constexpr (PLANTED == endless) {
      for (volatile bool forever = true; forever;) forever = true;
    } else if constexpr (PLANTED == greedy) {
      out.reserve(std::size_t{4} << 30);
    } else {
      out += in.at(i);
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> seeds() {
  return {std::string("CN\1\5hello", 9), std::string("CN\1\0", 4), std::string("CN\4\3abcdef", 10)};
}

void run(std::string_view input) { decode(input); }

}  // namespace flink::fuzz
