// SPDX-License-Identifier: Apache-2.0
// MD5, SHA-1 and the SHA-2 family, as lower-case hexadecimal text. For telling texts apart, as
// SQL's functions of these names do; nothing secret depends on them here.
#pragma once

#include <string>
#include <string_view>

namespace flink::table::fn {

std::string md5(std::string_view bytes);
std::string sha1(std::string_view bytes);
// 224, 256, 384 or 512 bits; empty for others.
std::string sha2(std::string_view bytes, int bits);

}  // namespace flink::table::fn
