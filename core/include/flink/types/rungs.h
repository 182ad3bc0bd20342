// SPDX-License-Identifier: Apache-2.0
// Structured bindings for 1 to 128 fields: Rung<N>::apply(v, f) calls f(field, ...); the type of
// Rung<N>::apply<true>(v, f) tells whether that call compiles (a bit-field binds to no reference).
// For reflect.h only: a language without packs in structured bindings needs one line a count. One
// function a count: naming the fields is what costs every compile.
#pragma once

#include <cstddef>
#include <type_traits>

namespace flink::detail {

template <std::size_t N>
struct Rung;

// clang-format off
#define FLINK_RUNG(n, ...)                                                                         \
  template <> struct Rung<n> {                                                                     \
    template <bool ask = false, class T, class F>                                                  \
    static constexpr decltype(auto) apply(T& v, F&& f) {                                           \
      auto& [__VA_ARGS__] = v;                                                                     \
      if constexpr (ask) return std::bool_constant<requires { f(__VA_ARGS__); }>{};                \
      else return f(__VA_ARGS__);                                                                  \
    }                                                                                              \
  };
#define FLINK_8(p) p##0, p##1, p##2, p##3, p##4, p##5, p##6, p##7
#define FLINK_RUNGS_8(n, p, ...)                                                                   \
  FLINK_RUNG(n + 1, __VA_ARGS__ p##0)                                                              \
  FLINK_RUNG(n + 2, __VA_ARGS__ p##0, p##1)                                                        \
  FLINK_RUNG(n + 3, __VA_ARGS__ p##0, p##1, p##2)                                                  \
  FLINK_RUNG(n + 4, __VA_ARGS__ p##0, p##1, p##2, p##3)                                            \
  FLINK_RUNG(n + 5, __VA_ARGS__ p##0, p##1, p##2, p##3, p##4)                                      \
  FLINK_RUNG(n + 6, __VA_ARGS__ p##0, p##1, p##2, p##3, p##4, p##5)                                \
  FLINK_RUNG(n + 7, __VA_ARGS__ p##0, p##1, p##2, p##3, p##4, p##5, p##6)                          \
  FLINK_RUNG(n + 8, __VA_ARGS__ FLINK_8(p))
#define FLINK_UP_TO_8 FLINK_8(a),
#define FLINK_UP_TO_16 FLINK_UP_TO_8 FLINK_8(b),
#define FLINK_UP_TO_24 FLINK_UP_TO_16 FLINK_8(c),
#define FLINK_UP_TO_32 FLINK_UP_TO_24 FLINK_8(d),
#define FLINK_UP_TO_40 FLINK_UP_TO_32 FLINK_8(e),
#define FLINK_UP_TO_48 FLINK_UP_TO_40 FLINK_8(g),
#define FLINK_UP_TO_56 FLINK_UP_TO_48 FLINK_8(h),
#define FLINK_UP_TO_64 FLINK_UP_TO_56 FLINK_8(i),
#define FLINK_UP_TO_72 FLINK_UP_TO_64 FLINK_8(j),
#define FLINK_UP_TO_80 FLINK_UP_TO_72 FLINK_8(k),
#define FLINK_UP_TO_88 FLINK_UP_TO_80 FLINK_8(l),
#define FLINK_UP_TO_96 FLINK_UP_TO_88 FLINK_8(m),
#define FLINK_UP_TO_104 FLINK_UP_TO_96 FLINK_8(n),
#define FLINK_UP_TO_112 FLINK_UP_TO_104 FLINK_8(o),
#define FLINK_UP_TO_120 FLINK_UP_TO_112 FLINK_8(p),
FLINK_RUNGS_8(0, a, )
FLINK_RUNGS_8(8, b, FLINK_UP_TO_8)
FLINK_RUNGS_8(16, c, FLINK_UP_TO_16)
FLINK_RUNGS_8(24, d, FLINK_UP_TO_24)
FLINK_RUNGS_8(32, e, FLINK_UP_TO_32)
FLINK_RUNGS_8(40, g, FLINK_UP_TO_40)
FLINK_RUNGS_8(48, h, FLINK_UP_TO_48)
FLINK_RUNGS_8(56, i, FLINK_UP_TO_56)
FLINK_RUNGS_8(64, j, FLINK_UP_TO_64)
FLINK_RUNGS_8(72, k, FLINK_UP_TO_72)
FLINK_RUNGS_8(80, l, FLINK_UP_TO_80)
FLINK_RUNGS_8(88, m, FLINK_UP_TO_88)
FLINK_RUNGS_8(96, n, FLINK_UP_TO_96)
FLINK_RUNGS_8(104, o, FLINK_UP_TO_104)
FLINK_RUNGS_8(112, p, FLINK_UP_TO_112)
FLINK_RUNGS_8(120, q, FLINK_UP_TO_120)
#undef FLINK_UP_TO_8
#undef FLINK_UP_TO_16
#undef FLINK_UP_TO_24
#undef FLINK_UP_TO_32
#undef FLINK_UP_TO_40
#undef FLINK_UP_TO_48
#undef FLINK_UP_TO_56
#undef FLINK_UP_TO_64
#undef FLINK_UP_TO_72
#undef FLINK_UP_TO_80
#undef FLINK_UP_TO_88
#undef FLINK_UP_TO_96
#undef FLINK_UP_TO_104
#undef FLINK_UP_TO_112
#undef FLINK_UP_TO_120
#undef FLINK_RUNGS_8
#undef FLINK_8
#undef FLINK_RUNG
// clang-format on

}  // namespace flink::detail
