// SPDX-License-Identifier: Apache-2.0
#include "state/entry_key.h"

#include <algorithm>
#include <set>

#include "unit/state/run_support.h"

using namespace flink;
using namespace flink::state;
using namespace flink::state::test;
using namespace std::literals;

namespace {

struct OwnedKey {
  std::uint16_t group;
  std::uint32_t state;
  std::string key, name_space, subkey;
  EntryKey view() const { return {group, state, key, name_space, subkey}; }
  auto tie() const { return std::tie(group, state, key, name_space, subkey); }
};

OwnedKey random_key(base::Random& random, std::size_t bytes_max) {
  const auto part = [&] { return random_bytes(random, random.below(bytes_max + 1)); };
  return {static_cast<std::uint16_t>(random.below(3)), static_cast<std::uint32_t>(random.below(3)),
          part(), part(), part()};
}

}  // namespace

TEST_CASE("the bytes of a key") {
  CHECK(stored_key({0x0102, 0x03040506, "ab", "", ""}) == "\1\2\3\4\5\6ab\0\1\0\1"s);
  CHECK(stored_key({0, 1, "a\0b"sv, "w", "sub\0"sv}) ==
        "\0\0\0\0\0\1a\0\xFF"
        "b\0\1w\0\1sub\0"s);
}

TEST_CASE("keys are ordered by group, state, key, namespace, subkey; none is another's prefix") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random(seed);
    std::vector<OwnedKey> keys;
    for (int i = 0; i < 60; ++i) keys.push_back(random_key(random, 5));
    for (const OwnedKey& a : keys) {
      const std::string stored_a = stored_key(a.view());
      CHECK(decode_whole_key(stored_a) ==
            DecodedKey{a.group, a.state, a.key, a.name_space, a.subkey});
      CHECK(stored_a.substr(0, prefix_size(stored_a)) ==
            stored_key({a.group, a.state, a.key, a.name_space, ""}));
      CHECK(group_of(stored_a) == a.group);
      CHECK(state_of(stored_a) == a.state);
      for (const OwnedKey& b : keys) {
        CHECK((a.tie() < b.tie()) == (stored_a < stored_key(b.view())));
        const std::string prefix_b = stored_key({b.group, b.state, b.key, b.name_space, ""});
        const bool same = a.group == b.group && a.state == b.state && a.key == b.key &&
                          a.name_space == b.name_space;
        CHECK(stored_a.starts_with(prefix_b) == same);
      }
    }
  }
}

TEST_CASE("long keys are cut to what LMDB takes, stay apart and keep their prefix") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random(seed);
    std::set<std::string> seen;
    std::string base = random_bytes(random, 100 + random.below(900));
    for (int i = 0; i < 40; ++i) {
      OwnedKey key = random_key(random, 4);
      // They differ at the end only.
      if (random.below(2) == 0) key.key = base + std::to_string(i);
      if (random.below(3) == 0) key.name_space = base + std::to_string(i);
      if (random.below(2) == 0) key.subkey = base + std::to_string(i);
      key.group = static_cast<std::uint16_t>(i);
      std::string stored;
      const bool cut = append_stored_key(stored, key.view());
      CHECK(stored.size() <= stored_key_bytes_max);
      key.group = 0;
      stored.clear();
      CHECK(append_stored_key(stored, key.view()) == cut);
      const std::string prefix = stored_key({key.group, key.state, key.key, key.name_space, ""});
      CHECK(stored.starts_with(prefix));
      CHECK(prefix_size(stored) == prefix.size());
      std::string whole;
      append_whole_key(whole, key.view());
      if (!cut) CHECK(whole == stored);
      CHECK(decode_whole_key(whole) ==
            DecodedKey{key.group, key.state, key.key, key.name_space, key.subkey});
      EntryValue value;
      if (cut) value.whole_key = whole;
      CHECK(decode_entry_key(stored, value).subkey == key.subkey);
      if (key.key.size() > 100 || key.name_space.size() > 100 || key.subkey.size() > 100) {
        CHECK(seen.insert(stored).second);
      }
    }
  }
}

TEST_CASE("a subkey as long as a cut one is cut too") {
  const std::string prefix = stored_key({1, 2, "k", "", ""});
  const std::size_t room = stored_key_bytes_max - prefix.size();
  for (const std::size_t size : {room - 1, room, room + 1}) {
    std::string stored = prefix;
    CHECK(append_stored_subkey(stored, prefix.size(), std::string(size, 's')) == (size >= room));
    CHECK(stored.size() == prefix.size() + std::min(size, room));
  }
}

TEST_CASE("values: tag, whole key, time stamp, bytes") {
  for (const bool cut : {false, true}) {
    for (const bool ttl : {false, true}) {
      std::string stored;
      append_value_header(stored, cut ? "whole"sv : ""sv,
                          ttl ? std::optional<std::uint64_t>(77) : std::nullopt);
      stored += "bytes";
      const EntryValue value = decode_value(stored, ttl);
      CHECK(value.is_value());
      CHECK(value.whole_key == (cut ? "whole" : ""));
      CHECK(value.last_access_millis == (ttl ? 77 : 0));
      CHECK(value.bytes == "bytes");
    }
  }
  CHECK_FALSE(decode_value("\0"sv, true).is_value());
  CHECK(decode_value("\2"sv, true).tag == EntryTag::prefix_tombstone);
}

TEST_CASE("garbage is refused, never believed") {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    base::SeededRandom random(seed);
    const std::string bytes = random_bytes(random, random.below(40));
    (void)message_of([&] { (void)decode_whole_key(bytes); });
    (void)message_of([&] { (void)decode_value(bytes, random.below(2) == 0); });
    (void)message_of([&] { (void)prefix_size(bytes); });
  }
  CHECK(has(message_of([] { (void)decode_whole_key("abc"); }), "key is damaged"));
  CHECK(has(message_of([] { (void)decode_value("\7"sv, false); }), "tag of an entry"));
  CHECK(has(message_of([] { (void)decode_value("", false); }), "tag of an entry"));
}
