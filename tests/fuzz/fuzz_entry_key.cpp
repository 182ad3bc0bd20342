// SPDX-License-Identifier: Apache-2.0
// Keys and values of entries of state: input is a stored key, FE FE, a stored value.
#include <optional>

#include "fuzz/fuzz.h"
#include "state/entry_key.h"

namespace flink::fuzz {
namespace {

constexpr std::string_view separator = "\xFE\xFE";

std::string stored(const state::EntryKey& key) {
  std::string out;
  state::append_stored_key(out, key);
  return out;
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  const std::string zeros("\0a\0\0b\xFF", 6), large(700, 'k');
  for (const std::string& key : {zeros, large, std::string()}) {
    const state::EntryKey entry{5, 77, key, key, zeros};
    std::string whole, value;
    state::append_whole_key(whole, entry);
    state::append_value_header(value, whole, 99);
    out.push_back(stored(entry) + std::string(separator) + value + "value");
    out.push_back(whole + std::string(separator) + std::string("\0", 1));
  }
  return out;
}

void run(std::string_view input) {
  const auto cut = input.find(separator);
  const std::string_view key = input.substr(0, cut);
  const std::string_view value = cut == std::string_view::npos ? "" : input.substr(cut + 2);
  std::optional<state::DecodedKey> decoded;
  try {
    decoded = state::decode_whole_key(key);
  } catch (const std::exception&) {
  }
  if (decoded) {
    // What is decoded is what was encoded.
    const state::EntryKey entry{decoded->group, decoded->state, decoded->key, decoded->name_space,
                                decoded->subkey};
    std::string whole;
    state::append_whole_key(whole, entry);
    require(whole == key, "a whole key survives decoding and encoding");
    const std::string again = stored(entry);
    require(again.size() <= state::stored_key_bytes_max, "stored keys are not longer");
    require(state::prefix_size(again) <= again.size(), "a prefix is a part of its key");
  }
  for (const bool ttl : {false, true}) {
    const state::EntryValue read = state::decode_value(value, ttl);
    (void)state::decode_entry_key(key, read);
  }
}

}  // namespace flink::fuzz
