// SPDX-License-Identifier: Apache-2.0
// LIKE by itself; SIMILAR TO and Java's regular expressions by PCRE2, whose syntax is nearly
// Java's.
#pragma once

#include <optional>

#include "table/context.h"

namespace flink::table::fn {

using Text = std::string_view;
using MaybeText = std::optional<std::string_view>;

bool like(Text text, Text pattern) noexcept;
// Behind the escape character % and _ are themselves, as it is; nothing else may follow it.
std::optional<bool> like_escaped(Context& context, Text text, Text pattern, Text escape);
std::optional<bool> similar(Context& context, const Call& call, Text text, Text pattern);
std::optional<bool> similar_escaped(Context& context, const Call& call, Text text, Text pattern,
                                    Text escape);

// A pattern that is none gives NULL or FALSE, as in Flink.
bool regexp(const Call& call, Text text, Text pattern);
MaybeText regexp_replace(Context& context, const Call& call, Text text, Text pattern, Text by);
MaybeText regexp_extract(const Call& call, Text text, Text pattern, std::int32_t group);
MaybeText regexp_extract_whole(const Call& call, Text text, Text pattern);
Datum regexp_extract_all(Context& context, const Call& call, Any text, Any pattern, Any group);
std::optional<std::int32_t> regexp_count(const Call& call, Text text, Text pattern);
std::optional<std::int32_t> regexp_instr(const Call& call, Text text, Text pattern);
MaybeText regexp_substr(const Call& call, Text text, Text pattern);
Datum text_to_map(Context& context, const Call& call, Any text, Any between, Any within);

}  // namespace flink::table::fn
