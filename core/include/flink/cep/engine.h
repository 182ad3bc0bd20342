// SPDX-License-Identifier: Apache-2.0
// Runs a pattern over the events of one key at a time: untyped, compiled once. State is handed in,
// events are looked up by the caller. One thread; a copy has conditions of its own.
#pragma once

#include <flink/base/memory.h>
#include <flink/cep/definition.h>
#include <flink/cep/nfa_state.h>

#include <cstdint>
#include <string>
#include <vector>

namespace flink::cep {

class Nfa;
// Throws Error{user} for patterns that cannot be.
std::shared_ptr<const Nfa> compile(const Definition& definition);
// What is legal, but most likely not as it was meant.
std::vector<std::string> warnings_of(const Definition& definition);

// Where the events of the current key lie.
class BufferedEvents {
 public:
  virtual const void* event(std::uint64_t id) = 0;

 protected:
  ~BufferedEvents() = default;
};

// A match, or a partial one that timed out. Refers to its node until released.
struct Found {
  std::uint32_t node = 0;
  std::int64_t millis = 0;
  bool timed_out = false;
};
struct TakenEvent {
  std::uint32_t step = 0;
  std::uint64_t id = 0;
};
struct OfferedEvent {
  const void* event = nullptr;
  std::uint64_t id = 0;
  std::int64_t millis = 0;
  std::int64_t now_millis = 0;  // processing time
};

class Engine {
 public:
  // with_timed_out: whether partial matches that time out are found.
  Engine(std::shared_ptr<const Nfa> nfa, bool with_timed_out);
  Engine(const Engine& other);
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  const std::vector<std::string>& step_names() const;

  // A key's state before all else: throws Error{user} when it is another pattern's.
  void open(NfaState& state) const;
  // Gives back room. Before others find nodes in it.
  void compact(NfaState& state) const;
  // No event with a smaller time comes any more.
  void advance_time(NfaState& state, std::int64_t millis, std::vector<Found>& found);
  void process(NfaState& state, const OfferedEvent& event, BufferedEvents& events,
               std::vector<Found>& found);
  // What it took, in order.
  void read(const NfaState& state, const Found& found, std::vector<TakenEvent>& taken) const;
  void release(NfaState& state, const Found& found);
  // Events that process() was given and nobody refers to any more; forgotten afterwards.
  std::vector<std::uint64_t> take_unused();
  // When the next partial match times out; INT64_MAX: never.
  std::int64_t deadline(const NfaState& state) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace flink::cep
