// SPDX-License-Identifier: Apache-2.0
// Structured bindings for 1 to 64 fields: Rung<N>::apply(v, f) calls f(field, ...); the type of
// Rung<N>::apply<true>(v, f) tells whether that call compiles (a bit-field binds to no reference).
// For reflect.h only: a language without packs in structured bindings needs one line a count. One
// function a count: naming the fields is what costs every compile, so more of them are in
// more_rungs.h, which flinkc precompiles with the rest; it uses the macros here.
#pragma once

#include <cstddef>
#include <type_traits>

namespace flink::detail {

template <std::size_t N>
struct Rung {
  static_assert(N <= 64,
                "flinkc: a record of more than 64 fields needs #include "
                "<flink/types/more_rungs.h>, unless flinkc builds the job");
};

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
#define FLINK_FIELDS_8(p) p##0, p##1, p##2, p##3, p##4, p##5, p##6, p##7
#define FLINK_RUNGS_8(n, p, ...)                                                                   \
  FLINK_RUNG(n + 1, __VA_ARGS__ p##0)                                                              \
  FLINK_RUNG(n + 2, __VA_ARGS__ p##0, p##1)                                                        \
  FLINK_RUNG(n + 3, __VA_ARGS__ p##0, p##1, p##2)                                                  \
  FLINK_RUNG(n + 4, __VA_ARGS__ p##0, p##1, p##2, p##3)                                            \
  FLINK_RUNG(n + 5, __VA_ARGS__ p##0, p##1, p##2, p##3, p##4)                                      \
  FLINK_RUNG(n + 6, __VA_ARGS__ p##0, p##1, p##2, p##3, p##4, p##5)                                \
  FLINK_RUNG(n + 7, __VA_ARGS__ p##0, p##1, p##2, p##3, p##4, p##5, p##6)                          \
  FLINK_RUNG(n + 8, __VA_ARGS__ FLINK_FIELDS_8(p))
#define FLINK_FIELDS_TO_8 FLINK_FIELDS_8(a),
#define FLINK_FIELDS_TO_16 FLINK_FIELDS_TO_8 FLINK_FIELDS_8(b),
#define FLINK_FIELDS_TO_24 FLINK_FIELDS_TO_16 FLINK_FIELDS_8(c),
#define FLINK_FIELDS_TO_32 FLINK_FIELDS_TO_24 FLINK_FIELDS_8(d),
#define FLINK_FIELDS_TO_40 FLINK_FIELDS_TO_32 FLINK_FIELDS_8(e),
#define FLINK_FIELDS_TO_48 FLINK_FIELDS_TO_40 FLINK_FIELDS_8(g),
#define FLINK_FIELDS_TO_56 FLINK_FIELDS_TO_48 FLINK_FIELDS_8(h),
#define FLINK_FIELDS_TO_64 FLINK_FIELDS_TO_56 FLINK_FIELDS_8(i),
#define FLINK_FIELDS_TO_72 FLINK_FIELDS_TO_64 FLINK_FIELDS_8(j),
#define FLINK_FIELDS_TO_80 FLINK_FIELDS_TO_72 FLINK_FIELDS_8(k),
#define FLINK_FIELDS_TO_88 FLINK_FIELDS_TO_80 FLINK_FIELDS_8(l),
#define FLINK_FIELDS_TO_96 FLINK_FIELDS_TO_88 FLINK_FIELDS_8(m),
#define FLINK_FIELDS_TO_104 FLINK_FIELDS_TO_96 FLINK_FIELDS_8(n),
#define FLINK_FIELDS_TO_112 FLINK_FIELDS_TO_104 FLINK_FIELDS_8(o),
#define FLINK_FIELDS_TO_120 FLINK_FIELDS_TO_112 FLINK_FIELDS_8(p),
FLINK_RUNGS_8(0, a, )
FLINK_RUNGS_8(8, b, FLINK_FIELDS_TO_8)
FLINK_RUNGS_8(16, c, FLINK_FIELDS_TO_16)
FLINK_RUNGS_8(24, d, FLINK_FIELDS_TO_24)
FLINK_RUNGS_8(32, e, FLINK_FIELDS_TO_32)
FLINK_RUNGS_8(40, g, FLINK_FIELDS_TO_40)
FLINK_RUNGS_8(48, h, FLINK_FIELDS_TO_48)
FLINK_RUNGS_8(56, i, FLINK_FIELDS_TO_56)
// clang-format on

}  // namespace flink::detail
