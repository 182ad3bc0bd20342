// SPDX-License-Identifier: Apache-2.0
// Types as text: readable names out of the compiler's, and the untyped pieces of schemas.
#include <flink/base/check.h>
#include <flink/types/reflect.h>
#include <flink/types/schema.h>

namespace flink::detail {

namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Cuts ", std::allocator<…>" and the like: template arguments that only have their defaults.
void cut_argument(std::string& text, std::string_view opening) {
  for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
    std::size_t end = at + opening.size();
    for (int depth = 1; depth > 0 && end < text.size(); ++end) {
      depth += text[end] == '<' ? 1 : text[end] == '>' ? -1 : 0;
    }
    while (end < text.size() && text[end] == ' ') ++end;  // "> >"
    text.erase(at, end - at);
  }
}

// Cuts qualifiers: "my::shop::Order" becomes "Order", also "main()::Order".
void cut_scopes(std::string& text) {
  for (std::size_t at = text.find("::"); at != std::string::npos; at = text.find("::")) {
    std::size_t start = at;
    while (start > 0) {
      const char before = text[start - 1];
      if (before == ')' || before == '}' || before == '>') {
        const char close = before;
        const char open = close == ')' ? '(' : close == '}' ? '{' : '<';
        int depth = 0;
        do {
          --start;
          depth += text[start] == close ? 1 : text[start] == open ? -1 : 0;
        } while (start > 0 && depth > 0);
      } else if (is_word(before) || before == ':') {
        --start;
      } else {
        break;
      }
    }
    text.erase(start, at + 2 - start);
  }
}

}  // namespace

// "consteval std::string_view flink::detail::type_signature() [with T = …; std::string_view = …]"
std::string clean_type_name(std::string_view signature) {
  constexpr std::string_view before = "[with T = ";
  const std::size_t start = signature.find(before);
  FLINK_CHECK(start != std::string_view::npos, signature);
  signature.remove_prefix(start + before.size());
  std::string text{signature.substr(0, signature.rfind("; std::string_view = "))};
  replace_all(text, "std::__cxx11::", "std::");
  cut_argument(text, ", std::char_traits<");
  cut_argument(text, ", std::allocator<");
  replace_all(text, "std::basic_string<char>", "std::string");
  replace_all(text, "std::basic_string_view<char>", "std::string_view");
  cut_argument(text, ", std::less<");
  cut_argument(text, ", std::hash<");
  cut_argument(text, ", std::equal_to<");
  replace_all(text, "long long int", "int64");
  replace_all(text, "long unsigned int", "uint64");
  replace_all(text, "long int", "int64");
  cut_scopes(text);
  replace_all(text, "> >", ">>");
  replace_all(text, " >", ">");
  return text;
}

void append_integer_schema(std::string& out, std::size_t bytes, bool is_signed) {
  out += is_signed ? 'i' : 'u';
  out += std::to_string(bytes * 8);
}

void append_period_schema(std::string& out, std::int64_t num, std::int64_t den) {
  out += concat(",", num, "/", den, ">");
}

void append_field_schema(std::string& out, std::string_view name, std::size_t index) {
  if (index > 0) out += ',';
  out += name;
  out += ':';
}

bool append_schema_cut(std::string& out, const void* type, const SchemaPath* path) {
  int distance = 1;
  for (; path != nullptr; path = path->outer, ++distance) {
    if (path->type == type) {
      out += concat("^", distance);
      return true;
    }
  }
  return false;
}

}  // namespace flink::detail
