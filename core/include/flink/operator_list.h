// SPDX-License-Identifier: Apache-2.0
// State that belongs to no key (Flink, "Operator State"): a list in each subtask, as a named member
// of any function.
//
//   OperatorList<Order> waiting{"waiting"};
//
// Its calls are const, as those of keyed state are. It is part of every checkpoint as it is then; a
// restore at another parallelism spreads the items of an OperatorList evenly, and gives every
// subtask the items of all for a UnionList. The whole list is copied at the barrier: keep it small,
// and what belongs to keys in keyed state.
#pragma once

#include <flink/operators/operator_items.h>
#include <flink/operators/operator_state_handle.h>
#include <flink/types/check.h>
#include <flink/types/schema.h>
#include <flink/types/to_bytes.h>
#include <flink/types/views.h>

#include <utility>

namespace flink {

template <class T, OperatorStateMode Mode>
class OperatorListOf final : public detail::OperatorStateHandle {
  static_assert(detail::check_serializable<T>());
  static_assert(!has_views<T>,
                "flinkc: state must own its bytes, and this type holds a view (std::string_view, "
                "std::span): use std::string or std::vector");

 public:
  explicit OperatorListOf(std::string_view name) : OperatorStateHandle(name) {}

  const std::vector<T>& get() const {
    check_bound();
    return items_;
  }
  // To be changed in place.
  std::vector<T>& items() const {
    check_bound();
    return items_;
  }
  void add(T item) const { items().push_back(std::move(item)); }
  void add_all(const std::vector<T>& more) const {
    items().insert(items_.end(), more.begin(), more.end());
  }
  void update(std::vector<T> all) const { items() = std::move(all); }
  void clear() const { items().clear(); }

  const char* kind() const noexcept override {
    return Mode == OperatorStateMode::split ? "operator_list" : "union_list";
  }
  OperatorStateMode mode() const noexcept override { return Mode; }
  std::string value_schema() const override { return schema_of<T>(); }
  void save(std::vector<std::string>& saved) const override {
    for (const T& item : items_) saved.push_back(detail::to_bytes(item));
  }

 private:
  void restore(const OperatorListState& restored) override {
    items_ = detail::read_items<T>("the state \"" + name() + "\"", restored);
  }

  mutable std::vector<T> items_;
};

template <class T>
using OperatorList = OperatorListOf<T, OperatorStateMode::split>;
template <class T>
using UnionList = OperatorListOf<T, OperatorStateMode::union_all>;

}  // namespace flink
