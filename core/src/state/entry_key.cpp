// SPDX-License-Identifier: Apache-2.0
#include "state/entry_key.h"

#include <flink/error.h>
#include <flink/types/bytes.h>

#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace flink::state {
namespace {

constexpr std::size_t head_bytes = 6;       // group and state
constexpr std::size_t key_bytes_max = 240;  // escaped, with its end
constexpr std::size_t name_bytes_max = 64;  // likewise
constexpr std::size_t hash_bytes = 16;
constexpr std::size_t short_bytes = 64;
constexpr char end_mark = 1, cut_mark = 2, zero_mark = '\xFF';

[[noreturn]] void fail_key(const char* what) {
  throw Error(ErrorKind::transient, std::string("state: an entry's key is damaged (") + what +
                                        "): restore from another checkpoint or savepoint");
}

char* write_head(char* to, std::uint16_t group, std::uint32_t state) {
  const std::uint16_t group_bytes = __builtin_bswap16(group);
  const std::uint32_t state_bytes = __builtin_bswap32(state);
  std::memcpy(to, &group_bytes, sizeof(group_bytes));
  std::memcpy(to + sizeof(group_bytes), &state_bytes, sizeof(state_bytes));
  return to + head_bytes;
}

void append_head(std::string& out, std::uint16_t group, std::uint32_t state) {
  char head[head_bytes];
  write_head(head, group, state);
  out.append(head, sizeof head);
}

void append_hash(std::string& out, std::string_view whole) {
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits(whole.data(), whole.size()));
  out.append(reinterpret_cast<const char*>(hash.digest), hash_bytes);
}

// Room for twice its size is there. Mostly numbers, which are full of zeros.
char* escape_short(char* to, std::string_view part) {
  for (const char byte : part) {
    to[0] = byte;
    to[1] = zero_mark;
    to += byte == '\0' ? 2 : 1;
  }
  return to;
}

void append_escaped(std::string& out, std::string_view part) {
  if (part.size() <= short_bytes) {
    char escaped[2 * short_bytes];
    const char* const end = escape_short(escaped, part);
    out.append(escaped, static_cast<std::size_t>(end - escaped));
    return;
  }
  while (!part.empty()) {
    const std::size_t zero = part.find('\0');
    out.append(part.substr(0, zero));
    if (zero == std::string_view::npos) break;
    out.push_back('\0');
    out.push_back(zero_mark);
    part.remove_prefix(zero + 1);
  }
}

// True: cut.
bool append_part(std::string& out, std::string_view part, std::size_t bytes_max) {
  const std::size_t start = out.size();
  // Nothing beyond that many bytes can be kept.
  const bool surely_long = part.size() + 2 > bytes_max;
  append_escaped(out, surely_long ? part.substr(0, bytes_max) : part);
  if (!surely_long && out.size() - start + 2 <= bytes_max) {
    out.push_back('\0');
    out.push_back(end_mark);
    return false;
  }
  std::size_t keep = bytes_max - 2 - hash_bytes;
  // Not between the two bytes of an escape.
  if (out[start + keep - 1] == '\0') --keep;
  out.resize(start + keep);
  out.push_back('\0');
  out.push_back(cut_mark);
  append_hash(out, part);
  return true;
}

// The place after the part that begins at `at`.
std::size_t skip_part(std::string_view key, std::size_t at, bool* cut = nullptr) {
  for (;;) {
    at = key.find('\0', at);
    if (at == std::string_view::npos || at + 1 >= key.size()) fail_key("a part has no end");
    const char mark = key[at + 1];
    at += 2;
    if (mark == end_mark) return at;
    if (mark == cut_mark) {
      if (key.size() - at < hash_bytes) fail_key("a hash is short");
      if (cut != nullptr) *cut = true;
      return at + hash_bytes;
    }
    if (mark != zero_mark) fail_key("an unknown escape");
  }
}

std::string unescape(std::string_view part) {
  std::string out;
  out.reserve(part.size());
  for (std::size_t at = 0; at < part.size(); ++at) {
    out.push_back(part[at]);
    if (part[at] == '\0') ++at;
  }
  return out;
}

DecodedKey decode(std::string_view stored, bool cut_allowed) {
  if (stored.size() < head_bytes) fail_key("shorter than its head");
  DecodedKey out;
  out.group = group_of(stored);
  out.state = state_of(stored);
  std::size_t at = head_bytes;
  for (std::string* part : {&out.key, &out.name_space}) {
    bool cut = false;
    const std::size_t end = skip_part(stored, at, &cut);
    if (cut && !cut_allowed) fail_key("a part was cut");
    *part = unescape(stored.substr(at, end - at - (cut ? hash_bytes : 0) - 2));
    at = end;
  }
  out.subkey = stored.substr(at);
  return out;
}

}  // namespace

