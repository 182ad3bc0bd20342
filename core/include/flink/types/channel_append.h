// SPDX-License-Identifier: Apache-2.0
// The innermost step of every exchange: one record into the open batch of a channel.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/types/batch.h>
#include <flink/types/channel_batches.h>
#include <flink/types/short_strings.h>
#include <flink/types/views.h>

#include <array>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace flink::detail {

// Appends record i of `batch` to the open batch of a channel; sends that when it is full.
template <class T>
inline void append_to_channel(RecordBatch<T>& batch, std::size_t i, bool sole_owner, int channel,
                              ChannelBatches& channels) {
  auto* open = static_cast<RecordBatch<T>*>(channels.open[channel].get());
  if (open->full()) [[unlikely]] {
    if constexpr (has_views<T>) open->pin_all_of(batch);
    channels.flush(channel);
    open = static_cast<RecordBatch<T>*>(channels.open[channel].get());
  }
  open->append(batch, i, sole_owner);
}

// Where the next record of each channel goes, kept in registers and L1 while a batch is split. The
// open batches' sizes are set when this goes, also when flush() throws.
template <class T>
class ChannelCursors {
 public:
  static constexpr int channels_max = 32;

  // `ahead`: so many records come at most.
  ChannelCursors(RecordBatch<T>& batch, ChannelBatches& channels, std::size_t ahead)
      : batch_(batch), channels_(channels), ahead_(ahead) {
    for (int c = 0; c < channels_.count; ++c) load(c);
  }
  ChannelCursors(const ChannelCursors&) = delete;
  ChannelCursors& operator=(const ChannelCursors&) = delete;
  ~ChannelCursors() {
    for (int c = 0; c < channels_.count; ++c) store(c);
  }

  template <class U>
  void put(int channel, U&& record) {
    Cursor& cursor = cursors_[channel];
    if (cursor.at == cursor.end) [[unlikely]]
      refill(channel);
    if constexpr (sizeof(T) <= 64) __builtin_prefetch(cursor.at + 512 / sizeof(T), 1);
    construct(cursor.at++, std::forward<U>(record));
  }
  // Of the record that was put there last; for a batch that is stamped.
  void stamp(int channel, std::int64_t millis) { *cursors_[channel].stamp++ = millis; }

 private:
  struct Cursor {
    T* at = nullptr;
    T* end = nullptr;
    std::int64_t* stamp = nullptr;
  };

  RecordBatch<T>& open(int channel) const {
    return static_cast<RecordBatch<T>&>(*channels_.open[channel]);
  }
  void load(int channel) {
    RecordBatch<T>& to = open(channel);
    cursors_[channel] = {to.data() + to.size(), to.data() + to.capacity(), nullptr};
    if (batch_.stamped()) {
      cursors_[channel].stamp = to.stamps_ahead(std::min(ahead_, to.capacity() - to.size()));
    }
  }
  void store(int channel) {
    if (cursors_[channel].at == nullptr) return;
    RecordBatch<T>& to = open(channel);
    to.set_size(static_cast<std::size_t>(cursors_[channel].at - to.data()));
  }
  [[gnu::noinline]] void refill(int channel) {
    store(channel);
    if constexpr (has_views<T>) open(channel).pin_all_of(batch_);
    cursors_[channel] = {};
    channels_.flush(channel);
    load(channel);
  }

  RecordBatch<T>& batch_;
  ChannelBatches& channels_;
  std::size_t ahead_;
  std::array<Cursor, channels_max> cursors_;
};

// Flattened: else what grows around it decides whether a short string is copied by a call.
template <bool move, bool stamped, class T>
[[gnu::noinline, gnu::flatten]] inline void put_all(ChannelCursors<T>& cursors, T* records,
                                                    [[maybe_unused]] const std::int64_t* timestamps,
                                                    std::size_t count,
                                                    const std::uint16_t* channel_of) {
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (move) cursors.put(channel_of[i], std::move(records[i]));
    else cursors.put(channel_of[i], std::as_const(records[i]));
    if constexpr (stamped) cursors.stamp(channel_of[i], timestamps[i]);
  }
}

