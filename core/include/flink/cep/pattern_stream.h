// SPDX-License-Identifier: Apache-2.0
// CEP::pattern(stream, pattern): what a pattern finds in a stream (Flink, "Detecting Patterns"). On
// a keyed stream each key for itself; on another one all events together, in one subtask.
#pragma once

#include <flink/api/poison_steps.h>
#include <flink/cep/cep_function.h>
#include <flink/cep/pattern.h>
#include <flink/cep/pattern_functions.h>
#include <flink/keyed_stream.h>

#include <string>
#include <type_traits>
#include <utility>

namespace flink {

template <class T, class Keyed>
class [[nodiscard]] PatternStream {
 public:
  // Event time is what is taken unless told otherwise.
  PatternStream in_event_time() const {
    return with([](auto& settings) { settings.processing_time = false; });
  }
  PatternStream in_processing_time() const {
    return with([](auto& settings) { settings.processing_time = true; });
  }
  // Events that the watermark has passed already; without this they are dropped and counted.
  PatternStream side_output_late_data(const OutputTag<T>& tag) const {
    return with([&](auto& settings) { settings.late = tag; });
  }

  // An object with process_match(const Match<T>&, PatternContext&, Collector<Out>&) and, where
  // partial matches that time out matter, process_timed_out_match(const Match<T>&,
  // PatternContext&), which emits to side outputs.
  template <class Out = void, class F>
  auto process(F function) const {
    using Result =
        std::conditional_t<std::is_void_v<Out>, typename cep::match_result<F>::type, Out>;
    constexpr auto common = detail::common_problem<F>();
    FLINK_SAY_COMMON_PROBLEMS(common);
    constexpr bool told = !std::is_void_v<Result> && common == detail::Problem::none;
    static_assert(told || common != detail::Problem::none,
                  "flinkc: a pattern's function needs one member void process_match(const "
                  "Match<Event>& match, PatternContext& ctx, Collector<Out>& out); if it is "
                  "overloaded or a template, write process<Out>(f)");
    if constexpr (told) {
      constexpr bool fits = cep::processes_matches<F, T, Result>;
      constexpr bool timeout_fits = !cep::names_timed_out<F> || cep::processes_timed_out<F, T>;
      static_assert(fits,
                    "flinkc: process_match has the wrong shape: write void process_match(const "
                    "Match<Event>& match, PatternContext& ctx, Collector<Out>& out)");
      static_assert(timeout_fits,
                    "flinkc: process_timed_out_match has the wrong shape: write void "
                    "process_timed_out_match(const Match<Event>& match, PatternContext& ctx)");
      if constexpr (fits && timeout_fits) {
        return add<Result>(cep::ProcessMatches<T, Result, F>{std::move(function)});
      } else {
        return detail::PoisonStream{};
      }
    } else {
      return detail::PoisonStream{};
    }
  }

  // Out(const Match<T>&): one result a match.
  template <class F>
  auto select(F function) const {
    return select_by<NoTag, cep::NoTimeout>({}, {}, std::move(function));
  }
  // Partial matches that timed out go to the side output: L(const Match<T>&, Timestamp).
  template <class L, class Timeout, class F>
  auto select(const OutputTag<L>& timed_out, Timeout timeout, F function) const {
    return select_by<L, Timeout>(timed_out.id(), std::move(timeout), std::move(function));
  }

  // void(const Match<T>&, Collector<Out>&): any number of results a match.
  template <class Out = void, class F>
  auto flat_select(F function) const {
    return flat_select_by<Out, NoTag, cep::NoTimeout>({}, {}, std::move(function));
  }
  // Likewise; timed-out ones by void(const Match<T>&, Timestamp, Collector<L>&).
  template <class L, class Timeout, class F>
  auto flat_select(const OutputTag<L>& timed_out, Timeout timeout, F function) const {
    return flat_select_by<void, L, Timeout>(timed_out.id(), std::move(timeout),
                                            std::move(function));
  }

  // From CEP::pattern().
  PatternStream(Keyed stream, cep::Definition pattern, bool all_together,
                cep::CepSettings<T> settings)
      : stream_(std::move(stream)),
        nfa_(cep::compile(pattern)),
        warnings_(cep::warnings_of(pattern)),
        all_together_(all_together),
        settings_(std::move(settings)) {}

