// SPDX-License-Identifier: Apache-2.0
// Functions of text. Positions count code points, from 1.
#pragma once

#include <optional>

#include "table/context.h"

namespace flink::table::fn {

using Text = std::string_view;
using MaybeText = std::optional<std::string_view>;

std::int32_t char_length(Text text) noexcept;
Text to_upper(Context& context, Text text);
Text to_lower(Context& context, Text text);
Text initcap(Context& context, Text text);
Text reverse(Context& context, Text text);
Text repeat(Context& context, Text text, std::int32_t count);
Text replace(Context& context, Text text, Text from, Text to);
Text translate(Context& context, Text text, Text from, Text to);
Text concat_two(Context& context, Text a, Text b);
Datum concat(Context& context, std::span<const Datum> parts);
// NULLs are left out; without a separator it is NULL.
Text concat_with(Context& context, Text separator, std::span<const Datum> parts);

// From the end when `from` is negative; a negative length gives NULL.
Text substring(Text text, std::int32_t from) noexcept;
MaybeText substring_for(Text text, std::int32_t from, std::int32_t length) noexcept;
Text left(Text text, std::int32_t length) noexcept;
Text right(Text text, std::int32_t length) noexcept;
Text overlay(Context& context, Text text, Text by, std::int32_t from);
Text overlay_for(Context& context, Text text, Text by, std::int32_t from, std::int32_t length);
MaybeText pad_left(Context& context, Text text, std::int32_t length, Text pad);
MaybeText pad_right(Context& context, Text text, std::int32_t length, Text pad);

Text trim_of(Text where, Text characters, Text text) noexcept;
Text trim_left(Text text) noexcept;
Text trim_right(Text text) noexcept;
Text trim_both(Text text) noexcept;
Text trim_left_of(Text text, Text characters) noexcept;
Text trim_right_of(Text text, Text characters) noexcept;
Text trim_both_of(Text text, Text characters) noexcept;

std::int32_t position(Text part, Text text) noexcept;
std::int32_t position_from(Text part, Text text, std::int32_t from) noexcept;
std::int32_t instr(Text text, Text part) noexcept;
std::int32_t instr_from(Text text, Text part, std::int32_t from) noexcept;
// The n-th; searched backwards when `from` is negative.
std::optional<std::int32_t> instr_nth(Text text, Text part, std::int32_t from,
                                      std::int32_t nth) noexcept;
bool starts_with(Text text, Text part) noexcept;
bool ends_with(Text text, Text part) noexcept;

Datum split(Context& context, Text text, Text separator);
MaybeText split_index(Text text, Text separator, std::int32_t index) noexcept;
MaybeText split_index_of_code(Text text, std::int32_t code, std::int32_t index);
Datum elt(std::int64_t index, std::span<const Datum> values);

std::int32_t ascii(Text text) noexcept;
Text chr(Context& context, std::int64_t code);

bool is_alpha(std::optional<Text> text) noexcept;
bool is_digit(std::optional<Text> text) noexcept;
bool is_decimal(std::optional<Text> text) noexcept;

}  // namespace flink::table::fn
