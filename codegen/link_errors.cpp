// SPDX-License-Identifier: Apache-2.0
#include "codegen/link_errors.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "codegen/files.h"
#include "codegen/hints.h"
#include "codegen/lexer.h"
#include "codegen/process.h"
#include "flink/base/check.h"

namespace flink::codegen {
namespace {

std::string between(std::string_view line, std::string_view start, std::string_view end) {
  const auto at = line.find(start);
  if (at == std::string_view::npos) return "";
  const auto begin = at + start.size();
  const auto stop = end.empty() ? line.size() : line.find(end, begin);
  return std::string{line.substr(begin, stop == std::string_view::npos ? stop : stop - begin)};
}

std::string demangled(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 && text ? text.get() : symbol;
}

// "ns::Class::name(int)" -> "name".
std::string unqualified(std::string_view symbol) {
  auto name = symbol.substr(0, symbol.find('('));
  name = name.substr(0, name.find('<'));
  const auto colons = name.rfind("::");
  return std::string{colons == std::string_view::npos ? name : name.substr(colons + 2)};
}

const fs::path* source_of(std::string_view text, const std::vector<LinkedObject>& objects) {
  for (const auto& one : objects) {
    if (text.find(one.object.string()) != std::string_view::npos) return &one.source;
  }
  return nullptr;
}

const SourceText* text_of(const fs::path& path, const std::vector<SourceText>& sources) {
  for (const auto& source : sources) {
    if (source.path == path) return &source;
  }
  return nullptr;
}

// The first use of a name as a call, or its last mention: the declaration comes first.
Location find_use(const fs::path& path, const std::string& name,
                  const std::vector<SourceText>& sources, bool definition) {
  Location out{path.string(), 0, 0};
  const auto* source = text_of(path, sources);
  if (source == nullptr) return out;
  for (const auto& token : tokenize(source->text)) {
    if (token.kind != TokenKind::identifier || token.text != name) continue;
    out.line = token.line;
    out.column = token.column;
    if (definition) break;
  }
  return out;
}

struct LinkError {
  std::string kind;  // "undefined", "duplicate", "library"
  std::string symbol;
  std::vector<fs::path> sources;
};

bool is_known(const std::vector<LinkError>& errors, const std::string& symbol) {
  return std::any_of(errors.begin(), errors.end(),
                     [&](const LinkError& error) { return error.symbol == symbol; });
}

// Both mold ("undefined symbol: X" with ">>> referenced by") and GNU ld ("undefined reference to").
std::vector<LinkError> parse(std::string_view text, const std::vector<LinkedObject>& objects) {
  std::vector<LinkError> out;
  bool open = false;                      // ">>>" lines belong to the last error
  const fs::path* function_of = nullptr;  // GNU ld: "a.o: in function `f':" comes before
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.find(">>>") != std::string_view::npos) {
      const auto* source = source_of(line, objects);
      if (open && source != nullptr) out.back().sources.push_back(*source);
      continue;
    }
    if (line.find(": in function `") != std::string_view::npos) {
      function_of = source_of(line, objects);
      continue;
    }
    LinkError error;
    if (auto name = between(line, "undefined symbol: ", ""); !name.empty()) {
      error = {"undefined", demangled(name), {}};
    } else if (name = between(line, "undefined reference to `", "'"); !name.empty()) {
      error = {"undefined", demangled(name), {}};
    } else if (name = between(line, "duplicate symbol: ", ""); !name.empty()) {
      auto last = name.rfind(": ");  // mold: "duplicate symbol: a.o: b.o: NAME"
      error = {
          "duplicate", demangled(last == std::string::npos ? name : name.substr(last + 2)), {}};
    } else if (name = between(line, "multiple definition of `", "'"); !name.empty()) {
      error = {"duplicate", demangled(name), {}};
    } else if (name = between(line, "cannot find -l", ":"); !name.empty()) {
      error = {"library", name, {}};
    } else if (name = between(line, "library not found: ", ""); !name.empty()) {
      error = {"library", name, {}};
    } else {
      continue;
    }
    for (const auto& one : objects) {
      if (line.find(one.object.string()) != std::string_view::npos) {
        error.sources.push_back(one.source);
      }
    }
    if (error.sources.empty() && function_of != nullptr) error.sources.push_back(*function_of);
    open = !is_known(out, error.symbol);
    if (open) out.push_back(std::move(error));
  }
  return out;
}

