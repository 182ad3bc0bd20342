// SPDX-License-Identifier: Apache-2.0
#include "table_connectors/factories.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include "table_connectors/table_options.h"

namespace flink::table_connectors {

Connectors::Connectors() {
  connectors_.push_back(make_values());
  connectors_.push_back(make_filesystem());
  connectors_.push_back(make_datagen());
  connectors_.push_back(make_print());
  connectors_.push_back(make_blackhole());
}

const table_runtime::TableConnector& Connectors::find(const table::TableDescription& table) const {
  std::vector<std::string> names;
  const auto told = table.options.find("connector");
  for (const auto& connector : connectors_) {
    if (told != table.options.end() && told->second == connector->identifier()) return *connector;
    names.emplace_back(connector->identifier());
  }
  if (told == table.options.end()) {
    throw Error{ErrorKind::user,
                detail::concat("the table has no option 'connector', which says where its rows "
                               "are; there are ",
                               quoted_list(names))};
  }
  throw Error{ErrorKind::user, detail::concat("there is no connector '", told->second, "'",
                                              did_you_mean(told->second, names), "; there are ",
                                              quoted_list(names))};
}

}  // namespace flink::table_connectors
