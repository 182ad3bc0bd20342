// SPDX-License-Identifier: Apache-2.0
// Random schemas, versions of them, and values written under both at once: an oracle of
// conversions that shares no code with them.
#pragma once

#include <flink/types/bytes.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace types_test {

struct Model {
  std::string name;  // "i32", "list", "record", …
  std::vector<Model> children;
  std::vector<std::string> fields;
  std::size_t length = 0;  // array

  std::string text() const {
    if (name == "record") {
      std::string out = "{";
      for (std::size_t i = 0; i < children.size(); ++i) {
        out += (i > 0 ? "," : "") + fields[i] + ":" + children[i].text();
      }
      return out + "}";
    }
    if (name == "duration") return "duration<" + children[0].text() + ",1/1000>";
    if (children.empty() && name != "tuple") return name;
    std::string out = name + "<";
    for (std::size_t i = 0; i < children.size(); ++i)
      out += (i > 0 ? "," : "") + children[i].text();
    if (name == "array") out += "," + std::to_string(length);
    return out + ">";
  }
  std::size_t width() const {
    if (name == "bool" || name == "char") return 1;
    return (name[0] == 'i' || name[0] == 'u' || name[0] == 'f')
               ? static_cast<std::size_t>(std::stoul(name.substr(1))) / 8
               : 0;
  }
};

using flink::base::Random;

inline const char* pick(Random& random, std::initializer_list<const char*> names) {
  return names.begin()[random.below(names.size())];
}

inline Model random_model(Random& random, int depth) {
  const char* scalar = pick(random, {"bool", "char", "i8", "i16", "i32", "i64", "i128", "u8", "u16",
                                     "u32", "u64", "f32", "f64", "string", "bytes"});
  if (depth == 0 || random.below(4) == 0) return {.name = scalar};
  Model out;
  out.name = pick(random, {"record", "record", "record", "optional", "list", "set", "map", "array",
                           "tuple", "variant", "duration"});
  if (out.name == "duration") return {.name = out.name, .children = {{.name = "i32"}}};
  std::size_t count = 1;
  if (out.name == "map") count = 2;
  if (out.name == "record" || out.name == "tuple") count = random.below(5);
  if (out.name == "variant") count = 1 + random.below(3);
  if (out.name == "array") out.length = random.below(4);
  for (std::size_t i = 0; i < count; ++i) {
    out.children.push_back(random_model(random, depth - 1));
    if (out.name == "record") out.fields.push_back("f" + std::to_string(random.below(90) * 10 + i));
  }
  return out;
}

// A compatible later version.
inline Model next_version(Random& random, const Model& model, bool keyed = false) {
  Model out = model;
  if (model.name == "i8") out.name = pick(random, {"i8", "i16", "i32", "i64", "i128"});
  if (model.name == "i32") out.name = pick(random, {"i32", "i64", "i128"});
  if (model.name == "u8") out.name = pick(random, {"u8", "u16", "u64", "i16", "i64"});
  if (model.name == "u32") out.name = pick(random, {"u32", "u64", "i64"});
  if (model.name == "f32") out.name = pick(random, {"f32", "f64"});
  for (std::size_t i = 0; i < out.children.size(); ++i) {
    const bool key = keyed || model.name == "set" || (model.name == "map" && i == 0);
    out.children[i] = next_version(random, model.children[i], key);
  }
  if (model.name == "variant" && random.below(3) == 0) {
    out.children.push_back(random_model(random, 1));
  }
  if (model.name != "record") return out;
  if (!keyed && !out.children.empty() && random.below(2) == 0) {
    const auto at = static_cast<std::ptrdiff_t>(random.below(out.children.size()));
    out.children.erase(out.children.begin() + at);
    out.fields.erase(out.fields.begin() + at);
  }
  if (random.below(2) == 0) {
    const auto at = static_cast<std::ptrdiff_t>(random.below(out.children.size() + 1));
    out.children.insert(out.children.begin() + at, random_model(random, 2));
    out.fields.insert(out.fields.begin() + at, "added" + std::to_string(random.below(1000)));
  }
  if (out.children.size() > 1 && random.below(3) == 0) {
    const auto a = random.below(out.children.size()), b = random.below(out.children.size());
    std::swap(out.children[a], out.children[b]);
    std::swap(out.fields[a], out.fields[b]);
  }
  return out;
}

