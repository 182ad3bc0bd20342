// SPDX-License-Identifier: Apache-2.0
// Values of options as text, and config.yaml: any text is read or refused, and a value is read back
// from the form in which it is printed. Input: a byte for which of them, then its text.
#include <cmath>

#include "config/load.h"
#include "config/value_syntax.h"
#include "fuzz/fuzz.h"

namespace flink::fuzz {
namespace {

using namespace config;

void check_value(std::string_view text) {
  parse_bool(text);
  if (const auto value = parse_int32(text)) require(parse_int64(text) == *value, "32 bits of 64");
  if (const auto value = parse_int64(text)) {
    require(parse_int64(std::to_string(*value)) == value, "a number survives a round trip");
  }
  if (const auto value = parse_float64(text)) require(std::isfinite(*value), "a number is one");
  if (const auto value = parse_duration(text)) {
    require(value->count() >= 0, "a duration is none below zero");
    require(parse_duration(format_duration(*value)) == value, "a duration survives a round trip");
  }
  if (const auto value = parse_memory_size(text)) {
    require(parse_memory_size(format_memory_size(*value)) == value, "a size survives a round trip");
  }
  if (const auto value = parse_port_range(text)) {
    const auto ports = value->ports();
    require(!ports.empty() && ports.size() <= 65536, "there are no more ports than ports");
  }
  if (const auto list = parse_list(text)) {
    require(parse_list(format_list(*list)) == list, "a list survives a round trip");
  }
  if (const auto map = parse_map(text)) {
    require(parse_map(format_map(*map)) == map, "a map survives a round trip");
  }
}

// Lists and maps of any texts, which zero bytes separate.
void check_formats(std::string_view text) {
  StringList list;
  StringMap map;
  while (!text.empty()) {
    const auto item = text.substr(0, text.find('\0'));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    list.emplace_back(item);
    map["k" + list.back()] = list[list.size() / 2];
  }
  require(parse_list(format_list(list)) == list, "any list can be written");
  require(parse_map(format_map(map)) == map, "any map can be written");
}

void check_yaml(std::string_view text) {
  Configuration read;
  add_yaml(read, std::string{text}, "config.yaml", Source::file);
  require_no_error("what is read can be sent", [&] {
    const auto again = Configuration::from_list(read.to_list());
    require(again.to_list() == read.to_list(), "a configuration survives a round trip");
    read.warnings();
    read.to_display_list();
  });
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const char* text :
       {"true", "-12", "0.4", "+1e3", "10 s", "5min", "pt1m30.5s", "P1DT2H", "64 mb", "1g",
        "8081-8083, 9000", "a;b", "'a;b';c", "[a, \"b, c\"]", "'it''s'", "k1:v1,k2:v2",
        "{a: 'x:y,z', b: ''}", "9223372036854775807 ns", "10 \xc2\xb5s"}) {
    out.push_back('\0' + std::string(text));
  }
  using namespace std::string_literals;
  out.push_back('\1' + "a;b\0'c'\0[d]\0{e: f}\0 g \0\"h,i\"\0\0j:k"s);
  for (const char* text :
       {"rest.port: 8081\nparallelism:\n  default: 4\n",
        "env:\n  java:\n    opts:\n      all: [a, 'b', {c: d}]\n",
        "&a rest: {port: 1, address: \"x\"}\nlist: [*a, ~]\n", "--- # one\nrest.port: 1\n...\n",
        "state.backend.type: rocksdb\nexecution.checkpointing.interval: 3min\n", "a: |\n  b\n  c\n",
        "? {x: y}\n: z\n", "!!map {rest.port: !!int \"8081\"}\n",
        "%YAML 1.2\n---\n- 1\n- [2, [3]]\n"}) {
    out.push_back('\2' + std::string(text));
  }
  return out;
}

void run(std::string_view input) {
  if (input.empty()) return;
  const auto text = input.substr(1);
  switch (input.front()) {
    case 0:
      return check_value(text);
    case 1:
      return check_formats(text);
    default:
      check_yaml(text);
  }
}

}  // namespace flink::fuzz
