// SPDX-License-Identifier: Apache-2.0
#include "codegen/library_messages.h"

#include <cstdlib>

#include "base/text.h"
#include "codegen/diagnostics.h"
#include "codegen/files.h"
#include "codegen/hints.h"
#include "codegen/source_index.h"
#include "flink/base/check.h"

namespace flink::codegen {
namespace {

constexpr std::string_view assertion_prefix = "static assertion failed: ";
constexpr std::string_view our_prefix = "flinkc: ";

std::string_view library_text(const RawDiagnostic& raw) {
  std::string_view text = raw.text;
  if (text.starts_with(assertion_prefix)) text.remove_prefix(assertion_prefix.size());
  if (!text.starts_with(our_prefix)) return {};
  return text.substr(our_prefix.size());
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The library's texts say Record for the type of the stream's records.
void name_the_record(std::string& text, const std::string& type) {
  constexpr std::string_view record_words = "Record";
  constexpr std::string_view then_words = " with the stream's record type";
  if (type.empty() || type.size() > 60) return;
  bool named = false;
  for (auto at = text.find(record_words); at != std::string::npos;
       at = text.find(record_words, at)) {
    const bool begins = at == 0 || !is_word_byte(text[at - 1]);
    const auto end = at + record_words.size();
    if (!begins || (end < text.size() && is_word_byte(text[end]))) {
      at = end;
      continue;
    }
    text.replace(at, record_words.size(), type);
    at += type.size();
    named = true;
  }
  const auto then = text.find(then_words);
  if (named && then != std::string::npos) text.erase(then, then_words.size());
}

void move_to(Message& message, const Place& place) {
  if (place.line == 0) return;
  message.location.line = place.line;
  message.location.column = place.column;
}

// Checks of records say which field is meant in the type they fail in: SomeField<Owner, 2>.
void name_the_field(const RawDiagnostic& raw, const std::string& source, Message& message) {
  constexpr std::string_view field_words = "a record field";
  constexpr std::string_view record_words = "a record";
  const bool of_field = message.what.starts_with(field_words);
  if (!of_field && !message.what.starts_with("a record has")) return;
  const auto close = raw.context.rfind(">'");
  const auto comma = raw.context.rfind(", ", close);
  const auto open = raw.context.find('<');
  if (close == std::string::npos || comma == std::string::npos || open > comma) return;
  const auto owner = plain_types(std::string_view{raw.context}.substr(open + 1, comma - open - 1));
  const int index = std::atoi(raw.context.c_str() + comma + 2);
  if (!of_field || index < 0) {
    move_to(message, find_struct(source, owner));
    message.what.replace(0, of_field ? field_words.size() : record_words.size(), owner);
    return;
  }
  const auto field = find_field(source, owner, index);
  move_to(message, field);
  message.what.replace(0, field_words.size(),
                       field.name.empty()
                           ? detail::concat("field ", index + 1, " of ", owner)
                           : detail::concat("the field '", field.name, "' of ", owner));
}

// A hook of another spelling: the message stands at the hook itself.
void find_the_hook(const RawDiagnostic& raw, const std::string& source, Message& message) {
  const auto function = plain_types(template_argument(raw.context, "F"));
  const bool of_shape = message.what.find("has the wrong shape") != std::string::npos;
  for (const char* name : {"processElement", "onTimer", "on_timer", "initializeState",
                           "snapshotState", "notifyCheckpointComplete"}) {
    if (message.what.starts_with(name)) move_to(message, find_method(source, function, name));
  }
  for (const char* name : {"process_element", "open", "initialize_state", "snapshot_state",
                           "notify_checkpoint_complete"}) {
    if (of_shape && message.what.starts_with(name)) {
      move_to(message, find_method(source, function, name));
    }
  }
  if (message.what.find("none of that name was found") == std::string::npos) return;
  const auto wanted = message.what.find("void process_element");
  const auto end = message.what.find(';', wanted);
  for (const auto& method : find_methods(source, function)) {
    if (base::edit_distance(method.name, "process_element") > 4) continue;
    move_to(message, method);
    if (wanted != std::string::npos) {
      message.hint = "write " + message.what.substr(wanted, end - wanted);
    }
    message.what = detail::concat(function, " has no process_element; is it '", method.name, "'?");
    return;
  }
}

}  // namespace

bool is_library_message(const RawDiagnostic& raw) { return !library_text(raw).empty(); }

Message library_message(const RawDiagnostic& raw, const Location& at) {
  const auto text = library_text(raw);
  const auto split = text.find(": ");
  Message out{Severity::error, at, std::string{text.substr(0, split)}, ""};
  if (split != std::string_view::npos) out.hint = text.substr(split + 2);
  const auto record = plain_types(template_argument(raw.context, "T"));
  name_the_record(out.what, record);
  name_the_record(out.hint, record);
  const auto source = try_read_file(at.file).value_or("");
  name_the_field(raw, source, out);
  find_the_hook(raw, source, out);
  return out;
}

std::string template_argument(std::string_view context, std::string_view parameter) {
  const auto with = context.rfind("[with ");
  if (with == std::string_view::npos) return "";
  auto rest = context.substr(with + 6);
  while (!rest.empty()) {
    int depth = 0;
    std::size_t end = 0;
    for (; end < rest.size(); ++end) {
      const char c = rest[end];
      if (c == '<' || c == '(' || c == '[' || c == '{') ++depth;
      if (c == '>' && end > 0 && rest[end - 1] == '-') continue;
      if ((c == '>' || c == ')' || c == ']' || c == '}') && --depth < 0) break;
      if (c == ';' && depth == 0) break;
    }
    const auto one = rest.substr(0, end);
    const auto equals = one.find(" = ");
    if (equals != std::string_view::npos && one.substr(0, equals) == parameter) {
      return std::string{one.substr(equals + 3)};
    }
    if (end >= rest.size() || rest[end] != ';') break;
    rest.remove_prefix(end + 1);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
  }
  return "";
}

}  // namespace flink::codegen