constexpr const char* define_job_signature =
    "write void define_job(StreamExecutionEnvironment& env) { ... }";

Message undefined_define_job(const LinkError& error, const std::vector<SourceText>& sources) {
  // The runtime's main asks for define_job of its own ABI: a job compiled against other headers or
  // another sanitizer defines a define_job, but not this one.
  for (const auto& source : sources) {
    if (!lint_define_job({source}).empty()) continue;
    return {Severity::error,
            {source.path.string(), 0, 0},
            detail::concat("its define_job is of another flinkc or another sanitizer: the runtime ",
                           "wants ", plain_types(error.symbol)),
            "write --asan or --tsan for all of a job or for none, and one flinkc's headers"};
  }
  const auto found = lint_define_job(sources);
  if (!found.empty()) return found.front();
  return {Severity::error,
          {sources.empty() ? "" : sources.front().path.string(), 0, 0},
          "no function define_job: it is where a job starts",
          define_job_signature};
}

Message explain(const LinkError& error, const std::vector<SourceText>& sources) {
  const auto name = unqualified(error.symbol);
  const auto symbol = plain_types(error.symbol);
  if (error.kind == "library") {
    return {Severity::error,
            {},
            detail::concat("no library ", error.symbol),
            detail::concat("write its directory as -L DIR, or install its -dev package")};
  }
  if (error.kind == "undefined" && name == "define_job")
    return undefined_define_job(error, sources);
  const fs::path file = error.sources.empty() ? fs::path{} : error.sources.front();
  const auto at =
      file.empty() ? Location{} : find_use(file, name, sources, error.kind == "duplicate");
  if (error.kind == "duplicate") {
    std::string others;
    for (const auto& source : error.sources) {
      if (source != file) others += (others.empty() ? "" : ", ") + source.filename().string();
    }
    return {Severity::error, at,
            detail::concat("'", symbol, "' is defined twice", others.empty() ? "" : ": also in ",
                           others),
            "write inline before it, put it into an unnamed namespace, or keep one of them"};
  }
  return {
      Severity::error, at, detail::concat("'", symbol, "' is declared and used, but not defined"),
      "write its body, or add the source that has it (flinkc build job.cpp more.cpp) or -l LIB"};
}

}  // namespace

std::vector<Message> find_duplicates(const std::vector<LinkedObject>& objects,
                                     const std::vector<SourceText>& sources) {
  if (objects.size() < 2) return {};
  std::map<std::string, std::vector<fs::path>> places;
  for (const auto& one : objects) {
    const auto listed = run_captured({"nm", "-P", "-g", "--defined-only", one.object.string()});
    std::string_view rest = listed.out;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      const auto line = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      const auto blank = line.find(' ');
      if (blank == std::string_view::npos || blank + 1 >= line.size()) continue;
      if (std::string_view{"TDBR"}.find(line[blank + 1]) == std::string_view::npos) continue;
      places[std::string{line.substr(0, blank)}].push_back(one.source);
    }
  }
  std::vector<Message> out;
  for (const auto& [symbol, files] : places) {
    if (files.size() > 1) out.push_back(explain({"duplicate", demangled(symbol), files}, sources));
  }
  return out;
}

std::vector<Message> map_link_errors(std::string_view linker_text,
                                     const std::vector<LinkedObject>& objects,
                                     const std::vector<SourceText>& sources) {
  std::vector<Message> out;
  for (const auto& error : parse(linker_text, objects)) {
    out.push_back(explain(error, sources));
  }
  if (out.empty()) {
    std::string first{linker_text.substr(0, linker_text.find("\ncollect2"))};
    out.push_back({Severity::error,
                   {},
                   "linking failed: " + first,
                   "run with --verbose for the linker's command"});
  }
  return out;
}

}  // namespace flink::codegen