bool append_stored_prefix(std::string& out, const EntryKey& key) {
  // What is surely not cut, at once.
  constexpr std::size_t short_name_bytes = (name_bytes_max - 2) / 2;
  static_assert(2 * short_bytes + 2 <= key_bytes_max);
  if (key.key.size() <= short_bytes && key.name_space.size() <= short_name_bytes) [[likely]] {
    char prefix[head_bytes + 2 * short_bytes + 2 + name_bytes_max];
    char* to = write_head(prefix, key.group, key.state);
    for (const std::string_view part : {key.key, key.name_space}) {
      to = escape_short(to, part);
      *to++ = '\0';
      *to++ = end_mark;
    }
    out.append(prefix, static_cast<std::size_t>(to - prefix));
    return false;
  }
  append_head(out, key.group, key.state);
  const bool key_cut = append_part(out, key.key, key_bytes_max);
  const bool name_cut = append_part(out, key.name_space, name_bytes_max);
  return key_cut || name_cut;
}

bool append_stored_subkey(std::string& out, std::size_t prefix_bytes, std::string_view subkey) {
  const std::size_t bytes_max = stored_key_bytes_max - prefix_bytes;
  // Of exactly that many bytes are only those that were cut.
  if (subkey.size() < bytes_max) {
    out.append(subkey);
    return false;
  }
  out.append(subkey.substr(0, bytes_max - hash_bytes));
  append_hash(out, subkey);
  return true;
}

bool append_stored_key(std::string& out, const EntryKey& key) {
  const std::size_t start = out.size();
  const bool prefix_cut = append_stored_prefix(out, key);
  const bool subkey_cut = append_stored_subkey(out, out.size() - start, key.subkey);
  return prefix_cut || subkey_cut;
}

void append_whole_key(std::string& out, const EntryKey& key) {
  append_head(out, key.group, key.state);
  for (const std::string_view part : {key.key, key.name_space}) {
    append_escaped(out, part);
    out.push_back('\0');
    out.push_back(end_mark);
  }
  out.append(key.subkey);
}

DecodedKey decode_whole_key(std::string_view whole) { return decode(whole, false); }

std::uint16_t group_of(std::string_view stored_key) {
  if (stored_key.size() < 2) fail_key("no key group");
  const auto* at = reinterpret_cast<const unsigned char*>(stored_key.data());
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}

std::uint32_t state_of(std::string_view stored_key) {
  if (stored_key.size() < head_bytes) fail_key("no state");
  const auto* at = reinterpret_cast<const unsigned char*>(stored_key.data()) + 2;
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
         std::uint32_t{at[3]};
}

std::string group_prefix(std::uint16_t group) {
  return {static_cast<char>(group >> 8), static_cast<char>(group)};
}

std::string state_prefix(std::uint16_t group, std::uint32_t state) {
  std::string out;
  append_head(out, group, state);
  return out;
}

std::size_t prefix_size(std::string_view stored_key) {
  return skip_part(stored_key, skip_part(stored_key, head_bytes));
}

void append_value_header(std::string& out, std::string_view whole_key,
                         std::optional<std::uint64_t> last_access_millis) {
  if (whole_key.empty() && !last_access_millis) {
    out.push_back(static_cast<char>(EntryTag::value));
    return;
  }
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(whole_key.empty() ? EntryTag::value : EntryTag::long_value));
  if (!whole_key.empty()) writer.sized(whole_key);
  if (last_access_millis) writer.fixed64(*last_access_millis);
}

EntryValue decode_value(std::string_view stored, bool ttl) {
  EntryValue out;
  ByteReader in(stored);
  const std::uint8_t tag = in.u8("the tag of an entry of state");
  if (tag > static_cast<std::uint8_t>(EntryTag::long_value)) {
    in.fail("the tag of an entry of state (0 to 3)");
  }
  out.tag = static_cast<EntryTag>(tag);
  if (!out.is_value()) return out;
  if (out.tag == EntryTag::long_value) out.whole_key = in.sized("the key of an entry of state");
  if (ttl) out.last_access_millis = in.fixed64("the time of the last access");
  out.bytes = stored.substr(in.position());
  return out;
}

DecodedKey decode_entry_key(std::string_view stored_key, const EntryValue& value) {
  if (!value.whole_key.empty()) return decode_whole_key(value.whole_key);
  return decode(stored_key, true);
}

std::uint64_t hash_entry_key(std::string_view stored_key) {
  return XXH3_64bits(stored_key.data(), stored_key.size());
}

}  // namespace flink::state