 private:
  struct NoTag {};

  template <class Change>
  PatternStream with(Change&& change) const {
    PatternStream changed = *this;
    change(changed.settings_);
    return changed;
  }
  template <class L, class Timeout, class F>
  auto select_by(std::string tag, Timeout timeout, F function) const {
    constexpr bool fits = std::is_invocable_v<F&, const Match<T>&>;
    static_assert(fits, "flinkc: select's function is Out(const Match<Event>& match)");
    if constexpr (fits) {
      using Out = std::decay_t<std::invoke_result_t<F&, const Match<T>&>>;
      return add<Out>(cep::SelectMatches<T, Out, F, L, Timeout>{
          std::move(function), std::move(timeout), std::move(tag)});
    } else {
      return detail::PoisonStream{};
    }
  }
  template <class Given, class L, class Timeout, class F>
  auto flat_select_by(std::string tag, Timeout timeout, F function) const {
    using Out = typename detail::flat_map_result<Given, F>::type;
    constexpr bool told = !std::is_void_v<Out>;
    static_assert(told,
                  "flinkc: flat_select's function is void(const Match<Event>& match, "
                  "Collector<Out>& out); if its parameters are auto, write flat_select<Out>(f)");
    if constexpr (told) {
      return add<Out>(cep::SelectMatches<T, Out, F, L, Timeout>{
          std::move(function), std::move(timeout), std::move(tag)});
    } else {
      return detail::PoisonStream{};
    }
  }
  template <class Out, class F>
  auto add(F function) const {
    constexpr bool owns = !has_views<T>;
    static_assert(owns,
                  "flinkc: a pattern keeps its events, and this event holds a view "
                  "(std::string_view, std::span) that does not live that long: convert first with "
                  ".as<Owned>(), where Owned has std::string instead");
    if constexpr (owns) {
      auto result = stream_.template process<Out>(
          cep::CepFunction<T, Out, F>{nfa_, settings_, std::move(function)});
      result.name("CepOperator");
      if (result.stream_node().valid()) {
        Transformation& made = result.stream_node().transformation("CepOperator");
        made.warnings = warnings_;
        made.parallelism_fixed_to_one = all_together_;
        if (all_together_) made.parallelism = 1;
      }
      return result;
    } else {
      return detail::PoisonStream{};
    }
  }

  Keyed stream_;
  std::shared_ptr<const cep::Nfa> nfa_;
  std::vector<std::string> warnings_;
  bool all_together_;
  cep::CepSettings<T> settings_;
};

class CEP {
 public:
  // `before`: bool(const T&, const T&), the order of events with equal timestamps. Throws
  // Error{user} for patterns that cannot be.
  template <class T, class Selector, class S>
  static auto pattern(const KeyedStream<T, Selector>& stream, const Pattern<T, S>& pattern) {
    return made(stream, pattern, false, nullptr);
  }
  template <class T, class Selector, class S, class Before>
  static auto pattern(const KeyedStream<T, Selector>& stream, const Pattern<T, S>& pattern,
                      Before before) {
    return made(stream, pattern, false, std::move(before));
  }
  template <class T, class S>
  static auto pattern(const DataStream<T>& stream, const Pattern<T, S>& pattern) {
    return made(together(stream), pattern, true, nullptr);
  }
  template <class T, class S, class Before>
  static auto pattern(const DataStream<T>& stream, const Pattern<T, S>& pattern, Before before) {
    return made(together(stream), pattern, true, std::move(before));
  }
  // A mistake in the stream was said already.
  template <class... A>
  static detail::PoisonSteps pattern(const DataStream<detail::Poison>&, A&&...) {
    return {};
  }

 private:
  template <class T>
  static auto together(const DataStream<T>& stream) {
    return stream.key_by([](const T&) { return std::uint8_t{0}; });
  }
  template <class Keyed, class T, class S, class Before>
  static auto made(const Keyed& stream, const Pattern<T, S>& pattern, bool all_together,
                   Before before) {
    cep::CepSettings<T> settings;
    settings.before = std::move(before);
    return PatternStream<T, Keyed>{stream, pattern.definition(), all_together, std::move(settings)};
  }
};

}  // namespace flink
