// SPDX-License-Identifier: Apache-2.0
// A join's list beside a plain vector that does the same, at random.
#include <doctest/doctest.h>
#include <flink/operators/join_list.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace flink;

namespace {

std::uint64_t last_bits(std::size_t count) {
  return count == 0 ? 0 : ~std::uint64_t{0} >> (64 - count);
}

template <class T>
class ListAndOracle {
 public:
  explicit ListAndOracle(std::uint64_t seed) : random_(seed), now_(below(1'000'000) - 500'000) {}

  void step() {
    switch (below(6)) {
      case 0:
        return look();
      case 1:
        return keep(bits() | bits());
      case 2:
        return keep(bits());
      case 3:
        if (below(4) == 0) copy();
        return;
      default:
        return add();
    }
  }
  void check() {
    REQUIRE(list_.size() == all_.size());
    REQUIRE(list_.capacity() >= all_.size());
    for (std::size_t i = 0; i < all_.size(); ++i) {
      REQUIRE(list_.time(i) == all_[i].first);
      REQUIRE(list_.record(i) == all_[i].second);
    }
    REQUIRE(list_.at_watermark() == marked_);
  }

 private:
  using List = detail::JoinList<T>;
  std::int64_t below(std::int64_t end) {
    return std::uniform_int_distribution<std::int64_t>{0, end - 1}(random_);
  }
  std::uint64_t bits() { return random_() & last_bits(all_.size()); }

  void add() {
    if (all_.size() == List::records_max) return;
    // Sometimes a list goes on for weeks.
    now_ += below(50) == 0 ? below(std::int64_t{1} << 30) : below(20);
    const std::int64_t at = now_ - below(40);
    if (!list_.takes(at)) return;
    if (list_.size() == list_.capacity()) list_.reserve(list_.size() + 1 + below(9));
    if (list_.size() == list_.capacity()) return;
    const T record = record_of(below(1'000'000));
    if (below(8) == 0) {
      marked_ |= std::uint64_t{1} << all_.size();
      list_.set_at_watermark(marked_);
    }
    list_.add(record, at);
    all_.emplace_back(at, record);
  }
  void look() {
    std::int64_t from = now_ - below(100), to = from + below(100);
    if (below(20) == 0) from = INT64_MIN + 1;
    if (below(20) == 0) to = INT64_MAX;
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      found |= std::uint64_t{all_[i].first >= from && all_[i].first <= to} << i;
    }
    REQUIRE(list_.within(from, to) == found);
  }
  void keep(std::uint64_t kept) {
    std::vector<std::pair<std::int64_t, T>> left;
    std::uint64_t marked = 0;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if ((kept >> i & 1) == 0) continue;
      marked |= (marked_ >> i & 1) << left.size();
      left.push_back(all_[i]);
    }
    list_.keep(kept);
    all_ = std::move(left);
    marked_ = marked;
  }
  void copy() {
    if (below(2) == 0) {
      const List other = list_;
      list_ = other;
    } else {
      List other;
      other.reserve(3);
      other = std::move(list_);
      list_ = std::move(other);
    }
  }
  static T record_of(std::int64_t number) {
    if constexpr (std::is_same_v<T, std::string>)
      return "a record of some length " + std::to_string(number);
    else return static_cast<T>(number);
  }

  std::mt19937_64 random_;
  std::int64_t now_;
  List list_;
  std::vector<std::pair<std::int64_t, T>> all_;
  std::uint64_t marked_ = 0;
};

template <class T>
void run_random() {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    ListAndOracle<T> lists(seed);
    for (int step = 0; step < 1000; ++step) {
      CAPTURE(step);
      lists.step();
      lists.check();
    }
  }
}

}  // namespace

TEST_CASE("a join's list keeps and finds what a vector does") {
  run_random<std::int64_t>();
  run_random<char>();
  run_random<std::string>();
}
