// SPDX-License-Identifier: Apache-2.0
// Typed items in an operator's list state (see operator_state.h): written into a snapshot, read
// back after a restore. The schema goes with them: fields may have been added, removed or widened,
// anything else is refused by name.
#pragma once

#include <flink/graph/operator.h>
#include <flink/types/evolution.h>
#include <flink/types/schema.h>
#include <flink/types/to_bytes.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flink::detail {

// Throws Error{user} that names `what` unless the stored can be read as the wanted.
SchemaConverter item_converter(std::string_view what, std::string_view stored,
                               std::string_view wanted, std::string_view defaults);

// Values of a T as they were stored.
template <class T>
class StoredItems {
 public:
  StoredItems(std::string_view what, std::string_view schema)
      : converter_(item_converter(what, schema, schema_of<T>(), schema_defaults<T>())) {}
  T read(std::string_view bytes) {
    T value{};
    read_converted(converter_, bytes, value, scratch_);
    return value;
  }

 private:
  SchemaConverter converter_;
  std::string scratch_;
};

// Split on restore: each item goes to one subtask.
template <class Items>
OperatorListState item_list(const Items& items) {
  using Item = typename Items::value_type;
  OperatorListState list;
  list.schema = schema_of<Item>();
  for (const Item& item : items) list.items.push_back(to_bytes<Item>(item));
  return list;
}
// `what`: for the message when they cannot be read.
template <class Item>
std::vector<Item> read_items(std::string_view what, const OperatorListState& restored) {
  std::vector<Item> items;
  if (restored.items.empty()) return items;
  // Without a schema they are what is wanted.
  StoredItems<Item> stored{what, restored.schema.empty() ? schema_of<Item>() : restored.schema};
  for (const auto& bytes : restored.items) items.push_back(stored.read(bytes));
  return items;
}
template <class Item>
std::vector<Item> restored_items(const OperatorContext& context, const std::string& name) {
  const auto found = context.restored_state().find(name);
  return found == context.restored_state().end() ? std::vector<Item>{}
                                                 : read_items<Item>(name, found->second);
}

}  // namespace flink::detail
