// SPDX-License-Identifier: Apache-2.0
#include "table/fn/json_query.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "table/fn/json_path.h"
#include "table/fn/utf8.h"

namespace flink::table::fn {

namespace {

enum class Mode : std::uint8_t { strict, lax };

// The path of a call, compiled anew only when its text changes.
class KnownPath {
 public:
  void see(std::string_view text) {
    if (seen_ && text == text_) return;
    seen_ = true;
    text_ = text;
    mode = Mode::strict;
    std::string_view rest = text_;
    while (!rest.empty() && rest.front() > 0 && rest.front() <= ' ') rest.remove_prefix(1);
    for (const auto& [word, its] : {std::pair{"strict", Mode::strict}, {"lax", Mode::lax}}) {
      const std::string_view name = word;
      if (!begins(rest, name)) continue;
      mode = its;
      text = rest.substr(name.size());
      break;
    }
    path = JsonPath::compile(text);
  }
  Mode mode = Mode::strict;
  std::optional<JsonPath> path;

 private:
  // In any case, with a blank behind it.
  static bool begins(std::string_view text, std::string_view word) {
    if (text.size() <= word.size() || text[word.size()] > ' ') return false;
    return std::equal(word.begin(), word.end(), text.begin(),
                      [](char a, char b) { return a == (b | 0x20); });
  }

