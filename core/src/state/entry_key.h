// SPDX-License-Identifier: Apache-2.0
// How an entry of keyed state is written in a run: the bytes of its key, whose memcmp order is the
// order of runs, and the header of its value.
//
//   key   = [key group u16 BE][state id u32 BE][key][namespace][subkey]
// Key and namespace are escaped (00 -> 00 FF) and end with 00 01, so that none is a prefix of
// another; the subkey is raw. A part that is too long (key over 240 bytes, namespace over
// 64, subkey over what is left of 510) is cut and ends with XXH3-128 of the whole part; key and
// namespace say so by 00 02 before it. Whatever belongs to one (key, namespace) so begins with the
// same bytes, its prefix: the entry without subkey.
//
//   value = [tag u8][long keys: varint length, the key uncut][TTL states: u64 LE millis][bytes]
//
// Key groups are below 32768; FF FF begins a run's own entries (run_format.h). Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flink::state {

inline constexpr std::size_t stored_key_bytes_max = 510;
inline constexpr std::uint16_t meta_group = 0xFFFF;

enum class EntryTag : std::uint8_t {
  tombstone = 0,  // the entry is gone: hides it in older runs
  value = 1,
  prefix_tombstone = 2,  // no subkey: everything under this prefix in OLDER runs is gone
  long_value = 3,        // a value whose key was cut: the whole key stands in front
};

struct EntryKey {
  std::uint16_t group = 0;
  std::uint32_t state = 0;
  std::string_view key;         // bytes of Serializer<K>
  std::string_view name_space;  // empty for plain states
  std::string_view subkey;      // a map's key, a chunk's number, a timer's time; else empty
};

// An EntryKey that owns its bytes.
struct DecodedKey {
  std::uint16_t group = 0;
  std::uint32_t state = 0;
  std::string key, name_space, subkey;
  friend bool operator==(const DecodedKey&, const DecodedKey&) = default;
};

// Appends the key as it is stored. True: it was cut, so the value needs whole_key().
bool append_stored_key(std::string& out, const EntryKey& key);
// In two steps, for many subkeys of one (key, namespace): the prefix, then each subkey behind it.
// `prefix_bytes`: what append_stored_prefix added. True: cut.
bool append_stored_prefix(std::string& out, const EntryKey& key);
bool append_stored_subkey(std::string& out, std::size_t prefix_bytes, std::string_view subkey);
// The key uncut: what long values carry.
void append_whole_key(std::string& out, const EntryKey& key);
// Of a key that is not cut, or of whole_key(); throws Error{transient} on anything else.
DecodedKey decode_whole_key(std::string_view whole);

std::uint16_t group_of(std::string_view stored_key);
std::uint32_t state_of(std::string_view stored_key);
// The first bytes of all entries of a group, or of a state within a group.
std::string group_prefix(std::uint16_t group);
std::string state_prefix(std::uint16_t group, std::uint32_t state);
// How many bytes of a stored key are its prefix (group, state, key, namespace).
std::size_t prefix_size(std::string_view stored_key);

// What comes before the bytes of Serializer<V>. `whole_key`: empty unless the key was cut.
void append_value_header(std::string& out, std::string_view whole_key,
                         std::optional<std::uint64_t> last_access_millis);

struct EntryValue {
  EntryTag tag = EntryTag::value;
  std::string_view whole_key;  // empty unless the key was cut
  std::uint64_t last_access_millis = 0;
  std::string_view bytes;
  bool is_value() const { return tag == EntryTag::value || tag == EntryTag::long_value; }
};
// `ttl`: as the state's descriptor says. Views into `stored`.
EntryValue decode_value(std::string_view stored, bool ttl);
// The key of an entry, whether it was cut or not; tombstones of cut keys: what is left of it.
DecodedKey decode_entry_key(std::string_view stored_key, const EntryValue& value);

// XXH3-64: what Bloom filters and checksums are made of.
std::uint64_t hash_entry_key(std::string_view stored_key);

}  // namespace flink::state
