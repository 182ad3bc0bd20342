// SPDX-License-Identifier: Apache-2.0
// From a function that was found to be right to a transformation: what it makes, what states it
// has.
#pragma once

#include <flink/data_stream.h>

namespace flink {

namespace detail {

template <class T>
const RecordType* type_of() {
  if constexpr (is_poison<T>) {
    return nullptr;
  } else {
    return &record_type<T>();
  }
}

// The states of a function, found in a copy of it. An operator without keyed state gets no backend.
template <class Selector, class F>
void describe_function(const F& prototype, StatefulOperator where, Transformation& t) {
  using Function = function_t<F>;
  where.name = t.name;
  if constexpr (has_key<Selector>) {
    where.key_schema = schema_of<typename Selector::key_type>();
  }
  if constexpr (may_hold_state<Function>) {
    UserFunction<F> made{prototype};
    describe_states(made.states(), where, t);
  } else if (where.timers || !where.broadcast.empty()) {
    describe_states(FunctionStates{}, where, t);
  }
}

// A transformation of one input whose operator is made from copies of `arguments`.
template <class Out, class Op, class... Arguments>
SingleOutputStreamOperator<Out> add_operator(const StreamNode& input, Transformation t,
                                             Arguments... arguments) {
  t.output_type = type_of<Out>();
  t.make_operator = [arguments...] { return make_owned<Operator, Op>(arguments...); };
  return SingleOutputStreamOperator<Out>{input.add(std::move(t))};
}

using PoisonStream = SingleOutputStreamOperator<Poison>;

// process() on a stream with or without keys.
template <class Out, Problem problem, class T, class F, class Selector>
auto add_process(const StreamNode& node, std::string name, F function, const Selector& selector) {
  if constexpr (problem == Problem::none) {
    using Result = typename process_result<Out, function_t<F>>::type;
    if constexpr (record_fits<Result>()) {
      Transformation t = named(std::move(name));
      StatefulOperator where;
      where.timers = names_on_timer<function_t<F>>;
      describe_function<Selector>(function, std::move(where), t);
      return add_operator<Result, ProcessOperator<T, Result, F, Selector>>(
          node, std::move(t), std::move(function), selector);
    } else {
      return PoisonStream{};
    }
  } else {
    return PoisonStream{};
  }
}

}  // namespace detail

}  // namespace flink
