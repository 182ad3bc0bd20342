// SPDX-License-Identifier: Apache-2.0
// What a pattern found: for each step the events that it took, in their order.
//   for (const Event& event : match["b"]) …
// Refers to state: valid until the function that got it returns.
#pragma once

#include <cstddef>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flink {

namespace cep {
// Throws Error{user} when the pattern has no step of that name.
std::size_t step_of(const std::vector<std::string>& names, std::string_view name);
[[noreturn]] void fail_not_taken(std::string_view name);
}  // namespace cep

// The events of one step: a range of const T&.
template <class T>
class PatternEvents {
 public:
  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = T;
    using reference = const T&;
    using pointer = const T*;
    Iterator() = default;
    explicit Iterator(const T* const* at) : at_(at) {}
    reference operator*() const { return **at_; }
    pointer operator->() const { return *at_; }
    reference operator[](difference_type n) const { return *at_[n]; }
    Iterator& operator+=(difference_type n) { return at_ += n, *this; }
    Iterator& operator-=(difference_type n) { return at_ -= n, *this; }
    Iterator& operator++() { return ++at_, *this; }
    Iterator& operator--() { return --at_, *this; }
    Iterator operator++(int) { return Iterator{at_++}; }
    Iterator operator--(int) { return Iterator{at_--}; }
    friend Iterator operator+(Iterator i, difference_type n) { return i += n; }
    friend Iterator operator+(difference_type n, Iterator i) { return i += n; }
    friend Iterator operator-(Iterator i, difference_type n) { return i -= n; }
    friend difference_type operator-(Iterator a, Iterator b) { return a.at_ - b.at_; }
    friend auto operator<=>(Iterator a, Iterator b) = default;

   private:
    const T* const* at_ = nullptr;
  };

  PatternEvents() = default;
  explicit PatternEvents(std::vector<const T*> events) : events_(std::move(events)) {}
  Iterator begin() const { return Iterator{events_.data()}; }
  Iterator end() const { return Iterator{events_.data() + events_.size()}; }
  std::size_t size() const noexcept { return events_.size(); }
  bool empty() const noexcept { return events_.empty(); }
  const T& operator[](std::size_t i) const { return *events_[i]; }
  const T& front() const { return *events_.front(); }
  const T& back() const { return *events_.back(); }

  // For operators.
  void add(const T* event) { events_.push_back(event); }

 private:
  std::vector<const T*> events_;
};

template <class T>
class Match {
 public:
  explicit Match(const std::vector<std::string>& names) : names_(&names), events_(names.size()) {}

  // Empty when the step took none. Throws Error{user} when the pattern has no such step.
  const PatternEvents<T>& operator[](std::string_view step) const {
    return events_[cep::step_of(*names_, step)];
  }
  // Throws Error{user} when the step took none, too.
  const PatternEvents<T>& at(std::string_view step) const {
    const PatternEvents<T>& events = (*this)[step];
    if (events.empty()) cep::fail_not_taken(step);
    return events;
  }
  bool contains(std::string_view step) const { return !(*this)[step].empty(); }

  // The steps that took events, in the order of the pattern: pairs of name and events.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = std::pair<const std::string&, const PatternEvents<T>&>;
    Iterator(const Match* match, std::size_t at) : match_(match), at_(at) { skip(); }
    value_type operator*() const { return {(*match_->names_)[at_], match_->events_[at_]}; }
    Iterator& operator++() {
      ++at_;
      skip();
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    void skip() {
      while (at_ < match_->events_.size() && match_->events_[at_].empty()) ++at_;
    }
    const Match* match_;
    std::size_t at_;
  };
  Iterator begin() const { return Iterator{this, 0}; }
  Iterator end() const { return Iterator{this, events_.size()}; }

  // A copy, as Flink hands it over.
  operator std::map<std::string, std::vector<T>>() const {
    std::map<std::string, std::vector<T>> copy;
    for (const auto& [name, events] : *this) copy[name].assign(events.begin(), events.end());
    return copy;
  }

  // For operators.
  void add(std::size_t step, const T* event) { events_[step].add(event); }

 private:
  const std::vector<std::string>* names_;
  std::vector<PatternEvents<T>> events_;
};

}  // namespace flink
