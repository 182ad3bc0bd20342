// SPDX-License-Identifier: Apache-2.0
// One row a built-in function: its names, what it takes, what it gives, how NULL and failure go,
// and the loop that computes it. Binding, evaluation, emitted code and documentation read these
// rows and nothing else. A family of functions is a file in families/ with an
// `add_NAME(Registry&)`.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "table/kernel.h"

namespace flink::table {

enum class Category : std::uint8_t {
  comparison,
  logical,
  arithmetic,
  string,
  temporal,
  conditional,
  conversion,
  collection,
  json,
  variant,
  construction,
  hash,
  bitmap,
  catalog,
};

enum class Determinism : std::uint8_t {
  pure,     // the same arguments give the same result
  session,  // the same in all rows of a query (of a batch in streaming): NOW()
  random,   // each call another: RAND(), UUID()
};

// What a function is bound to, for rules that look closer.
struct Binding {
  std::span<const LogicalType> types;
  std::span<const Datum* const> literals;  // null where the argument is no literal
  const Session& session;

  bool is_literal(std::size_t index) const {
    return index < literals.size() && literals[index] && !literals[index]->null;
  }
};

// Thrown by rules: these arguments will not do. The text says what is wrong; the binder adds where.
struct Rejection {
  std::string why;
};

// Which types an argument may have, and the type the function sees.
struct Want {
  std::string_view name;  // as in messages and in the documentation: NUMERIC
  bool (*accepts)(const LogicalType&);
  // What the argument is cast to; none: it stays as it is.
  std::optional<LogicalType> as = {};
  bool literal_only = false;
};

// The type of a result; whether it may be NULL follows from the nullability below.
using ResultRule = std::function<LogicalType(const Binding&)>;

enum class Nullability : std::uint8_t {
  of_arguments,  // NULL only when an argument is
  always,
  never,
  of_rule,  // the rule says
};

struct Builtin {
  std::string_view names;  // "CHAR_LENGTH|CHARACTER_LENGTH"
  Category category;
  std::vector<Want> wants;
  ResultRule result;
  Nullability nullability = Nullability::of_arguments;
  Implementation implementation = {};
  // Where the loop depends on the types.
  std::function<Implementation(const Binding&)> choose = {};
  Determinism determinism = Determinism::pure;
  // Types that the arguments are cast to, where they depend on each other; or a Rejection.
  std::function<std::vector<LogicalType>(const Binding&)> coerce = {};
  bool variadic = false;  // the last argument any number of times, once at least
};

class Registry {
 public:
  void add(Builtin row);
  // A function that the binder knows by itself; its row is for listings.
  void add_special(Category category, std::string_view names, std::string_view shape);

  // All rows of that name (upper case), in order of preference.
  std::span<const Builtin* const> find(std::string_view name) const;

  struct Listed {
    Category category;
    std::string_view names;
    std::string shape;  // (NUMERIC, INT) -> of rule
    Determinism determinism;
  };
  const std::vector<Listed>& listed() const noexcept { return listed_; }
  std::vector<std::string_view> names() const;

 private:
  std::vector<std::unique_ptr<Builtin>> rows_;
  std::map<std::string, std::vector<const Builtin*>, std::less<>> by_name_;
  std::vector<Listed> listed_;
};

// All built-in functions.
const Registry& builtins();

namespace want {

extern const Want any, character, character_as_string, boolean, numeric, numeric_as_double, exact,
    integer, as_int, as_bigint, binary, string_or_binary, date, datetime, timestamp, array, map,
    row, interval, variant, bitmap;
inline Want literal(Want one) {
  one.literal_only = true;
  return one;
}

}  // namespace want

namespace result {

ResultRule is(LogicalType type);
inline ResultRule is(TypeRoot root) { return is(LogicalType{root}); }
ResultRule string();
ResultRule argument(std::size_t index);
// Text of at most the length of argument `index`, VARCHAR.
ResultRule varying(std::size_t index);

}  // namespace result

}  // namespace flink::table
