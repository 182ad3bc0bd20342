// SPDX-License-Identifier: Apache-2.0
// The typed half of a sort by key: a batch's records as entries (types/keyed_entry.h).
#pragma once

#include <flink/base/algorithm.h>
#include <flink/state/type_ops.h>
#include <flink/types/batch.h>
#include <flink/types/hash_batch.h>
#include <flink/types/keyed_entry.h>
#include <flink/types/serializer.h>
#include <flink/types/views.h>

#include <array>
#include <string>
#include <string_view>
#include <type_traits>

namespace flink::detail {

template <class Key, class Selected>
inline void write_entry_key(ByteWriter& out, const Selected& selected) {
  if constexpr (is_word_key<Key>) {
    // Its hash tells it.
  } else if constexpr (std::is_same_v<Key, std::string>) {
    out.raw(std::string_view{selected});
  } else if constexpr (state::holds_floats<Key>(Seen<>{})) {
    Key canonical(to_owned(selected));
    state::make_canonical(canonical);
    Serializer<Key>::write(out, canonical);
  } else if constexpr (std::is_same_v<Key, Selected>) {
    Serializer<Key>::write(out, selected);
  } else {
    Serializer<Key>::write(out, to_owned(selected));
  }
}

// entries: room for one a record; offsets are out.size() before it.
template <class T, class Selector>
void write_keyed_entries(const Selector& selector, const RecordBatch<T>& batch, ByteWriter& out,
                         KeyedEntry* entries) {
  constexpr std::size_t stretch = 256;
  std::array<std::uint64_t, stretch> hashes;
  const bool stamped = batch.stamped();
  for (std::size_t from = 0; from < batch.size(); from += stretch) {
    const std::size_t count = std::min(stretch, batch.size() - from);
    hash_keys<T>(selector, batch.data() + from, count, hashes.data());
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t start = out.size();
      entries[from + i] = {hashes[i], start};
      out.fixed64(0);
      write_entry_key<typename Selector::key_type>(out, selector(batch[from + i]));
      const std::size_t record = out.size();
      if (stamped) out.fixed64(static_cast<std::uint64_t>(batch.timestamps()[from + i]));
      state::OpsOf<T>::write(out, &batch[from + i]);
      const auto key_bytes = static_cast<std::uint32_t>(record - start - entry_head_bytes);
      out.patch32(start, stamped ? key_bytes | stamped_entry : key_bytes);
      out.patch32(start + 4, static_cast<std::uint32_t>(out.size() - record));
    }
  }
}

}  // namespace flink::detail
