// SPDX-License-Identifier: Apache-2.0
// ExpectedEntries: what the next few records will ask runs for. All are looked up in steps, between
// which the lines that the next step needs are on their way: so a batch waits for memory a few
// times instead of a few times a record. What is found out here only makes reading faster; whoever
// reads is told where an entry most likely lies. The slot's thread only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "state/run_stack.h"

namespace flink::state {

class ExpectedEntries {
 public:
  explicit ExpectedEntries(RunStack& stack) : stack_(stack) {}

  // Forgets what was expected before.
  void begin() { count_ = next_ = 0; }
  bool full() const { return count_ == entries_.size(); }
  // A key as stored is written there, then add() is called; `collection`: it is the prefix of a
  // map's or list's entries.
  std::string& room() {
    entries_[count_].key.clear();
    return entries_[count_].key;
  }
  void add(bool collection);
  void look_up();

  // The entry's place, if it was expected and one was found: runs that are newer have nothing of
  // it. `hash`: of the stored key.
  std::optional<RunStack::Place> find(std::string_view stored_key, std::uint64_t hash,
                                      bool collection);

 private:
  struct Entry {
    std::string key;
    std::uint64_t hash = 0;
    bool collection = false;
    bool placed = false;
    RunStack::Place place;
  };

  RunStack& stack_;
  std::array<Entry, 128> entries_;
  std::size_t count_ = 0;
  std::size_t next_ = 0;  // they are asked for in the order in which they were expected
  std::uint64_t version_ = 0;
};

}  // namespace flink::state
