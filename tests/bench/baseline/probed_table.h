// SPDX-License-Identifier: Apache-2.0
// An open-addressing table with linear probing, on huge pages, at most half full; what is erased is
// closed up, so that nothing is left behind.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

namespace bench {

template <class T>
struct HugePages {
  using value_type = T;
  static constexpr std::size_t huge_page = 2 << 20;
  T* allocate(std::size_t n) {
    const std::size_t bytes = (n * sizeof(T) + huge_page - 1) / huge_page * huge_page;
    void* const place = std::aligned_alloc(huge_page, bytes);
    if (!place) throw std::bad_alloc();
    ::madvise(place, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(place);
  }
  void deallocate(T* place, std::size_t) { std::free(place); }
  bool operator==(const HugePages&) const { return true; }
};

// Entry: std::uint64_t hash() const, `is(other)` of the same key, and bool used.
template <class Entry>
class ProbedTable {
 public:
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[place_of(hash)], 1); }
  // The entry of that key, made as `wanted` when there is none: then true.
  std::pair<Entry*, bool> find_or_add(const Entry& wanted) {
    if ((size_ + 1) * 2 > slots_.size()) grow();
    for (std::size_t at = place_of(wanted.hash());; at = next(at)) {
      Entry& slot = slots_[at];
      if (!slot.used) {
        slot = wanted;
        ++size_;
        return {&slot, true};
      }
      if (slot.is(wanted)) return {&slot, false};
    }
  }
  Entry* find(const Entry& wanted) {
    for (std::size_t at = place_of(wanted.hash());; at = next(at)) {
      if (!slots_[at].used) return nullptr;
      if (slots_[at].is(wanted)) return &slots_[at];
    }
  }
  void erase(Entry* entry) {
    std::size_t hole = static_cast<std::size_t>(entry - slots_.data());
    for (std::size_t at = next(hole); slots_[at].used; at = next(at)) {
      const std::size_t home = place_of(slots_[at].hash());
      if (((at - home) & mask()) < ((at - hole) & mask())) continue;
      slots_[hole] = std::move(slots_[at]);
      hole = at;
    }
    slots_[hole] = Entry{};
    --size_;
  }

  template <class Visit>
  void for_each(const Visit& visit) {
    for (Entry& slot : slots_) {
      if (slot.used) visit(slot);
    }
  }
  void clear() {
    for (Entry& slot : slots_) slot = Entry{};
    size_ = 0;
  }

 private:
  std::size_t mask() const { return slots_.size() - 1; }
  std::size_t next(std::size_t at) const { return (at + 1) & mask(); }
  std::size_t place_of(std::uint64_t hash) const { return (hash * 0x9e3779b97f4a7c15U) >> shift_; }
  void grow() {
    std::vector<Entry, HugePages<Entry>> old(slots_.size() * 2);
    old.swap(slots_);
    --shift_;
    for (Entry& entry : old) {
      if (!entry.used) continue;
      std::size_t at = place_of(entry.hash());
      while (slots_[at].used) at = next(at);
      slots_[at] = std::move(entry);
    }
  }

  std::vector<Entry, HugePages<Entry>> slots_ = std::vector<Entry, HugePages<Entry>>(1024);
  int shift_ = 54;  // 64 - log2 of the number of slots
  std::size_t size_ = 0;
};

}  // namespace bench
