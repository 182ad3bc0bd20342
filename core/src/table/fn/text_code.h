// SPDX-License-Identifier: Apache-2.0
// Text in other forms: base 64, character sets, URLs, addresses, printf.
#pragma once

#include <optional>

#include "table/context.h"

namespace flink::table::fn {

using Text = std::string_view;
using MaybeText = std::optional<std::string_view>;

Text to_base64(Context& context, Text bytes);
MaybeText from_base64(Context& context, Text text);
MaybeText encode(Context& context, Text text, Text charset);
MaybeText decode(Context& context, Text bytes, Text charset);
Text url_encode(Context& context, Text text);
MaybeText url_decode(Context& context, Text text);
// HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY, USERINFO.
MaybeText parse_url(Text url, Text part);
MaybeText parse_url_key(Context& context, Text url, Text part, Text key);
std::optional<std::int64_t> inet_aton(Text address);
MaybeText inet_ntoa(Context& context, std::int64_t address);
MaybeText printf_text(Context& context, const Call& call, Text format,
                      std::span<const Datum> values);

}  // namespace flink::table::fn
