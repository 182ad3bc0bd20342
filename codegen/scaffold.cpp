// SPDX-License-Identifier: Apache-2.0
#include "codegen/scaffold.h"

#include <algorithm>

#include "codegen/files.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::codegen {
namespace {

bool is_name(const std::string& name) {
  if (name.empty() || name.size() > 100 || name[0] == '-' || name[0] == '.') return false;
  return name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
         std::string::npos;
}

std::string filled(std::string text, const std::string& name) {
  constexpr std::string_view name_mark = "@NAME@";
  for (auto at = text.find(name_mark); at != std::string::npos; at = text.find(name_mark, at)) {
    text.replace(at, name_mark.size(), name);
    at += name.size();
  }
  return text;
}

}  // namespace

std::vector<fs::path> scaffold(const fs::path& templates_dir, const fs::path& directory,
                               const std::string& name) {
  if (!is_name(name)) {
    throw Error{ErrorKind::user,
                detail::concat("'", name, "' is no name for a job: write letters, ",
                               "digits, _ and -, as in word_count")};
  }
  const auto target = directory / name;
  if (fs::exists(target)) {
    throw Error{ErrorKind::user, detail::concat(target.string(), " exists; choose another name")};
  }
  std::vector<fs::path> templates;
  for (const auto& entry : fs::directory_iterator(templates_dir)) {
    if (entry.path().extension() == ".in") templates.push_back(entry.path());
  }
  std::sort(templates.begin(), templates.end());
  fs::create_directories(target);
  std::vector<fs::path> out;
  for (const auto& path : templates) {
    auto file = path.stem().string();
    if (file == "gitignore") file = ".gitignore";
    out.push_back(target / file);
    write_file(out.back(), filled(read_file(path), name));
  }
  return out;
}

}  // namespace flink::codegen