inline void write_zero(const Model& model, flink::ByteWriter& out) {
  if (model.width() > 0) {
    for (std::size_t i = 0; i < model.width(); ++i) out.u8(0);
  } else if (model.name == "record" || model.name == "tuple" || model.name == "duration") {
    if (model.children.empty()) out.u8(0);
    for (const Model& child : model.children) write_zero(child, out);
  } else if (model.name == "array") {
    if (model.length == 0) out.u8(0);
    for (std::size_t i = 0; i < model.length; ++i) write_zero(model.children[0], out);
  } else {
    out.u8(0);
    if (model.name == "variant") write_zero(model.children[0], out);
  }
}

// The same random value under both versions.
inline void write_both(Random& random, const Model& from, const Model& to, flink::ByteWriter& old,
                       flink::ByteWriter& fresh);

inline void write_record(Random& random, const Model& from, const Model& to, flink::ByteWriter& old,
                         flink::ByteWriter& fresh) {
  std::vector<std::string> parts(to.children.size());
  if (from.children.empty()) old.u8(0);
  for (std::size_t i = 0; i < from.children.size(); ++i) {
    flink::ByteWriter part;
    std::size_t at = 0;
    while (at < to.fields.size() && to.fields[at] != from.fields[i]) ++at;
    const bool kept = at < to.fields.size();
    write_both(random, from.children[i], kept ? to.children[at] : from.children[i], old, part);
    if (kept) parts[at] = std::string(part.view());
  }
  if (to.children.empty()) fresh.u8(0);
  for (std::size_t i = 0; i < to.children.size(); ++i) {
    if (parts[i].empty()) write_zero(to.children[i], fresh);
    else fresh.raw(parts[i]);
  }
}

inline void write_scalar(Random& random, const Model& from, const Model& to, flink::ByteWriter& old,
                         flink::ByteWriter& fresh) {
  if (from.name == "f32") {
    const float value = static_cast<float>(random.unit());
    old.fixed(value);
    if (to.name == "f32") fresh.fixed(value);
    else fresh.fixed(static_cast<double>(value));
    return;
  }
  std::string bytes(from.width(), '\0');
  for (char& c : bytes)
    c = static_cast<char>(from.name == "bool" ? random.below(2) : random.next());
  old.raw(bytes);
  const bool negative = from.name[0] == 'i' && static_cast<signed char>(bytes.back()) < 0;
  bytes.resize(to.width(), negative ? '\xFF' : '\0');
  fresh.raw(bytes);
}

inline void write_both(Random& random, const Model& from, const Model& to, flink::ByteWriter& old,
                       flink::ByteWriter& fresh) {
  const auto child = [&](std::size_t i) {
    write_both(random, from.children[i], to.children[i], old, fresh);
  };
  if (from.width() > 0) {
    write_scalar(random, from, to, old, fresh);
  } else if (from.name == "record") {
    write_record(random, from, to, old, fresh);
  } else if (from.name == "string" || from.name == "bytes") {
    const std::string text(random.below(200), static_cast<char>('a' + random.below(26)));
    old.sized(text);
    fresh.sized(text);
  } else if (from.name == "tuple" || from.name == "duration" || from.name == "array") {
    const std::size_t count = from.name == "array" ? from.length : from.children.size();
    if (count == 0) old.u8(0), fresh.u8(0);
    for (std::size_t i = 0; i < count; ++i) child(from.name == "array" ? 0 : i);
  } else if (from.name == "variant") {
    const std::size_t index = random.below(from.children.size());
    old.varint(index), fresh.varint(index);
    child(index);
  } else {
    const std::size_t count = random.below(from.name == "optional" ? 2 : 5);
    old.varint(count), fresh.varint(count);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t c = 0; c < from.children.size(); ++c) child(c);
    }
  }
}

}  // namespace types_test
