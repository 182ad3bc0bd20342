// SPDX-License-Identifier: Apache-2.0
// The chunks of lists.
#include <flink/state/list_state.h>

namespace flink::state {

// Big-endian, so that chunks are in order.
constinit const TypeOps chunk_index_ops = [] {
  TypeOps ops = key_ops<std::uint64_t>;
  ops.write = [](ByteWriter& out, const void* value) {
    out.fixed(__builtin_bswap64(*static_cast<const std::uint64_t*>(value)));
  };
  ops.read = [](ByteReader& in, void* value) {
    *static_cast<std::uint64_t*>(value) =
        __builtin_bswap64(in.fixed<std::uint64_t>("a big-endian number"));
  };
  return ops;
}();

Element* open_chunk(BoundState& state, std::size_t (*size)(const void* chunk)) {
  Row* const owner = state.owner_to_write();
  state.find_next_index(owner);
  CollectionHead& head = state.head(owner);
  Element* const last = head.last;
  if (last != nullptr && last->heap_bytes < chunk_bytes_max &&
      size(state.value_of(last)) < chunk_elements_max &&
      *static_cast<const std::uint64_t*>(state.subkey_of(last)) + 1 == head.next_index &&
      (!state.has_ttl || state.stamp(last) == state.backend->wall_millis())) {
    state.change(last);
    return last;
  }
  const std::uint64_t index = head.next_index++;
  const std::uint64_t hash = element_hash(owner, state.subkey->hash(&index));
  Element* chunk = state.find(hash, owner, [&state, index](Element* e) {
    return *static_cast<const std::uint64_t*>(state.subkey_of(e)) == index;
  });
  if (chunk == nullptr) {
    chunk = state.add(owner, hash, &index);
  } else {
    state.change(chunk);  // of a list that was cleared: back to life
  }
  state.value->construct(state.value_of(chunk));
  return chunk;
}

}  // namespace flink::state
