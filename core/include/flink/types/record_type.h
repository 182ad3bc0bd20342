// SPDX-License-Identifier: Apache-2.0
// What the runtime must know of a record type, erased: how to make, move and (de)serialize batches.
// One stateless instance a type: record_type<T>(). Threads: const, safe to share.
#pragma once

#include <flink/base/check.h>
#include <flink/types/batch.h>
#include <flink/types/bytes.h>
#include <flink/types/channel_append.h>
#include <flink/types/heap_bytes.h>
#include <flink/types/reflect.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>

#include <string>

namespace flink {

class RecordType {
 public:
  virtual ~RecordType() = default;
  virtual std::string name() const = 0;
  virtual std::string schema() const = 0;  // field names and types, see types/schema.h
  virtual std::uint64_t fingerprint() const = 0;

  virtual BatchRef make_batch(std::size_t capacity) const = 0;
  virtual std::size_t chained_max() const = 0;   // chained_records_max of the type
  virtual std::size_t exchange_max() const = 0;  // exchange_records_max
  // About what the batch takes, with what its records own and what their views keep alive.
  virtual std::size_t bytes(const Batch& batch) const = 0;
  // Whether bytes() need not look at the records.
  virtual bool flat() const = 0;
  // Records [from, to) as a batch of their own.
  virtual BatchRef slice(Batch& batch, std::size_t from, std::size_t to, bool may_move) const = 0;
  // Appends record `index` of `from` (with its timestamp) to `to`; moves it out when `may_move`.
  virtual void append(Batch& to, Batch& from, std::size_t index, bool may_move) const = 0;
  // Record i of the batch goes to the open batch of channel channel_of[i]; moved out when
  // `sole_owner`.
  virtual void scatter(Batch& batch, bool sole_owner, const std::uint16_t* channel_of,
                       ChannelBatches& channels) const = 0;

  // Writes whether there are timestamps, then records [from, ...) with them until `out` has grown
  // by bytes_max or more, at least one. Returns how many.
  std::size_t write(const Batch& batch, std::size_t from, std::size_t bytes_max,
                    ByteWriter& out) const {
    out.u8(batch.stamped() ? 1 : 0);
    return write_records(batch, from, bytes_max, out);
  }
  // The records alone: those of several batches, stamped or not all alike, may follow each other.
  virtual std::size_t write_records(const Batch& batch, std::size_t from, std::size_t bytes_max,
                                    ByteWriter& out) const = 0;
  // Reads `count` records as written by one write(), and write_records() behind it. Views point
  // into `backing`, which gets pinned. The memory of `spare`, an empty batch that is nobody else's,
  // is used when it suffices.
  virtual BatchRef read(ByteReader& in, std::size_t count, const BufferRef& backing,
                        BatchRef spare = {}) const = 0;
};

namespace detail {

template <class T>
class RecordTypeOf final : public RecordType {
 public:
  std::string name() const override { return std::string{type_name<T>()}; }
  std::string schema() const override { return schema_of<T>(); }
  std::uint64_t fingerprint() const override { return schema_fingerprint<T>(); }

  BatchRef make_batch(std::size_t capacity) const override {
    return make_ref<RecordBatch<T>>(capacity);
  }
  std::size_t chained_max() const override { return chained_records_max<T>; }
  std::size_t exchange_max() const override { return exchange_records_max<T>; }
  std::size_t bytes(const Batch& batch) const override {
    std::size_t bytes = batch.size() * sizeof(T);
    if constexpr (!std::is_trivially_copyable_v<T>) {
      for (const T& record : static_cast<const RecordBatch<T>&>(batch).records()) {
        bytes += heap_bytes(record);
      }
    }
    // A block is shared by several batches.
    if constexpr (has_views<T>) bytes += batch.pinned_bytes() / 8;
    return bytes;
  }
  bool flat() const override { return std::is_trivially_copyable_v<T>; }
  BatchRef slice(Batch& batch, std::size_t from, std::size_t to, bool may_move) const override {
    auto& records = static_cast<RecordBatch<T>&>(batch);
    auto part = make_ref<RecordBatch<T>>(to - from);
    for (std::size_t i = from; i < to; ++i) {
      if constexpr (std::is_trivially_copyable_v<T> || has_views<T>) {
        part->append(records, i, may_move);
      } else {
        append(*part, batch, i, may_move);  // so that this is compiled once
      }
    }
    if constexpr (has_views<T>) part->pin_all_of(batch);
    return part;
  }

  [[gnu::noinline]] void append(Batch& to, Batch& from, std::size_t index,
                                bool may_move) const override {
    auto& target = static_cast<RecordBatch<T>&>(to);
    target.append(static_cast<RecordBatch<T>&>(from), index, may_move);
    if constexpr (has_views<T>) target.pin_all_of(from);
  }

  void scatter(Batch& erased, bool sole_owner, const std::uint16_t* channel_of,
               ChannelBatches& channels) const override {
    auto& batch = static_cast<RecordBatch<T>&>(erased);
    scatter_records(batch, 0, batch.size(), sole_owner, channel_of, channels);
    pin_in_channels(batch, channels);
  }

  std::size_t write_records(const Batch& batch, std::size_t from, std::size_t bytes_max,
                            ByteWriter& out) const override {
    const auto& records = static_cast<const RecordBatch<T>&>(batch);
    if (from == 0) batch.check_timestamps();
    const bool stamped = batch.stamped();
    const std::size_t start = out.size();
    std::size_t index = from;
    do {
      if (stamped) out.fixed64(static_cast<std::uint64_t>(batch.timestamps()[index]));
      Serializer<T>::write(out, records[index]);
      ++index;
    } while (index < records.size() && out.size() - start < bytes_max);
    return index - from;
  }

  BatchRef read(ByteReader& in, std::size_t count, const BufferRef& backing,
                BatchRef spare) const override {
    Ref<RecordBatch<T>> batch;
    if (spare && spare->capacity() >= count) {
      batch = Ref<RecordBatch<T>>{static_cast<RecordBatch<T>*>(spare.release())};
    } else {
      batch = make_ref<RecordBatch<T>>(count);
    }
    const bool stamped = in.u8() != 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto millis = stamped ? static_cast<std::int64_t>(in.fixed64()) : no_timestamp;
      Serializer<T>::read(in, batch->emplace());
      if (stamped) batch->stamp(millis);
    }
    if constexpr (has_views<T>) {
      if (backing) batch->pin(backing);
    }
    return batch;
  }
};

// Lines of text are in most jobs: compiled once, in core/src/types.
extern template class RecordTypeOf<std::string_view>;
extern template class RecordTypeOf<std::string>;

}  // namespace detail

template <class T>
const RecordType& record_type() {
  static const detail::RecordTypeOf<T> type;
  return type;
}

}  // namespace flink
