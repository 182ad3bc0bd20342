// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <flink/types/views.h>

#include "unit/types/records.h"

namespace {

using namespace types_test;
using flink::convert;
using flink::has_views;
using flink::owned_t;
using flink::to_owned;

struct View {
  std::string_view name;
  std::int32_t number = 0;
  std::span<const std::byte> raw;
};
struct Nested {
  std::vector<View> views;
  std::int16_t extra = 0;
  std::optional<std::string_view> note;
};
struct Tree {
  std::vector<Tree> children;
};
struct OwnedView {
  std::int64_t number = 0;  // another order, a wider type
  std::string name;
};
struct OwnedNested {
  std::vector<OwnedView> views;
  std::optional<std::string> note;
};

static_assert(has_views<std::string_view> && has_views<View> && has_views<Nested>);
static_assert(has_views<std::map<std::string, View>> && has_views<std::variant<int, View>>);
static_assert(!has_views<Everything> && !has_views<Tree> && !has_views<std::string>);

static_assert(std::is_same_v<owned_t<int>, int> && std::is_same_v<owned_t<Everything>, Everything>);
static_assert(std::is_same_v<owned_t<std::string_view>, std::string>);
static_assert(std::is_same_v<owned_t<std::span<const std::byte>>, std::vector<std::byte>>);
static_assert(
    std::is_same_v<owned_t<std::tuple<int, std::string_view>>, std::tuple<int, std::string>>);
static_assert(
    std::is_same_v<owned_t<std::pair<std::string_view, Point>>, std::pair<std::string, Point>>);
static_assert(std::is_same_v<owned_t<std::optional<std::string_view>>, std::optional<std::string>>);
static_assert(std::is_same_v<owned_t<std::vector<std::string_view>>, std::vector<std::string>>);
static_assert(std::is_same_v<owned_t<std::array<std::string_view, 2>>, std::array<std::string, 2>>);

static_assert(flink::detail::is_convertible<OwnedNested, Nested>);
static_assert(flink::detail::is_convertible<std::int64_t, std::int32_t>);
static_assert(!flink::detail::is_convertible<std::int32_t, std::int64_t>);
static_assert(!flink::detail::is_convertible<WordCount, View>);  // no word, no count

TEST_CASE("keys that are views become owned") {
  std::string text = "key";
  const auto key = to_owned(std::tuple<std::string_view, int>{text, 1});
  text = "gone";
  CHECK(std::get<0>(key) == "key");
  const std::string owned = "x";
  CHECK(&to_owned(owned) == &owned);
}

TEST_CASE("records convert by field name") {
  const OwnedView owned = convert<OwnedView>(View{"n", 7, {}});
  CHECK(owned.name == "n");
  CHECK(owned.number == 7);
  Nested nested;
  nested.views = {{"a", 1, {}}, {"b", 2, {}}};
  nested.note = "note";
  const auto all = convert<OwnedNested>(nested);
  CHECK(all.views.size() == 2);
  CHECK(all.views[1].name == "b");
  CHECK(all.views[1].number == 2);
  CHECK(all.note == "note");
  CHECK_FALSE(convert<OwnedNested>(Nested{}).note.has_value());
  const std::byte raw[] = {std::byte{9}};
  struct OwnedRaw {
    std::vector<std::byte> raw;
  };
  CHECK(convert<OwnedRaw>(View{"", 0, raw}).raw == std::vector<std::byte>{std::byte{9}});
}

}  // namespace
