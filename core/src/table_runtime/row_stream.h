// SPDX-License-Identifier: Apache-2.0
// Streams of packed rows, and what groups them.
#pragma once

#include <flink/connected_streams.h>

#include <memory>
#include <string>

#include "table/row.h"
#include "table/row_layout.h"

namespace flink::table_runtime {

using table::LogicalType;
using table::Row;
using table::RowKind;
using table::RowLayout;
using table::RowPicker;

using RowStream = DataStream<Row>;
using RowOperator = SingleOutputStreamOperator<Row>;

// The key of a row as bytes: see RowLayout::pack_key.
struct RowKey {
  std::shared_ptr<const RowPicker> picker;
  std::string operator()(const Row& row) const { return picker->key(row.bytes); }
};

inline auto keyed(const RowStream& rows, const RowPicker& picker) {
  return rows.key_by(RowKey{std::make_shared<const RowPicker>(picker)});
}

namespace detail {

// The api's process() refuses rows that a timer makes, as their bytes might be gone; ours are in
// the collector's arena.
template <class Function, class Selector>
Transformation process_transformation(std::string name, const Function& function) {
  Transformation t = flink::detail::named(std::move(name));
  t.output_type = &record_type<Row>();
  flink::detail::StatefulOperator where;
  where.timers = flink::detail::names_on_timer<Function>;
  flink::detail::describe_function<Selector>(function, std::move(where), t);
  return t;
}

}  // namespace detail

// process() by the key that the picker says.
template <class Function>
RowOperator process_keyed(const RowStream& rows, const RowPicker& key, std::string name,
                          Function function) {
  const auto stream = keyed(rows, key);
  const auto selector = stream.selector();
  using Selector = std::decay_t<decltype(selector)>;
  using Op = flink::detail::ProcessOperator<Row, Row, Function, Selector>;
  auto t = detail::process_transformation<Function, Selector>(std::move(name), function);
  t.make_operator = [function, selector]() -> std::unique_ptr<Operator> {
    return std::make_unique<Op>(function, selector);
  };
  return RowOperator{stream.stream_node().add(std::move(t))};
}

// The same with two inputs.
template <class Function>
RowOperator process_both(const RowStream& left, const RowPicker& left_key, const RowStream& right,
                         const RowPicker& right_key, std::string name, Function function) {
  const auto first = keyed(left, left_key), second = keyed(right, right_key);
  const auto one = first.selector(), two = second.selector();
  using Selector = std::decay_t<decltype(one)>;
  using Op = flink::detail::CoOperator<flink::detail::CoKind::process, Row, Row, Row, Function,
                                       Selector, Selector>;
  auto t = detail::process_transformation<Function, Selector>(std::move(name), function);
  t.make_operator = [function, one, two]() -> std::unique_ptr<Operator> {
    return std::make_unique<Op>(function, one, two);
  };
  return RowOperator{first.stream_node().add_two(second.stream_node(), std::move(t))};
}

// An operator of one input that is none of the api's: `Op` is made from copies of the arguments.
template <class Op, class... Arguments>
RowOperator add_row_operator(const RowStream& rows, std::string name, Arguments... arguments) {
  return flink::detail::add_operator<Row, Op>(
      rows.stream_node(), flink::detail::named(std::move(name)), std::move(arguments)...);
}

}  // namespace flink::table_runtime
