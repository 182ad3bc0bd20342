// SPDX-License-Identifier: Apache-2.0
// std::function and std::less without the searchers of <functional>, which bring <unordered_map>
// and half of <algorithm>. A job that wants them includes <functional>.
#pragma once

#include <type_traits>
#include <typeinfo>
#include <utility>

#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12
#include <bits/std_function.h>
#include <bits/stl_function.h>
#else
#include <functional>
#endif

namespace flink::detail {

// std::invoke() of what takes an object first: a function, or a pointer to a member of it.
template <class F, class Object, class... More>
[[gnu::always_inline]] constexpr decltype(auto) invoke(F&& function, Object&& object,
                                                       More&&... more) {
  using Function = std::remove_cvref_t<F>;
  if constexpr (std::is_member_object_pointer_v<Function>) {
    return (std::forward<Object>(object).*function);
  } else if constexpr (std::is_member_function_pointer_v<Function>) {
    return (std::forward<Object>(object).*function)(std::forward<More>(more)...);
  } else {
    return std::forward<F>(function)(std::forward<Object>(object), std::forward<More>(more)...);
  }
}

}  // namespace flink::detail
