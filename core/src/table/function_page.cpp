// SPDX-License-Identifier: Apache-2.0
#include "table/function_page.h"

#include <array>

#include "table/aggregate.h"

namespace flink::table {

namespace {

constexpr std::array<Absent, 2> absent = {{
    {"OBJECT_OF OBJECT_UPDATE", "objects of a user's class are C++ here"},
    {"CURRENT_WATERMARK", "needs a stream's row"},
}};

std::string_view title_of(Category category) {
  switch (category) {
    case Category::comparison:
      return "Comparison";
    case Category::logical:
      return "Logic";
    case Category::arithmetic:
      return "Numbers";
    case Category::string:
      return "Text";
    case Category::temporal:
      return "Dates and times";
    case Category::conditional:
      return "Conditions";
    case Category::conversion:
      return "Conversion";
    case Category::collection:
      return "Collections";
    case Category::json:
      return "JSON";
    case Category::variant:
      return "Variant";
    case Category::construction:
      return "Construction and access";
    case Category::hash:
      return "Digests";
    case Category::bitmap:
      return "Bitmaps";
    case Category::catalog:
      return "Catalog";
  }
  return "";
}

std::string in_cells(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string names_of(std::string_view names) {
  if (names == "||") return "`\\|\\|`";
  std::string out;
  for (std::string_view rest = names; !rest.empty();) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    if (!out.empty()) out += ", ";
    out += '`';
    out += rest.substr(0, end);
    out += '`';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

void append_category(std::string& out, const Registry& registry, Category category) {
  bool any = false;
  for (const Registry::Listed& one : registry.listed()) {
    if (one.category != category) continue;
    if (!any) {
      out += "\n## ";
      out += title_of(category);
      out += "\n\n| function | arguments | |\n|---|---|---|\n";
    }
    any = true;
    out += "| " + names_of(one.names) + " | " + in_cells(one.shape) + " | ";
    if (one.determinism == Determinism::session) out += "one value a query";
    if (one.determinism == Determinism::random) out += "another value each row";
    out += " |\n";
  }
}

// Those that a user writes: not those of the planner, which begin with $ or say what NULL does.
void append_aggregates(std::string& out) {
  out += "\n## Aggregates\n\n| function | arguments | |\n|---|---|---|\n";
  for (const std::string_view name : aggregates().names()) {
    if (name.starts_with('$') || name.ends_with("_ON_NULL") || name == "SINGLE_VALUE") continue;
    std::string last;
    for (const AggregateFunction* row : aggregates().find(name)) {
      std::string shape = "(";
      for (const Want& want : row->wants) {
        if (shape.size() > 1) shape += ", ";
        shape += want.name;
      }
      if (shape == last) continue;
      out += "| `" + std::string{name} + "` | " + shape + ") | |\n";
      last = shape;
    }
  }
  out +=
      "| `JSON_ARRAYAGG` | (value [NULL \\| ABSENT ON NULL]) | |\n"
      "| `JSON_OBJECTAGG` | ([KEY] name VALUE value [NULL \\| ABSENT ON NULL]) | |\n";
}

}  // namespace

std::span<const Absent> absent_functions() { return absent; }

std::string function_page(const Registry& registry) {
  std::string out =
      "# Functions of SQL\n\n"
      "What can be computed in an expression, with Flink's names and results. The page is printed\n"
      "from the rows that the engine runs; a test holds it to them. No statement reads tables "
      "yet:\n"
      "types, functions and the evaluation of expressions are there first.\n\n"
      "Where Flink's answer is an accident ours is what it should be: fields of times before 1970\n"
      "are those of the calendar, text is counted in code points everywhere, results that are "
      "NULL\n"
      "are NULL. Numbers as text are the shortest that read back, as of Java 19. Time zones are "
      "those\n"
      "of /usr/share/zoneinfo of the machine that runs (Debian: tzdata). Regular expressions are "
      "PCRE2's,\n"
      "nearly Java's: no `[a&&b]`, no `\\p{javaLowerCase}`; one that takes too many steps does not "
      "match.\n";
  for (int i = 0; i <= static_cast<int>(Category::catalog); ++i) {
    append_category(out, registry, static_cast<Category>(i));
  }
  append_aggregates(out);
  out += "\n## Not here\n\n| function | why |\n|---|---|\n";
  for (const Absent& one : absent) {
    std::string names;
    for (const char c : one.names) names += c == ' ' ? std::string{"`, `"} : std::string{c};
    out += "| `" + names + "` | " + std::string{one.why} + " |\n";
  }
  return out;
}

}  // namespace flink::table
