// SPDX-License-Identifier: Apache-2.0
#include "sim/crash_points.h"

#include <cctype>
#include <iterator>
#include <utility>

namespace flink::sim {
namespace {

constexpr Duration patience{5'000'000'000};
constexpr std::size_t name_bytes_max = 40;
constexpr std::size_t hex_id_digits = 6;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

// Numbers and hexadecimal ids as '#'.
void add_normal(std::string& out, std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && out.size() < name_bytes_max) {
    std::size_t end = i;
    while (end < text.size() && is_hex(text[end])) ++end;
    const bool word = end == text.size() || !std::isalpha(static_cast<unsigned char>(text[end]));
    if (word && end - i >= hex_id_digits) {
      out += '#';
      i = end;
    } else if (is_digit(text[i])) {
      out += '#';
      while (i < text.size() && is_digit(text[i])) ++i;
    } else {
      out += text[i++];
    }
  }
}

}  // namespace

std::string point_name(std::string_view what, std::string_view object) {
  // The last two parts of a path say what it is; a message is not a path.
  if (object.starts_with('/')) {
    const auto last = object.rfind('/');
    const auto before = last == 0 ? std::string_view::npos : object.rfind('/', last - 1);
    if (before != std::string_view::npos) object.remove_prefix(before + 1);
  }
  std::string out{what};
  out += ' ';
  add_normal(out, object);
  return out;
}

void CrashPoints::arm() {
  trace_.event("arm");
  choose();
}

void CrashPoints::choose() {
  Armed armed;
  armed.patience = queue_.now() + patience;
  auto first = jobmanagers_too ? counts_.begin() : counts_.lower_bound("taskmanager ");
  const auto known = std::distance(first, counts_.end());
  if (known > 0 && random_.below(4) != 0) {
    std::advance(first,
                 static_cast<std::ptrdiff_t>(random_.below(static_cast<std::uint64_t>(known))));
    armed.point = first->first;
    if (random_.below(2) == 0) armed.skip = random_.below(4);
  }
  constexpr Fate fates[] = {Fate::before, Fate::middle, Fate::after};
  armed.fate = fates[random_.below(3)];
  armed_ = std::move(armed);
}

CrashPoints::Fate CrashPoints::pass(const LifeRef& life, std::string_view point, bool divisible) {
  if (!life->alive) return Fate::lives;
  key_.assign(life->name == "jobmanager" ? "jobmanager " : "taskmanager ");
  key_ += point;
  auto it = counts_.find(key_);
  const bool fresh = it == counts_.end();
  if (fresh) it = counts_.emplace(key_, Count{}).first;
  ++it->second.passed;
  if (!armed_) return Fate::lives;
  if (queue_.now() >= armed_->patience) choose();
  const bool hit = armed_->point.empty() ? fresh : armed_->point == key_;
  if (!hit) return Fate::lives;
  if (allowed && !allowed(*life)) return Fate::lives;
  if (hit && armed_->skip > 0) {
    --armed_->skip;
    return Fate::lives;
  }
  ++it->second.crashed;
  Fate fate = armed_->fate;
  if (fate == Fate::middle && !divisible) fate = Fate::after;
  armed_.reset();
  trace_.event("crash point", life->id, static_cast<int>(fate));
  trace_.add(std::string_view{key_});
  return fate;
}

void CrashPoints::kill(const LifeRef& life) {
  if (!life->alive) return;
  life->alive = false;
  if (crashed) crashed(life);
}

}  // namespace flink::sim
