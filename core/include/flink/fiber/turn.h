// SPDX-License-Identifier: Apache-2.0
// How operators look up between two records. A task works in batches; when its turn has lasted for
// about a millisecond, another thread raises a flag, which operators test between records: always
// while records are slow, else every few. Then what was collected goes on, other tasks of the slot
// have their turn, and a cancellation ends the task. Costs a load and a branch.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/base/atomic.h>

#include <cstddef>
#include <cstdint>

namespace flink::detail {

// The turn of one task. All but the flag: the task's slot only.
class Turn {
 public:
  explicit Turn(const Atomic<bool>& overdue) noexcept : overdue_(&overdue) {}
  virtual ~Turn() = default;
  bool overdue() const noexcept { return overdue_->load(); }
  // Between two records, when it is overdue. May suspend the task.
  virtual void look_up() = 0;
  // How many records a source is to emit at once: as many as its chain works on for about a
  // millisecond.
  virtual std::size_t source_records() const = 0;
  virtual void source_emitted(std::size_t records) = 0;

  // Where nobody measures.
  static Turn& endless() noexcept;

 private:
  const Atomic<bool>* overdue_;
};

// How often one operator looks up.
class Pace {
 public:
  void open(Turn& turn) noexcept { turn_ = &turn; }
  // So many records may be worked on before the next look().
  std::size_t stretch() const noexcept { return stretch_; }
  bool overdue() const noexcept { return turn_->overdue(); }
  bool quick() const noexcept { return stretch_ == stretch_max; }
  // `hand_on`: what was collected goes to the next operator.
  template <class HandOn>
  void look(HandOn&& hand_on) {
    if (turn_->overdue()) [[unlikely]] {
      stretch_ = 1;
      hand_on();
      turn_->look_up();
    } else {
      stretch_ = std::min(2 * stretch_, stretch_max);
    }
  }

 private:
  static constexpr std::size_t stretch_max = 32;
  Turn* turn_ = &Turn::endless();
  std::size_t stretch_ = stretch_max;
};

// body(i) for each i below `size`.
template <class HandOn, class Body>
inline void paced(Pace& pace, std::size_t size, HandOn&& hand_on, Body&& body) {
  for (std::size_t i = 0; i < size;) {
    const std::size_t stop = std::min(size, i + pace.stretch());
    for (; i < stop; ++i) body(i);
    pace.look(hand_on);
  }
}

}  // namespace flink::detail
