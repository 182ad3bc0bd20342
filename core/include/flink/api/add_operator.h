// SPDX-License-Identifier: Apache-2.0
// From a function that was found to be right to a transformation: what it makes, what states it
// has. The stream that results is complete (data_stream.h) only where operators are used.
#pragma once

#include <flink/api/say_problems.h>
#include <flink/api/stream_node.h>
#include <flink/operators/record_loop.h>

namespace flink {

template <class T>
class SingleOutputStreamOperator;

namespace detail {

// What an operator gives after a reported mistake: a stream that accepts all.
using PoisonStream = SingleOutputStreamOperator<Poison>;
template <class>
struct poison_of {
  using type = PoisonStream;
};
// The same; T only puts off the question whether the stream is complete.
template <class T>
auto poison_stream() {
  return typename poison_of<T>::type{};
}

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

}  // namespace detail

}  // namespace flink
