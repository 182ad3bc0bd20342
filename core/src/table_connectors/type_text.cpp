// SPDX-License-Identifier: Apache-2.0
#include "table_connectors/type_text.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include "sql/parser.h"
#include "table/binder.h"

namespace flink::table_connectors {

table::LogicalType type_of_text(std::string_view text) {
  // A cast is where a type stands by itself; NOT NULL is taken apart, as a cast knows none.
  constexpr std::string_view not_null = " NOT NULL";
  const bool nullable = !text.ends_with(not_null);
  if (!nullable) text.remove_suffix(not_null.size());
  const std::string source = detail::concat("CAST(NULL AS ", text, ")");
  const auto parsed = sql::parse_expression(source);
  if (!parsed.ok() || parsed.root->kind != sql::ExpressionKind::cast) {
    throw Error{ErrorKind::user, detail::concat("'", text, "' is no type of SQL")};
  }
  try {
    const auto& cast = sql::as<sql::Cast>(*parsed.root);
    return table::logical_type_of(*cast.type).with_nullable(nullable);
  } catch (const table::BindError& error) {
    throw Error{ErrorKind::user, detail::concat("'", text, "': ", error.what)};
  }
}

}  // namespace flink::table_connectors