// Plain records to two channels. Which of the two is a coin toss, so the place is computed: without
// a branch, and without a store that the next record waits for.
template <bool stamped, class T>
[[gnu::noinline]] inline void scatter_over_two(const T* records,
                                               [[maybe_unused]] const std::int64_t* timestamps,
                                               std::size_t count, const std::uint16_t* channel_of,
                                               ChannelBatches& channels) {
  const auto open = [&channels](int c) -> RecordBatch<T>& {
    return static_cast<RecordBatch<T>&>(*channels.open[c]);
  };
  for (std::size_t i = 0; i < count;) {
    for (int c = 0; c < 2; ++c) {
      if (open(c).full()) [[unlikely]]
        channels.flush(c);
    }
    const std::size_t room =
        std::min(open(0).capacity() - open(0).size(), open(1).capacity() - open(1).size());
    const std::size_t stop = i + std::min(count - i, room);
    const std::array<T*, 2> first = {open(0).data() + open(0).size(),
                                     open(1).data() + open(1).size()};
    std::array<std::int64_t*, 2> stamps{};
    if constexpr (stamped) {
      stamps = {open(0).stamps_ahead(stop - i), open(1).stamps_ahead(stop - i)};
    }
    std::uint64_t put = 0;  // 32 bits for each of the two
    for (; i < stop; ++i) {
      const int shift = channel_of[i] * 32;
      const std::size_t place = put >> shift & UINT32_MAX;
      T* const at = first[channel_of[i]] + place;
      ::new (static_cast<void*>(at)) T(records[i]);
      if constexpr (stamped) stamps[channel_of[i]][place] = timestamps[i];
      if constexpr (sizeof(T) <= 64) __builtin_prefetch(at + 512 / sizeof(T), 1);
      put += std::uint64_t{1} << shift;
    }
    open(0).set_size(open(0).size() + (put & UINT32_MAX));
    open(1).set_size(open(1).size() + (put >> 32));
  }
}

// Records [from, from + count) of the batch to the channels that channel_of says.
template <class T>
inline void scatter_records(RecordBatch<T>& batch, std::size_t from, std::size_t count,
                            bool sole_owner, const std::uint16_t* channel_of,
                            ChannelBatches& channels) {
  if (channels.count > ChannelCursors<T>::channels_max) {
    for (std::size_t i = 0; i < count; ++i) {
      append_to_channel(batch, from + i, sole_owner, channel_of[i], channels);
    }
    return;
  }
  T* const records = batch.data() + from;
  const std::int64_t* const timestamps =
      batch.stamped() ? batch.timestamps().data() + from : nullptr;
  if constexpr (std::is_trivially_copyable_v<T> && !has_views<T>) {
    if (channels.count == 2) {
      if (timestamps != nullptr) {
        scatter_over_two<true, T>(records, timestamps, count, channel_of, channels);
      } else {
        scatter_over_two<false, T>(records, nullptr, count, channel_of, channels);
      }
      return;
    }
  }
  ChannelCursors<T> cursors{batch, channels, count};
  const auto put = [&]<bool move>() {
    if (timestamps != nullptr) {
      put_all<move, true>(cursors, records, timestamps, count, channel_of);
    } else {
      put_all<move, false>(cursors, records, nullptr, count, channel_of);
    }
  };
  if (sole_owner && !std::is_trivially_copyable_v<T>) put.template operator()<true>();
  else put.template operator()<false>();
}

// After a batch was split: what its records' views point into stays alive with each part.
template <class T>
inline void pin_in_channels(const RecordBatch<T>& batch, ChannelBatches& channels) {
  if constexpr (has_views<T>) {
    for (int c = 0; c < channels.count; ++c) {
      if (channels.open[c]->size() > 0) channels.open[c]->pin_all_of(batch);
    }
  }
}

}  // namespace flink::detail
