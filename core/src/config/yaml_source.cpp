// SPDX-License-Identifier: Apache-2.0
// config.yaml: nested maps become dotted keys, sequences become lists. The only user of yaml-cpp.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "config/load.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::config {
namespace {

using flink::detail::concat;

constexpr int depth_max = 64;             // also ends an alias that contains itself
constexpr std::size_t keys_max = 10'000;  // also ends aliases that multiply

struct YamlReader {
  Configuration& configuration;
  const std::string& name;
  Source source;
  std::set<std::string, std::less<>> seen;

  std::string place(const YAML::Node& node) const {
    return concat(name, ":", node.Mark().line + 1);
  }

  [[noreturn]] void fail(const YAML::Node& node, std::string_view what) const {
    throw Error(ErrorKind::user, concat(place(node), ": ", what));
  }

  // A sequence as one list value.
  std::string list_text(const YAML::Node& sequence) const {
    StringList values;
    for (const YAML::Node& item : sequence) {
      if (item.IsScalar()) values.push_back(item.Scalar());
      else if (!item.IsNull()) values.push_back(YAML::Dump(item));
      if (values.size() > keys_max) fail(sequence, "too many values");
    }
    return format_list(values);
  }

  void add(const std::string& key, const YAML::Node& node, int depth) {
    if (depth > depth_max) fail(node, "nested too deeply");
    if (node.IsMap()) {
      for (const auto& member : node) {
        if (!member.first.IsScalar()) fail(member.first, "a key must be plain text");
        const std::string& part = member.first.Scalar();
        add(key.empty() ? part : key + "." + part, member.second, depth + 1);
      }
      return;
    }
    if (key.empty()) fail(node, "expected lines such as \"rest.port: 8081\"");
    if (!seen.insert(key).second) fail(node, concat("option ", key, " is set twice in this file"));
    if (seen.size() > keys_max) fail(node, "too many keys");
    if (node.IsNull() || !node.IsDefined()) return;  // "key:" sets nothing
    configuration.set_text(key, node.IsSequence() ? list_text(node) : node.Scalar(),
                           {source, place(node)});
  }
};

// The line on which one begins. (YAML::LoadAll does not end on some texts that are no YAML.)
std::optional<int> second_document(std::string_view text) {
  const auto is_mark = [](std::string_view line, std::string_view mark) {
    return line.starts_with(mark) && (line.size() == mark.size() || line[mark.size()] == ' ' ||
                                      line[mark.size()] == '\t' || line[mark.size()] == '\r');
  };
  bool begun = false, ended = false;
  for (int number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (is_mark(line, "---")) {
      if (std::exchange(begun, true)) return number;
    } else if (is_mark(line, "...")) {
      ended = begun;
    } else if (const auto content = trim(line);
               !content.empty() && content[0] != '#' && content[0] != '%') {
      if (ended) return number;
      begun = true;
    }
  }
  return std::nullopt;
}

}  // namespace

void add_yaml(Configuration& configuration, const std::string& text, const std::string& name,
              Source source) {
  try {
    if (const auto line = second_document(text)) {
      throw Error(ErrorKind::user,
                  concat(name, ":", *line,
                         ": a second document (---): options are read from one, so "
                         "put them together"));
    }
    const YAML::Node root = YAML::Load(text);
    if (!root.IsDefined() || root.IsNull()) return;
    YamlReader{configuration, name, source, {}}.add("", root, 0);
  } catch (const YAML::Exception& error) {
    throw Error(ErrorKind::user,
                concat(name, ":", error.mark.line + 1, ": not valid YAML: ", error.msg));
  }
}

}  // namespace flink::config