  std::string text_;
  bool seen_ = false;
};

// What a path leads to: a value, nothing (of a lax path), or an error.
struct Found {
  std::optional<JsonNode> value;
  Mode mode = Mode::strict;
  std::string error = {};
};

Found look(Context& context, const Call& call, std::string_view json, std::string_view text) {
  auto& known = call.state<KnownPath>();
  known.see(text);
  const JsonResult document = parse_json(context.memory(), json);
  const bool lax = known.mode == Mode::lax;
  if (!document.root) {
    if (lax) return {{}, Mode::lax};
    return {{}, Mode::strict, "the text is no JSON: " + std::string{document.why}};
  }
  if (document.root->kind == JsonKind::null) {
    return {{}, known.mode, "the JSON is null, in which no path leads anywhere"};
  }
  const std::string quoted = "the path '" + std::string{text} + "' ";
  if (!known.path) return {{}, known.mode, quoted + "is no JSON path"};
  auto value = known.path->read(context.memory(), *document.root);
  if (!value && lax && !known.path->definite()) value = JsonNode::array(context.memory(), {});
  if (value && value->kind == JsonKind::null) {
    if (!lax) return {{}, Mode::strict, quoted + "leads to null"};
    value.reset();
  }
  if (!value && !lax) return {{}, Mode::strict, quoted + "leads to nothing"};
  return {value, known.mode};
}

std::string_view copied(Context& context, const JsonNode& node) {
  std::string text;
  append_json(text, node);
  return context.memory().copy(text);
}

// A scalar as the type of RETURNING; what the type does not take fails.
Datum returned(Context& context, const Call& call, const JsonNode& value) {
  std::string text;
  append_json_scalar(text, value);
  const LogicalType& type = call.result;
  switch (type.root()) {
    case TypeRoot::boolean:
      if (value.kind == JsonKind::boolean) return Datum{value.flag};
      break;
    case TypeRoot::integer: {
      std::int32_t number = 0;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
      if (value.is_integer() && read.ec == std::errc{}) return Datum{number};
      break;
    }
    case TypeRoot::double_:
      // Flink takes no integers here.
      if (value.kind == JsonKind::number && !value.is_integer()) {
        return Datum{std::strtod(text.c_str(), nullptr)};
      }
      break;
    default:
      return Datum{context.memory().copy(text)};
  }
  context.fail("JSON_VALUE: " + text + " is no " + type.with_nullable(true).summary() +
               (type.is(TypeRoot::double_) ? " (a number without a point is none either)" : "") +
               "; without RETURNING it is text");
  return {};
}

Datum array_of_text(Context& context, const JsonNode& array) {
  Datum* out = context.memory().array<Datum>(array.count);
  for (std::size_t i = 0; i < array.count; ++i) {
    const JsonNode& item = array.items[i];
    std::string text;
    append_json_scalar(text, item);
    out[i] = item.kind == JsonKind::null ? Datum{} : Datum{context.memory().copy(text)};
  }
  return Datum{Nested{out, array.count}};
}

Datum fixed(Context& context, const Call& call, std::string_view behavior,
            const std::string& error) {
  if (behavior == "ERROR") {
    context.fail("JSON_QUERY: " + error);
    return {};
  }
  if (behavior == "NULL") return {};
  if (call.result.is(TypeRoot::array)) return Datum{Nested{nullptr, 0}};
  return Datum{std::string_view{behavior == "EMPTY ARRAY" ? "[]" : "{}"}};
}

}  // namespace

std::optional<bool> json_exists(Context& context, const Call& call, std::string_view json,
                                std::string_view path, std::string_view on_error) {
  const Found found = look(context, call, json, path);
  if (found.error.empty()) return found.value.has_value();
  if (on_error == "ERROR") return context.fail("JSON_EXISTS: " + found.error);
  if (on_error == "UNKNOWN") return {};
  return on_error == "TRUE";
}

Datum json_value(Context& context, const Call& call, Any json, Any path, Any on_empty, Any on_error,
                 Datum if_empty, Datum if_error) {
  Found found = look(context, call, json.text(), path.text());
  if (found.error.empty()) {
    if (found.value && found.value->is_scalar()) return returned(context, call, *found.value);
    if (found.mode == Mode::lax) {
      if (on_empty.text() != "ERROR") return if_empty;
      context.fail("JSON_VALUE: the path '" + std::string{path.text()} + "' leads to no scalar");
      return {};
    }
    found.error = "the path '" + std::string{path.text()} + "' leads to an array or an object";
  }
  if (on_error.text() != "ERROR") return if_error;
  context.fail("JSON_VALUE: " + found.error);
  return {};
}

Datum json_query(Context& context, const Call& call, Any json, Any path, Any wrapper, Any on_empty,
                 Any on_error) {
  Found found = look(context, call, json.text(), path.text());
  if (!found.error.empty()) return fixed(context, call, on_error.text(), found.error);
  const std::string_view wrap = wrapper.text();
  if (found.value && (wrap == "UNCONDITIONAL" ||
                      (wrap == "CONDITIONAL" && found.value->kind != JsonKind::array))) {
    found.value = JsonNode::array(context.memory(), {&*found.value, 1});
  }
  const std::string where = "the path '" + std::string{path.text()} + "' leads to ";
  if (!found.value || found.value->is_scalar()) {
    const bool empty = found.mode == Mode::lax;
    return fixed(context, call, empty ? on_empty.text() : on_error.text(),
                 where + (found.value ? "a scalar; WITH WRAPPER makes an array of it" : "nothing"));
  }
  if (!call.result.is(TypeRoot::array)) return Datum{copied(context, *found.value)};
  if (found.value->kind == JsonKind::array) return array_of_text(context, *found.value);
  return fixed(context, call, on_error.text(), where + "an object, which is no ARRAY");
}

namespace {

const JsonNode* parsed(Context& context, std::optional<std::string_view> text) {
  return text ? parse_json(context.memory(), *text).root : nullptr;
}

bool has_kind(Context& context, std::optional<std::string_view> text, JsonKind kind) {
  const JsonNode* root = parsed(context, text);
  return root && root->kind == kind;
}

}  // namespace

bool is_json(Context& context, std::optional<std::string_view> text) {
  return parsed(context, text) != nullptr;
}
bool is_json_object(Context& context, std::optional<std::string_view> text) {
  return has_kind(context, text, JsonKind::object);
}
bool is_json_array(Context& context, std::optional<std::string_view> text) {
  return has_kind(context, text, JsonKind::array);
}
bool is_json_scalar(Context& context, std::optional<std::string_view> text) {
  const JsonNode* root = parsed(context, text);
  return root && root->is_scalar();
}

std::string_view json_quote(Context& context, std::string_view text) {
  static constexpr std::string_view escaped = "\"\\/\b\f\n\r\t", letters = "\"\\/bfnrt";
  std::string out = "\"";
  char code[24];
  for (std::size_t at = 0; at < text.size(); at += bytes_of_point(text, at)) {
    const char32_t point = point_at(text, at);
    const auto found = point < 0x80 ? escaped.find(static_cast<char>(point)) : escaped.npos;
    if (found != escaped.npos) {
      out += '\\';
      out += letters[found];
    } else if (point < 0x80) {
      out += static_cast<char>(point);
    } else if (point < 0x10000) {
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(point));
      out += code;
    } else {
      // As Flink writes it: the code point, and the second half of its pair.
      std::snprintf(code, sizeof code, "\\u%04x\\u%04x", static_cast<unsigned>(point),
                    static_cast<unsigned>(0xdc00 + (point & 0x3ff)));
      out += code;
    }
  }
  return context.memory().copy(out + "\"");
}

std::string_view json_unquote(Context& context, std::string_view text) {
  const JsonNode* root = parsed(context, text);
  if (!root || text.size() < 2) return root ? "" : text;
  // Whatever it is, its first and its last character go, as in Flink.
  if (root->kind == JsonKind::string && text.front() == '"' && text.back() == '"') {
    return root->text;
  }
  return text.substr(1, text.size() - 2);
}

std::optional<std::string_view> json_text(Context& context, std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
  const JsonResult result = parse_json(context.memory(), text);
  if (!result.root) {
    return context.fail("JSON: the text is no JSON: " + std::string{result.why});
  }
  return copied(context, *result.root);
}

}  // namespace flink::table::fn
