// SPDX-License-Identifier: Apache-2.0
// The texts of events. All lie here for good, so an event's columns are views into them: long ones
// are pieces of a megabyte of letters, short ones are taken from tables.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "random.h"

namespace nexmark {

inline constexpr std::array<std::string_view, 11> first_names{
    "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"};
inline constexpr std::array<std::string_view, 9> last_names{
    "Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"};
inline constexpr std::array<std::string_view, 10> cities{
    "Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland",
    "Bend",    "Redmond",     "Seattle",       "Kent",  "Cheyenne"};
inline constexpr std::array<std::string_view, 6> states{"AZ", "CA", "ID", "OR", "WA", "WY"};
inline constexpr std::array<std::string_view, 4> hot_channels{"Google", "Facebook", "Baidu",
                                                              "Apple"};

class Texts {
 public:
  static constexpr std::size_t letters_size = 1 << 20;
  static constexpr std::int64_t channels_size = 10'000;

  struct Channel {
    std::string name, url;
  };
  std::string letters;              // a to z
  std::vector<Channel> channels;    // cold ones: channel-0 …
  std::array<Channel, 4> hot;       // of hot_channels
  std::vector<std::string> names;   // every first with every last name
  std::vector<std::string> emails;  // abcdefg@hijkl.com
  std::vector<std::string> cards;   // 1234 5678 1234 5678

  // The only one; made when first asked for, the same in every process.
  static const Texts& get() {
    static const Texts texts;
    return texts;
  }
  std::string_view piece(std::uint64_t offset_bits, std::int64_t size) const {
    return {letters.data() + (offset_bits & (letters_size - 1)), static_cast<std::size_t>(size)};
  }

 private:
  static constexpr std::size_t piece_max = 1024;

  Texts() {
    letters.resize(letters_size + piece_max);
    for (char& letter : letters) letter = static_cast<char>('a' + draw(26));
    for (std::size_t i = 0; i < hot.size(); ++i) hot[i] = {std::string{hot_channels[i]}, url()};
    for (std::int64_t i = 0; i < channels_size; ++i) {
      Channel channel{"channel-" + std::to_string(i), url()};
      if (draw(10) > 0) channel.url += "&channel_id=" + std::to_string(draw(1LL << 31));
      channels.push_back(std::move(channel));
    }
    for (const auto first : first_names) {
      for (const auto last : last_names) {
        names.push_back(std::string{first} + " " + std::string{last});
      }
    }
    for (int i = 0; i < 4096; ++i) {
      emails.push_back(word(3 + draw(4)) + "@" + word(3 + draw(2)) + ".com");
      cards.push_back(digits() + " " + digits() + " " + digits() + " " + digits());
    }
  }
  std::int64_t draw(std::int64_t bound) { return below(mix(++state_ * 0x9e3779b97f4a7c15), bound); }
  std::string word(std::int64_t size) {
    std::string text;
    for (; size > 0; --size) text += static_cast<char>('a' + draw(26));
    return text;
  }
  std::string digits() { return std::to_string(1000 + draw(9000)); }
  std::string url() {
    const auto part = [this] { return word(3 + draw(2)) + "/"; };
    return "https://www.nexmark.com/" + part() + part() + part() + "item.htm?query=1";
  }

  std::uint64_t state_ = 0;
};

}  // namespace nexmark
