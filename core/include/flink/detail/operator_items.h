// SPDX-License-Identifier: Apache-2.0
// Typed items in an operator's list state (see operator_state.h): written into a snapshot, read
// back after a restore. The schema goes with them, so that items of another shape are refused by
// name instead of being misread.
#pragma once

#include <flink/operator.h>
#include <flink/types/bytes.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flink::detail {

// Throws Error{user} unless both are the same.
void check_item_schema(std::string_view what, const std::string& stored, const std::string& wanted);

template <class T>
std::string to_bytes(const T& value) {
  std::string bytes;
  ByteWriter writer{bytes};
  Serializer<T>::write(writer, value);
  writer.finish();
  return bytes;
}
template <class T>
T from_bytes(std::string_view bytes) {
  ByteReader reader{bytes};
  T value{};
  Serializer<T>::read(reader, value);
  return value;
}

// Split on restore: each item goes to one subtask.
template <class Items>
OperatorListState item_list(const Items& items) {
  using Item = typename Items::value_type;
  OperatorListState list;
  list.schema = schema_of<Item>();
  for (const Item& item : items) list.items.push_back(to_bytes<Item>(item));
  return list;
}
template <class Item>
std::vector<Item> restored_items(const OperatorContext& context, const std::string& name) {
  std::vector<Item> items;
  const auto found = context.restored_state().find(name);
  if (found == context.restored_state().end() || found->second.items.empty()) return items;
  check_item_schema(name, found->second.schema, schema_of<Item>());
  for (const auto& bytes : found->second.items) items.push_back(from_bytes<Item>(bytes));
  return items;
}

}  // namespace flink::detail
