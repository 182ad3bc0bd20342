// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <flink/types/check.h>
#include <flink/types/reflect.h>

#include <any>
#include <functional>

#include "unit/types/records.h"
#include "unit/types/wide_records.h"

namespace {

using namespace types_test;
using flink::field_count;
using flink::field_name;
using flink::field_t;
using flink::detail::shape_of;
using flink::detail::ShapeProblem;

struct EmptyBase {};
struct WithEmptyBase : EmptyBase {
  int number = 0;
  std::string text;
};
struct Recursive {
  std::vector<Recursive> kids;
  std::optional<std::vector<Recursive>> more;
};
template <class T>
struct Generic {
  T alpha;
  int beta_ = 0;
};
struct Any {
  std::any anything;
  int after;
};
struct OneRawArray {
  int before;
  char letter[1];
};

static_assert(field_count<WordCount> == 2 && field_name<WordCount, 0> == "word");
static_assert(field_count<Everything> == 25);
static_assert(field_name<Everything, 24> == "children");
static_assert(std::is_same_v<field_t<Everything, 11>, decltype(Everything::any)>);
static_assert(std::is_same_v<field_t<Everything, 14>, std::array<std::string, 2>>);
static_assert(field_count<Empty> == 0);
static_assert(field_count<WithEmptyBase> == 2 && field_name<WithEmptyBase, 1> == "text");
static_assert(field_count<Recursive> == 2 && field_name<Recursive, 1> == "more");
static_assert(field_name<Generic<std::map<int, std::string>>, 1> == "beta_");
static_assert(field_count<Wide128> == 128 && field_name<Wide128, 127> == "f127");
static_assert(field_count<Wide65> == 65 && field_name<Wide65, 64> == "s64");
static_assert(field_count<const WordCount> == 2);

template <class T>
constexpr bool has_problem(ShapeProblem problem, std::size_t at) {
  return shape_of<T>.problem == problem && shape_of<T>.at == at;
}

struct RawArray {
  int a;
  int b[3];
  int c;
};
struct LongRawArray {
  char name[1000];
  int after;
};
struct TextArray {
  std::string a[2];
};
struct Base {
  int inherited;
};
struct Derived : Base {
  int own;
};
struct DerivedOnly : Base {};
struct Bits {
  int whole;
  int some : 5;
};
struct BitsFirst {
  unsigned some : 1;
  std::string text;
};
struct Ref {
  int a;
  int& b;
  int c;
};
struct ConstRef {
  int a;
  const int& b;
};
struct NoDefault {
  explicit NoDefault(int);
};
struct HoldsNoDefault {
  int a;
  NoDefault b;
};
struct AnonymousUnion {
  int a;
  union {
    int b;
    float c;
  };
};
static_assert(has_problem<RawArray>(ShapeProblem::raw_array, 1));
static_assert(has_problem<LongRawArray>(ShapeProblem::raw_array, 0));
static_assert(has_problem<TextArray>(ShapeProblem::raw_array, 0));
static_assert(has_problem<Derived>(ShapeProblem::base_with_data, 0));
static_assert(has_problem<DerivedOnly>(ShapeProblem::base_with_data, 0));
static_assert(has_problem<Bits>(ShapeProblem::bit_field, 1));
static_assert(has_problem<BitsFirst>(ShapeProblem::bit_field, 0));
static_assert(has_problem<Ref>(ShapeProblem::reference, 1));
static_assert(has_problem<ConstRef>(ShapeProblem::reference, 1));
static_assert(has_problem<HoldsNoDefault>(ShapeProblem::no_default, 1));
static_assert(has_problem<AnonymousUnion>(ShapeProblem::union_field, 1));
static_assert(field_count<RawArray> == 0);
// These come apart; their field types are refused (check.h).
static_assert(field_count<OneRawArray> == 2 && !flink::detail::is_serializable<OneRawArray>);
static_assert(field_count<Any> == 2 && !flink::detail::is_serializable<Any>);
static_assert(!flink::detail::is_serializable<std::function<void()>>);
static_assert(flink::detail::is_serializable<Everything>);
static_assert(flink::detail::is_serializable<Recursive>);

TEST_CASE("fields are visited by name, in order, and can be changed") {
  WordCount value{"a", 1};
  std::string names;
  flink::for_each_field(value, [&names](std::string_view name, auto& field) {
    names += name;
    names += ' ';
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, std::int64_t>) field = 7;
  });
  CHECK(names == "word count ");
  CHECK(value.count == 7);
  flink::get_field<0>(value).push_back('b');
  CHECK(flink::get_field<0>(std::as_const(value)) == "ab");
}

TEST_CASE("local and unnamed-namespace types have field names") {
  struct Local {
    double first;
    std::string second;
  };
  CHECK(field_name<Local, 1> == "second");
  auto in_lambda = [] {
    struct Inner {
      int deep;
    };
    return field_name<Inner, 0>;
  };
  CHECK(in_lambda() == "deep");
}

TEST_CASE("a field is found by name at run time") {
  CHECK(flink::find_field<WordCount>("count") == 1);
  CHECK(flink::find_field<WordCount>("Count") == -1);
  CHECK(flink::find_field<int>("count") == -1);
  Wide128 wide;
  int seen = -1;
  CHECK(flink::visit_field(wide, flink::find_field<Wide128>("f100"), [&](int& f) { seen = f; }));
  CHECK(seen == 100);
  CHECK_FALSE(flink::visit_field(wide, -1, [](int&) {}));
  CHECK_FALSE(flink::visit_field(wide, 128, [](int&) {}));
}

TEST_CASE("type names are readable") {
  struct Local {};
  CHECK(flink::type_name<WordCount>() == "WordCount");
  CHECK(flink::type_name<Local>() == "Local");
  CHECK(flink::type_name<int>() == "int");
  CHECK(flink::type_name<std::int64_t>() == "int64");
  CHECK(flink::type_name<std::string>() == "string");
  CHECK(flink::type_name<std::string_view>() == "string_view");
  CHECK(flink::type_name<std::vector<WordCount>>() == "vector<WordCount>");
  CHECK(flink::type_name<std::map<std::string, std::vector<double>>>() ==
        "map<string, vector<double>>");
  CHECK(flink::type_name<std::unordered_map<std::string, Local>>() ==
        "unordered_map<string, Local>");
  CHECK(flink::type_name<std::tuple<std::string, std::uint64_t>>() == "tuple<string, uint64>");
}

}  // namespace
