// SPDX-License-Identifier: Apache-2.0
#include "codegen/hints.h"

#include "codegen/diagnostics.h"
#include "flink/base/check.h"

namespace flink::codegen {
namespace {

struct Rule {
  const char* part;    // of g++'s text
  const char* second;  // also there, or nullptr
  const char* what;    // nullptr: g++'s words
  const char* hint;
};

// The first rule that fits wins: narrow ones first.
constexpr Rule rules[] = {
    {"'StreamExecutionEnvironment'", "not declared", nullptr,
     "write #include <flink/flink.h> and using namespace flink; at the top"},
    {"'StreamExecutionEnvironment' was not declared", nullptr, nullptr,
     "write #include <flink/flink.h> and using namespace flink; at the top"},
    {"'StreamExecutionEnvironment' has not been declared", nullptr, nullptr,
     "write #include <flink/flink.h> and using namespace flink; at the top"},
    {"'flink' has not been declared", nullptr, nullptr,
     "write #include <flink/flink.h> at the top"},
    {"'flink' is not a namespace-name", nullptr, nullptr,
     "write #include <flink/flink.h> above it"},
    {"unresolved overloaded function type", nullptr,
     "an overloaded function is passed where one function is needed",
     "write a lambda that calls it: [](const In& in) { return f(in); }"},
    {"couldn't deduce template parameter", nullptr, nullptr,
     "write the type it cannot deduce: flat_map<Out>(f), process<Out>(f)"},
    {"use of deleted function", "std::unique_ptr<",
     "a std::unique_ptr is copied: functions and records are copied for every subtask",
     "write std::shared_ptr, a value, or process(factory(f)) with f making the object"},
    {"No such file or directory", "flink/", nullptr,
     "write #include <flink/flink.h>: it brings everything"},
    {"No such file or directory", nullptr, nullptr,
     "write its directory as -I DIR after flinkc build, or correct the name"},
    {"no match for call to '(", nullptr, nullptr,
     "write the parameter as the type of the stream's records: const T&"},
    {"discards qualifiers", nullptr, nullptr, "write the parameter as const T& or by value"},
    {"binding reference of type", "discards", nullptr,
     "write the parameter as const T& or by value: records are shared"},
    {"is private within this context", nullptr, nullptr,
     "write the members public: a record is a plain aggregate"},
    {"designator order", nullptr, nullptr, "write the fields in the order of their declaration"},
    {"could not convert", nullptr, nullptr, "write a value of the type that is wanted there"},
    {"has no member named 'window'", nullptr,
     "window() is of keyed streams, and this one has no keys",
     "call key_by(&Record::field) first, or window_all() for all records together, in one subtask"},
    {"no matching function for call to", "::from_source(",
     "from_source takes a source, a watermark strategy and a name",
     "write from_source(source, WatermarkStrategy<Record>::no_watermarks(), \"name\")"},
    {"no matching function for call to", nullptr, nullptr,
     "write the arguments as one of its declarations takes them"},
};

std::string first_candidate(const RawDiagnostic& raw) {
  for (const auto& note : raw.notes) {
    if (!note.starts_with("candidate: '")) continue;
    const auto end = note.rfind('\'');
    if (end > 12) return plain_types(note.substr(12, end - 12));
  }
  return "";
}

std::string candidate_reason(const RawDiagnostic& raw) {
  for (const auto& note : raw.notes) {
    if (note.find("candidate expects") != std::string::npos ||
        note.find("no known conversion") != std::string::npos ||
        note.find("couldn't deduce") != std::string::npos) {
      const auto start = note.find_first_not_of(' ');
      return plain_types(note.substr(start == std::string::npos ? 0 : start));
    }
  }
  return "";
}

void erase_all(std::string& text, std::string_view part) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at)) {
    text.erase(at, part.size());
  }
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Removes every "START ... CLOSE" where brackets between are balanced.
void erase_balanced(std::string& text, std::string_view start, char open, char close) {
  for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at)) {
    int depth = 0;
    auto end = at;
    for (; end < text.size(); ++end) {
      if (text[end] == open) ++depth;
      if (text[end] == close && --depth == 0) break;
    }
    text.erase(at, end + 1 - at);
  }
}

}  // namespace

std::string plain_types(std::string_view text) {
  std::string out{text};
  erase_balanced(out, " {aka ", '{', '}');
  erase_all(out, "__cxx11::");
  replace_all(out, "std::basic_string<char, std::char_traits<char>, std::allocator<char> >",
              "std::string");
  replace_all(out, "std::basic_string<char>", "std::string");
  replace_all(out, "std::basic_string_view<char, std::char_traits<char> >", "std::string_view");
  replace_all(out, "std::basic_string_view<char>", "std::string_view");
  erase_balanced(out, ", std::allocator<", '<', '>');
  erase_all(out, "flink::");
  return out;
}

Explanation explain_compiler_error(const RawDiagnostic& raw) {
  Explanation out{plain_types(raw.text), ""};
  for (const auto& rule : rules) {
    if (raw.text.find(rule.part) == std::string::npos) continue;
    if (rule.second != nullptr && raw.text.find(rule.second) == std::string::npos) continue;
    if (rule.what != nullptr) out.what = rule.what;
    out.hint = rule.hint;
    break;
  }
  if (raw.text.starts_with("no matching function for call to") &&
      out.what == plain_types(raw.text)) {
    const auto candidate = first_candidate(raw);
    const auto reason = candidate_reason(raw);
    if (!candidate.empty()) {
      out.hint = detail::concat("its declaration is ", candidate.substr(0, 160),
                                reason.empty() ? "" : "; ", reason.substr(0, 120));
    }
  }
  return out;
}

}  // namespace flink::codegen
