// SPDX-License-Identifier: Apache-2.0
#include "table_connectors/row_format.h"

#include <flink/base/check.h>
#include <flink/error.h>

namespace flink::table_connectors {

std::vector<std::string> format_names() { return {"csv", "json", "debezium-json", "raw"}; }

std::vector<OptionSpec> format_options(std::string_view name) {
  if (name == "csv") return csv_options();
  if (name == "json") return json_options();
  if (name == "debezium-json") return debezium_options();
  if (name == "raw") return raw_options();
  throw Error{ErrorKind::user,
              detail::concat("there is no format '", name, "'", did_you_mean(name, format_names()),
                             "; there are ", quoted_list(format_names()))};
}

std::shared_ptr<const RowFormat> make_format(std::string_view name, const TableOptions& options,
                                             const std::vector<table::Field>& fields) {
  if (name == "csv") return make_csv(options, fields);
  if (name == "json") return make_json(options);
  if (name == "debezium-json") return make_debezium(options);
  return make_raw(options, fields);
}

}  // namespace flink::table_connectors
