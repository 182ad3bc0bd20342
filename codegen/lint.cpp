// SPDX-License-Identifier: Apache-2.0
#include "codegen/lint.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "codegen/lexer.h"
#include "flink/base/check.h"

namespace flink::codegen {
namespace {

using Tokens = std::vector<Token>;

// Member functions that keep the function they are given for later.
constexpr auto operator_spellings = std::to_array<std::string_view>(
    {"map", "flat_map", "filter", "key_by", "process", "reduce", "aggregate", "apply", "sink_to",
     "from_source", "with_timestamp_assigner", "partition_custom"});

bool is_operator_name(std::string_view name) {
  return std::find(operator_spellings.begin(), operator_spellings.end(), name) !=
         operator_spellings.end();
}

// A '[' that starts a lambda: not a subscript, not an attribute.
bool starts_lambda(const Tokens& tokens, std::size_t i) {
  if (!tokens[i].is("[")) return false;
  if (i + 1 < tokens.size() && tokens[i + 1].is("[")) return false;
  if (i == 0) return true;
  const auto& before = tokens[i - 1];
  if (before.is("return")) return true;
  if (before.kind != TokenKind::punctuator) return false;
  return !before.is(")") && !before.is("]") && !before.is("}") && !before.is("[");
}

// The first by-reference capture within a lambda's brackets, or nullptr.
const Token* reference_capture(const Tokens& tokens, std::size_t open) {
  const auto close = closing(tokens, open);
  for (std::size_t i = open + 1; i < close; ++i) {
    const bool starts_capture = tokens[i - 1].is("[") || tokens[i - 1].is(",");
    if (starts_capture && tokens[i].is("&")) return &tokens[i];
    if (tokens[i].is("(") || tokens[i].is("{")) i = closing(tokens, i);
  }
  return nullptr;
}

// The index after a lambda's body: it runs later, so what happens in there is its own business.
std::size_t after_lambda(const Tokens& tokens, std::size_t open) {
  std::size_t i = closing(tokens, open) + 1;
  while (i < tokens.size() && !tokens[i].is("{")) {
    if (tokens[i].is("(")) i = closing(tokens, i);
    else if (tokens[i].is(";") || tokens[i].is(")") || tokens[i].is(",")) return i;
    ++i;
  }
  return i < tokens.size() ? closing(tokens, i) + 1 : i;
}

class CaptureLint {
 public:
  CaptureLint(const SourceText& source, const Tokens& tokens) : source_(source), tokens_(tokens) {}

  std::vector<Message> run() {
    find_named_lambdas();
    scan(0, tokens_.size());
    return std::move(out_);
  }

 private:
  // auto f = [&] ...: the name is followed to the operator that gets it.
  void find_named_lambdas() {
    for (std::size_t i = 2; i < tokens_.size(); ++i) {
      if (!tokens_[i - 1].is("=") || tokens_[i - 2].kind != TokenKind::identifier) continue;
      if (!starts_lambda(tokens_, i)) continue;
      if (const Token* capture = reference_capture(tokens_, i)) {
        named_[tokens_[i - 2].text] = capture;
      }
    }
  }

  // Looks for operator calls in [begin, end).
  void scan(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (i == 0 || !(tokens_[i - 1].is(".") || tokens_[i - 1].is("->"))) continue;
      if (!is_operator_name(tokens_[i].text)) continue;
      auto open = i + 1;
      if (open < end && tokens_[open].is("<")) {  // process<Out>(...)
        while (open < end && !tokens_[open].is("(") && !tokens_[open].is(";")) ++open;
      }
      if (open >= end || !tokens_[open].is("(")) continue;
      const auto close = closing(tokens_, open);
      arguments(tokens_[i].text, open, close);
      i = close;
    }
  }

  void arguments(std::string_view name, std::size_t open, std::size_t close) {
    for (std::size_t i = open + 1; i < close; ++i) {
      if (starts_lambda(tokens_, i)) {
        if (const Token* capture = reference_capture(tokens_, i)) report(name, *capture);
        i = after_lambda(tokens_, i) - 1;
        continue;
      }
      const bool whole = (tokens_[i - 1].is("(") || tokens_[i - 1].is(",")) && i + 1 <= close &&
                         (tokens_[i + 1].is(")") || tokens_[i + 1].is(","));
      const auto named = named_.find(tokens_[i].text);
      if (whole && tokens_[i].kind == TokenKind::identifier && named != named_.end()) {
        report(name, *named->second);
      }
    }
  }

  void report(std::string_view name, const Token& capture) {
    const auto begin = source_.text.rfind('\n', capture.offset) + 1;
    const auto line = std::string_view{source_.text}.substr(
        begin, source_.text.find('\n', capture.offset) - begin);
    if (line.find("flinkc: by-reference-ok") != std::string_view::npos) return;
    const auto index = static_cast<std::size_t>(&capture - tokens_.data());
    const bool named =
        index + 1 < tokens_.size() && tokens_[index + 1].kind == TokenKind::identifier;
    const std::string variable = named ? std::string{tokens_[index + 1].text} : "";
    out_.push_back(
        {Severity::error,
         {source_.path.string(), capture.line, capture.column},
         named ? detail::concat(name, "(): the lambda captures '", variable,
                                "' by reference, but runs after define_job has returned")
               : detail::concat(name, "(): the lambda captures by reference, but runs after ",
                                "define_job has returned"),
         named ? detail::concat("write [", variable, "]: functions of a job capture by value")
               : "write the captured names by value, as [x, y]; what changes belongs into state"});
  }

