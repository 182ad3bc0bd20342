// SPDX-License-Identifier: Apache-2.0
// The connectors of tables, by name.
#pragma once

#include <memory>

#include "table_runtime/connector.h"

namespace flink::table_connectors {

std::unique_ptr<table_runtime::TableConnector> make_values();
std::unique_ptr<table_runtime::TableConnector> make_filesystem();
std::unique_ptr<table_runtime::TableConnector> make_datagen();
std::unique_ptr<table_runtime::TableConnector> make_print();
std::unique_ptr<table_runtime::TableConnector> make_blackhole();

// All of them.
class Connectors final : public table_runtime::TableConnectors {
 public:
  Connectors();
  const table_runtime::TableConnector& find(const table::TableDescription& table) const override;

 private:
  std::vector<std::unique_ptr<table_runtime::TableConnector>> connectors_;
};

}  // namespace flink::table_connectors
