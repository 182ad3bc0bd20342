// SPDX-License-Identifier: Apache-2.0
// The functions that get matches, brought into one shape: found(match, context, out) and, for those
// that want them, timed_out(match, context).
#pragma once

#include <flink/api/process_checks.h>
#include <flink/base/functional.h>
#include <flink/cep/match.h>
#include <flink/cep/pattern_context.h>
#include <flink/operators/function_hooks.h>

#include <utility>

namespace flink::cep {

template <class F, class T, class Out>
constexpr bool processes_matches = requires(F& f, const Match<T>& match, PatternContext& context,
                                            Collector<Out>& out) {
  f.process_match(match, context, out);
};
template <class F>
constexpr bool names_timed_out = requires {
  &F::process_timed_out_match;
};
template <class F, class T>
constexpr bool processes_timed_out = requires(F& f, const Match<T>& match,
                                              PatternContext& context) {
  f.process_timed_out_match(match, context);
};

template <class F>
struct match_result {
  using type = void;
};
template <class F>
requires requires { &F::process_match; }
struct match_result<F> {
  using type =
      typename detail::third_parameter<detail::member_signature<decltype(&F::process_match)>>::type;
};

// process(F)
template <class T, class Out, class F>
struct ProcessMatches {
  using Function = F;
  static constexpr bool wants_timed_out = processes_timed_out<F, T>;
  F function;

  void found(const Match<T>& match, PatternContext& context, Collector<Out>& out) {
    function.process_match(match, context, out);
  }
  void timed_out(const Match<T>& match, PatternContext& context) {
    if constexpr (wants_timed_out) function.process_timed_out_match(match, context);
  }
};

// A collector whose records go to a side output.
template <class L>
class SideCollector final : Output {
 public:
  SideCollector(const std::string& tag, PatternContext& context)
      : tag_(tag), context_(context), collector_(static_cast<Output&>(*this)) {}
  Collector<L>& collector() { return collector_; }

 private:
  void emit(BatchRef& batch) override {
    for (const L& record : static_cast<RecordBatch<L>&>(*batch).records()) {
      context_.output(tag_, record);
    }
  }
  void emit_watermark(Timestamp) override {}
  void emit_idle(bool) override {}

  OutputTag<L> tag_;
  PatternContext& context_;
  Collector<L> collector_;
};

// select(F), flat_select(F); with `Timeout` of partial matches that timed out, too.
struct NoTimeout {};
template <class T, class Out, class F, class L, class Timeout>
struct SelectMatches {
  using Function = F;
  static constexpr bool wants_timed_out = !std::is_same_v<Timeout, NoTimeout>;
  F function;
  Timeout timeout;
  std::string tag;

  void found(const Match<T>& match, PatternContext&, Collector<Out>& out) {
    if constexpr (std::is_invocable_v<F&, const Match<T>&, Collector<Out>&>) {
      function(match, out);
    } else {
      out.collect(function(match));
    }
  }
  void timed_out(const Match<T>& match, PatternContext& context) {
    if constexpr (!wants_timed_out) {
      return;
    } else if constexpr (std::is_invocable_v<Timeout&, const Match<T>&, Timestamp, Collector<L>&>) {
      SideCollector<L> side{tag, context};
      timeout(match, context.timestamp(), side.collector());
      side.collector().flush();
    } else {
      context.output(OutputTag<L>{tag}, timeout(match, context.timestamp()));
    }
  }
};

}  // namespace flink::cep