  const SourceText& source_;
  const Tokens& tokens_;
  std::map<std::string_view, const Token*> named_;
  std::vector<Message> out_;
};

struct Definition {
  std::size_t name = 0;  // token index
  std::string parameters;
  std::string result;
  bool global = true;
};

std::string spelled(const Tokens& tokens, std::size_t begin, std::size_t end) {
  std::string out;
  for (std::size_t i = begin; i < end; ++i) {
    const bool words = i > begin && tokens[i].kind == TokenKind::identifier &&
                       tokens[i - 1].kind == TokenKind::identifier;
    if (words || (i > begin && tokens[i - 1].is("&"))) out += ' ';
    if (i > begin && tokens[i - 1].is(",")) out += ' ';
    out += tokens[i].text;
  }
  return out;
}

// Function definitions outside classes: NAME ( ... ) [specifiers] {.
std::vector<Definition> function_definitions(const Tokens& tokens) {
  std::vector<Definition> out;
  int namespaces = 0;
  std::vector<bool> opened;  // per entered brace: a namespace's, not extern "C"
  std::size_t statement = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is(";")) statement = i + 1;
    if (tokens[i].is("}")) {
      if (!opened.empty()) {
        namespaces -= opened.back() ? 1 : 0;
        opened.pop_back();
      }
      statement = i + 1;
    }
    if (tokens[i].kind == TokenKind::include) statement = i + 1;
    if (!tokens[i].is("{")) continue;
    if (tokens[statement].is("namespace") ||
        (tokens[statement].is("inline") && tokens[statement + 1].is("namespace")) ||
        tokens[statement].is("extern")) {
      const bool named = !tokens[statement].is("extern");
      opened.push_back(named);
      namespaces += named ? 1 : 0;
      statement = i + 1;
      continue;
    }
    for (std::size_t k = statement; k + 1 < i; ++k) {
      if (tokens[k].kind != TokenKind::identifier || !tokens[k + 1].is("(")) continue;
      const auto close = closing(tokens, k + 1);
      if (close > i) break;
      out.push_back(
          {k, spelled(tokens, k + 2, close), spelled(tokens, statement, k), namespaces == 0});
      break;
    }
    i = closing(tokens, i);
    statement = i + 1;
  }
  return out;
}

constexpr const char* define_job_signature =
    "void define_job(StreamExecutionEnvironment& env) { ... }";

bool right_parameters(std::string_view parameters) {
  if (parameters.starts_with("flink::")) parameters.remove_prefix(7);
  if (parameters.starts_with("::flink::")) parameters.remove_prefix(9);
  return parameters.starts_with("StreamExecutionEnvironment&") &&
         parameters.find(',') == std::string_view::npos;
}

std::string wrong_shape(const Definition& found) {
  if (!found.global) return "define_job is inside a namespace";
  if (found.result.find("static") != std::string::npos) return "define_job is static";
  if (!right_parameters(found.parameters)) {
    return detail::concat("define_job takes (", found.parameters,
                          ") instead of (StreamExecutionEnvironment& env)");
  }
  if (found.result != "void") {
    return detail::concat("define_job returns ", found.result.empty() ? "nothing" : found.result,
                          " instead of void");
  }
  return "";
}

}  // namespace

std::vector<Message> lint_captures(const SourceText& source) {
  const auto tokens = tokenize(source.text);
  return CaptureLint(source, tokens).run();
}

std::vector<Message> lint_define_job(const std::vector<SourceText>& sources) {
  std::vector<Message> out;
  std::vector<Message> misspelt;
  bool open_ended = false;
  bool right = false;
  for (const auto& source : sources) {
    const auto tokens = tokenize(source.text);
    for (const auto& token : tokens) {
      open_ended = open_ended || (token.kind == TokenKind::include && token.text.starts_with('"'));
    }
    for (const auto& found : function_definitions(tokens)) {
      const auto& name = tokens[found.name];
      const Location at{source.path.string(), name.line, name.column};
      if (name.text == "main" && found.global) {
        return {{Severity::error, at, "a job has no main: flinkc brings it",
                 detail::concat("write ", define_job_signature, " instead")}};
      }
      if (name.text == "define_job") {
        const auto wrong = wrong_shape(found);
        right = right || wrong.empty();
        out.push_back({Severity::error, at, wrong, detail::concat("write ", define_job_signature)});
      } else if (found.parameters.find("StreamExecutionEnvironment") != std::string::npos ||
                 base::edit_distance(name.text, "define_job") <= 3) {
        misspelt.push_back(
            {Severity::error, at,
             detail::concat("no function define_job; did you mean it by '", name.text, "'?"),
             detail::concat("write ", define_job_signature)});
      }
    }
  }
  if (right) return {};
  if (!out.empty()) return {out.front()};
  if (open_ended) return {};
  if (!misspelt.empty()) return {misspelt.front()};
  const std::string file = sources.empty() ? "" : sources.front().path.string();
  return {{Severity::error,
           {file, 0, 0},
           "no function define_job: it is where a job starts",
           detail::concat("write ", define_job_signature)}};
}

}  // namespace flink::codegen
