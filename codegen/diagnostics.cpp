// SPDX-License-Identifier: Apache-2.0
#include "codegen/diagnostics.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "codegen/files.h"
#include "codegen/hints.h"
#include "codegen/lint.h"

namespace flink::codegen {
namespace {

struct Placed {
  Location location;
  std::string_view rest;  // after "FILE:LINE:COLUMN:"
};

std::optional<int> number_before(std::string_view text, std::size_t& end) {
  const auto colon = text.rfind(':', end - 1);
  if (colon == std::string_view::npos) return std::nullopt;
  int value = 0;
  const auto* last = text.data() + end;
  const auto parsed = std::from_chars(text.data() + colon + 1, last, value);
  if (parsed.ec != std::errc{} || parsed.ptr != last) return std::nullopt;
  end = colon;
  return value;
}

// "FILE:12:18: rest" or "FILE:12: rest".
std::optional<Placed> split_place(std::string_view line) {
  for (auto at = line.find(": "); at != std::string_view::npos; at = line.find(": ", at + 1)) {
    auto end = at;
    const auto last = number_before(line, end);
    if (!last) {
      if (at > 200) break;
      continue;
    }
    const auto first = number_before(line, end);
    Placed out;
    out.location = {std::string{line.substr(0, end)}, first ? *first : *last, first ? *last : 0};
    out.rest = line.substr(at + 1);
    while (out.rest.starts_with(' ')) out.rest.remove_prefix(1);
    return out;
  }
  // "FILE:12:   required from" has more than one blank; handled by ": " above.
  return std::nullopt;
}

bool is_frame(std::string_view rest) {
  for (const char* start : {"required from", "recursively required", "required by", "in 'constexpr'",
                            "required for the satisfaction"}) {
    if (rest.starts_with(start)) return true;
  }
  return false;
}

class Parser {
 public:
  std::vector<RawDiagnostic> run(std::string_view text) {
    while (!text.empty()) {
      const auto end = text.find('\n');
      take(text.substr(0, end));
      text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return std::move(out_);
  }

 private:
  void take(std::string_view line) {
    if (take_context(line)) return;
    const auto placed = split_place(line);
    if (!placed) return take_unplaced(line);
    if (is_frame(placed->rest)) {
      frames_.push_back(placed->location);
      return;
    }
    for (const char* kind : {"fatal error", "error", "warning", "sorry, unimplemented"}) {
      const std::string start = std::string{kind} + ": ";
      if (!placed->rest.starts_with(start)) continue;
      out_.push_back({kind, placed->location, std::string{placed->rest.substr(start.size())},
                      context_, frames_, {}});
      return;
    }
    if (placed->rest.starts_with("note: ") && !out_.empty()) {
      out_.back().notes.emplace_back(placed->rest.substr(6));
    }
  }

  // "FILE: In function 'X':" and the like start a new context. g++ does not repeat a context that
  // holds for the next message as well, so it stays until the next one.
  bool take_context(std::string_view line) {
    for (const char* start : {": In ", ": At global scope"}) {
      const auto at = line.find(start);
      if (at == std::string_view::npos || line.back() != ':') continue;
      context_ = std::string{line.substr(at + 2, line.size() - at - 3)};
      frames_.clear();
      return true;
    }
    return line.starts_with("In file included from ") || line.starts_with("                 from ");
  }

  void take_unplaced(std::string_view line) {
    for (const char* program : {"cc1plus: ", "g++: ", "cc1: "}) {
      if (!line.starts_with(program)) continue;
      auto rest = line.substr(std::string_view{program}.size());
      for (const char* kind : {"fatal error", "error", "warning"}) {
        const std::string start = std::string{kind} + ": ";
        if (rest.starts_with(start)) {
          out_.push_back({kind, {}, std::string{rest.substr(start.size())}, "", {}, {}});
          return;
        }
      }
    }
  }

  std::string context_;
  std::vector<Location> frames_;
  std::vector<RawDiagnostic> out_;
};

bool is_user_file(const std::string& file, const DiagnosticOptions& options) {
  if (file.empty() || file.starts_with("<")) return false;
  const auto path = fs::path(file).lexically_normal().string();
  if (path.starts_with("/usr/include/") || path.starts_with("/usr/lib/")) return false;
  if (path.ends_with("/flink_pch.h")) return false;
  return options.library_include_dir.empty() ||
         !path.starts_with(fs::path(options.library_include_dir).lexically_normal().string());
}

std::optional<Location> user_location(const RawDiagnostic& raw, const DiagnosticOptions& options) {
  if (is_user_file(raw.location.file, options)) return raw.location;
  for (const auto& frame : raw.frames) {
    if (is_user_file(frame.file, options)) return frame;
  }
  return std::nullopt;
}

// The statements of the files messages point into, read once.
class Statements {
 public:
  StatementRange around(const Location& at) {
    auto [entry, fresh] = texts_.try_emplace(at.file);
    if (fresh) entry->second = try_read_file(at.file).value_or("");
    return statement_at(entry->second, at.line, at.column);
  }

