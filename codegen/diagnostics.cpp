// SPDX-License-Identifier: Apache-2.0
#include "codegen/diagnostics.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "codegen/files.h"
#include "codegen/hints.h"
#include "codegen/library_messages.h"
#include "codegen/source_index.h"

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
  for (const char* start : {"required from", "recursively required", "required by",
                            "in 'constexpr'", "required for the satisfaction"}) {
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
      out_.push_back({kind,
                      placed->location,
                      std::string{placed->rest.substr(start.size())},
                      context_,
                      frames_,
                      {}});
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

// A missing ';' is noticed at the next token; it is missing after the one before.
void move_before(const RawDiagnostic& raw, Message& message) {
  if (!raw.text.starts_with("expected ';'") && !raw.text.starts_with("expected ',' or ';'")) return;
  const auto source = try_read_file(raw.location.file).value_or("");
  const auto before = end_of_previous(source, raw.location.line, raw.location.column);
  if (before.line == 0 || before.line == raw.location.line) return;
  message.location.line = before.line;
  message.location.column = before.column;
  message.what = "expected ';' at the end of the line";
}

struct Mapped {
  Message message;
  Location call;         // where the compiler was: the message may stand elsewhere
  bool library = false;  // a static_assert of the library
  bool direct = false;   // g++ points into the user's file itself
};

Mapped map_one(const RawDiagnostic& raw, const Location& at) {
  Mapped out;
  out.call = at;
  out.library = is_library_message(raw);
  out.direct = at == raw.location;
  if (out.library) {
    out.message = library_message(raw, at);
    return out;
  }
  const auto explained = explain_compiler_error(raw);
  out.message = {raw.kind == "warning" ? Severity::warning : Severity::error, at, explained.what,
                 explained.hint};
  move_before(raw, out.message);
  return out;
}

// One mistake, one message. A statement is one mistake: a library message silences what g++ says
// after it, an error in the user's own text silences the library message that follows from it.
class Filter {
 public:
  void add(Mapped one) {
    if (one.message.severity == Severity::error && repeats(one)) return;
    kept_.push_back(std::move(one));
  }
  std::vector<Message> take() {
    std::vector<Message> out;
    for (auto& one : kept_) out.push_back(std::move(one.message));
    return out;
  }

 private:
  bool repeats(const Mapped& one) {
    for (auto& earlier : kept_) {
      if (earlier.message.severity != Severity::error) continue;
      if (earlier.call.file != one.call.file) continue;
      const bool same_line = earlier.call.line == one.call.line;
      if (same_line && !earlier.library && !one.library && earlier.message.hint.empty() &&
          !one.message.hint.empty()) {
        earlier = one;  // the one that says what to write
        return true;
      }
      const bool same_place = same_line && earlier.call.column == one.call.column;
      if (same_place || (same_line && !one.library)) return true;
      const bool follows = earlier.library ? !one.library : one.library && earlier.direct;
      if (follows && around(earlier.call).contains(one.call.line)) return true;
    }
    return false;
  }

  StatementRange around(const Location& at) {
    auto [entry, fresh] = texts_.try_emplace(at.file);
    if (fresh) entry->second = try_read_file(at.file).value_or("");
    return statement_at(entry->second, at.line, at.column);
  }

  std::vector<Mapped> kept_;
  std::map<std::string, std::string> texts_;
};

}  // namespace

std::vector<RawDiagnostic> parse_diagnostics(std::string_view text) { return Parser{}.run(text); }

std::vector<Message> map_diagnostics(std::string_view compiler_text,
                                     const DiagnosticOptions& options) {
  Filter filter;
  std::string lost;  // an error without any place in a user's file
  for (const auto& raw : parse_diagnostics(compiler_text)) {
    const auto at = user_location(raw, options);
    if (at) {
      filter.add(map_one(raw, *at));
    } else if (raw.kind != "warning" && lost.empty()) {
      lost = raw.location.file.empty()
                 ? raw.text
                 : raw.location.file + ":" + std::to_string(raw.location.line) + ": " + raw.text;
    }
  }
  auto out = filter.take();
  if (!has_errors(out) && !lost.empty()) {
    out.push_back({Severity::error,
                   {},
                   lost,
                   "no line of the job leads here: run with --verbose for the compiler's words"});
  }
  return out;
}

}  // namespace flink::codegen
