// SPDX-License-Identifier: Apache-2.0
// What a window operator is made of: WindowPlan in the graph, as the user gave it, and WindowParts,
// a subtask's copy, in which the state handles of the trigger and of the function are found. The
// hooks of the window function are the operator's.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/operators/forwarded_hooks.h>
#include <flink/operators/user_function.h>
#include <flink/output_tag.h>
#include <flink/windows/all_key.h>
#include <flink/windows/evicting_contents.h>
#include <flink/windows/merging_windows.h>
#include <flink/windows/window_contents.h>
#include <flink/windows/window_function.h>
#include <flink/windows/window_slices.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace flink::detail {

// ---- windows as namespaces
template <class W>
state::Namespace namespace_of(const W& window) {
  if constexpr (std::is_same_v<W, TimeWindow>) {
    const std::int64_t times[] = {window.start().time_since_epoch().count(),
                                  window.end().time_since_epoch().count()};
    return state::Namespace{{reinterpret_cast<const char*>(times), sizeof(times)}};
  } else {
    ByteWriter out;
    Serializer<W>::write(out, window);
    return state::Namespace{out.view()};
  }
}
template <class W>
W window_of(const state::Namespace& name_space) {
  if constexpr (std::is_same_v<W, TimeWindow>) {
    std::int64_t times[2] = {};
    std::memcpy(times, name_space.view().data(), std::min(sizeof(times), name_space.view().size()));
    return {timestamp_of_millis(times[0]), timestamp_of_millis(times[1])};
  } else {
    W window{};
    ByteReader in{name_space.view()};
    Serializer<W>::read(in, window);
    return window;
  }
}

struct NothingMerges {};
struct NothingSliced {
  template <class Contents>
  explicit NothingSliced(const Contents&) {}
};
// The assigner's own trigger is asked once a window, at its end.
template <class Assigner, class Trigger>
constexpr bool slices_windows = false;
template <class Assigner, class Trigger>
requires requires(const Assigner& assigner) { assigner.slicing(); }
constexpr bool slices_windows<Assigner, Trigger> =
    std::is_same_v<Trigger, decltype(std::declval<const Assigner&>().get_default_trigger())>;

// Fold: what is done to the elements that an evictor leaves.
template <class Record_, class Out_, class Selector_, class Window_, class Assigner_,
          class Trigger_, class Evictor_, class Contents_, class Fold_, class Function_>
struct WindowPlan {
  using Record = Record_;
  using Out = Out_;
  using Selector = Selector_;
  using Window = Window_;
  using Assigner = Assigner_;
  using Trigger = Trigger_;
  using Evictor = Evictor_;
  using Contents = Contents_;
  using Fold = Fold_;
  using Function = Function_;
  static constexpr bool merging = merges_windows<Assigner, Window>;
  static constexpr bool evicting = evicts<Evictor>;
  static constexpr bool contents_tell_first = !evicting && !merging;
  static constexpr bool sliced =
      !evicting && adds_up<Contents> && slices_windows<Assigner, Trigger>;

  Selector selector;
  Assigner assigner;
  Trigger trigger;
  Evictor evictor;
  Contents contents;
  Fold fold;
  Function function;
  std::int64_t lateness = 0;
  std::optional<OutputTag<Record>> late_tag;
};

template <class Plan>
struct WindowParts : ForwardedHooks<WindowParts<Plan>, function_t<typename Plan::Function>> {
  using W = typename Plan::Window;
  using Function = function_t<typename Plan::Function>;
  using Key = std::conditional_t<is_all_key<typename Plan::Selector>, void,
                                 typename Plan::Selector::key_type>;

  explicit WindowParts(const Plan& plan)
      : assigner(plan.assigner),
        evictor(plan.evictor),
        fold(plan.fold),
        contents(plan.contents),
        slices(plan.contents),
        trigger(plan.trigger),
        function(made_by<typename Plan::Function>::make(plan.function)) {}

  typename Plan::Assigner assigner;
  [[no_unique_address]] typename Plan::Evictor evictor;
  [[no_unique_address]] typename Plan::Fold fold;
  // Those with state handles; the function's come last.
  typename Plan::Contents contents;
  [[no_unique_address]] std::conditional_t<Plan::merging, MergingWindows<W>, NothingMerges> merging;
  using Slices =
      typename std::conditional_t<Plan::sliced,
                                  std::type_identity<WindowSlices<typename Plan::Contents>>,
                                  std::type_identity<NothingSliced>>::type;
  [[no_unique_address]] Slices slices;
  typename Plan::Trigger trigger;
  Function function;

  template <class AnyKey, class Value, class Out>
  void call(const AnyKey& key, WindowContext<W>& ctx, const Value& value, Collector<Out>& out) {
    call_window_function<Key>(function, key, ctx, value, out);
  }
  void clear(WindowContext<W>& ctx) {
    if constexpr (clear_fits<Function, W>) function.clear(ctx);
  }
  // Of all handles, in order.
  std::vector<const StateHandle*> function_handles(const std::vector<StateHandle*>& all) const {
    state::BindingScope scope;
    const typename Plan::Trigger copy(trigger);
    const std::size_t others = 1 + (Plan::merging || Plan::sliced ? 1 : 0) + scope.take().size();
    return {all.begin() + static_cast<std::ptrdiff_t>(others), all.end()};
  }
  Function& user() { return function; }
};

template <class... Types>
struct made_by<WindowPlan<Types...>> {
  using type = WindowParts<WindowPlan<Types...>>;
  static type make(const WindowPlan<Types...>& plan) { return type{plan}; }
};

}  // namespace flink::detail