 private:
  std::map<std::string, std::string> texts_;
};

constexpr std::string_view kAssertion = "static assertion failed: ";
constexpr std::string_view kOurs = "flinkc: ";

struct Mapped {
  Message message;
  bool ours = false;  // a static_assert of the library: silences its statement
};

Mapped map_one(const RawDiagnostic& raw, const Location& at) {
  Mapped out;
  out.message.severity = raw.kind == "warning" ? Severity::warning : Severity::error;
  out.message.location = at;
  std::string_view text = raw.text;
  if (text.starts_with(kAssertion)) text.remove_prefix(kAssertion.size());
  if (text.starts_with(kOurs)) {
    out.ours = true;
    text.remove_prefix(kOurs.size());
    const auto split = text.find("; write ");
    out.message.what = text.substr(0, split);
    if (split != std::string_view::npos) out.message.hint = text.substr(split + 2);
    return out;
  }
  const auto explained = explain_compiler_error(raw);
  out.message.what = explained.what;
  out.message.hint = explained.hint;
  return out;
}

}  // namespace

std::vector<RawDiagnostic> parse_diagnostics(std::string_view text) { return Parser{}.run(text); }

std::vector<Message> map_diagnostics(std::string_view compiler_text,
                                     const DiagnosticOptions& options) {
  std::vector<Mapped> mapped;
  std::string lost;  // an error without any place in a user's file
  for (const auto& raw : parse_diagnostics(compiler_text)) {
    const auto at = user_location(raw, options);
    if (at) {
      mapped.push_back(map_one(raw, *at));
    } else if (raw.kind != "warning" && lost.empty()) {
      lost = raw.location.file.empty() ? raw.text
                                       : raw.location.file + ":" +
                                             std::to_string(raw.location.line) + ": " + raw.text;
    }
  }
  Statements statements;
  std::vector<std::pair<std::string, StatementRange>> silenced;
  for (const auto& one : mapped) {
    if (!one.ours) continue;
    silenced.emplace_back(one.message.location.file, statements.around(one.message.location));
  }
  std::vector<Message> out;
  for (auto& one : mapped) {
    const auto& at = one.message.location;
    bool drop = false;
    for (const auto& [file, range] : silenced) {
      drop = drop || (!one.ours && file == at.file && range.contains(at.line));
    }
    // One mistake, one message: g++ goes on in the same place with what follows from the first.
    for (const auto& earlier : out) {
      drop = drop || (earlier.severity == one.message.severity && earlier.location.file == at.file &&
                      earlier.location.line == at.line &&
                      (earlier.location.column == at.column || !one.ours));
    }
    if (!drop) out.push_back(std::move(one.message));
  }
  if (!has_errors(out) && !lost.empty()) {
    out.push_back({Severity::error, {}, lost,
                   "no line of the job leads here: run with --verbose for the compiler's words"});
  }
  return out;
}

}  // namespace flink::codegen
