// SPDX-License-Identifier: Apache-2.0
#include "sim/connection.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/crash_points.h"

namespace flink::sim {
namespace {

constexpr std::size_t segment_bytes_max = 16 * 1024;
constexpr const char* reset_text = "connection reset by peer";
constexpr Duration late_max{5'000'000'000};
constexpr Duration keepalive_max{60'000'000'000};  // until both sides notice that nothing arrives

}  // namespace

Connection::Connection(Fabric& fabric, std::uint64_t id, LifeRef client, LifeRef server,
                       bool keepalive)
    : fabric_(fabric), id_(id), keepalive_(keepalive) {
  sides_[0].life = std::move(client);
  sides_[1].life = std::move(server);
}

void Connection::send_or_die(int side, std::string_view bytes, std::string_view what) {
  if (fabric_.crash_points == nullptr) return send(side, bytes);
  using Fate = CrashPoints::Fate;
  const LifeRef life = sides_[side].life;
  const Fate fate = fabric_.crash_points->pass(life, what, true);
  if (fate == Fate::middle) send(side, bytes.substr(0, fabric_.random_.below(bytes.size() + 1)));
  else if (fate != Fate::before) send(side, bytes);
  if (fate != Fate::lives) fabric_.crash_points->kill(life);
}

void Connection::send(int side, std::string_view bytes) {
  Side& from = sides_[side];
  if (from.end_sent || from.closed || !from.failure.empty() || !from.life->alive) return;
  while (!bytes.empty()) {
    std::size_t size = std::min(bytes.size(), segment_bytes_max);
    if (fabric_.tear_segments && fabric_.random_.below(16) == 0) {
      size = 1 + fabric_.random_.below(std::min<std::size_t>(size, 64));
    }
    push(side, Segment::Kind::data, std::string{bytes.substr(0, size)});
    from.unacknowledged += size;
    bytes.remove_prefix(size);
  }
}

void Connection::push(int side, Segment::Kind kind, std::string bytes, Duration extra) {
  Direction& direction = directions_[side];
  if (direction.lost) return;
  const LinkCondition& link = fabric_.link(process(side), process(1 - side));
  TimePoint ready = fabric_.queue_.now() + fabric_.travel(link) + extra;
  // Behind what is under way; a narrow link carries one byte after the other.
  ready = std::max(ready, direction.last_ready + Duration{1});
  if (link.bytes_per_second != 0) {
    ready =
        ready +
        Duration{static_cast<std::int64_t>(bytes.size() * 1'000'000'000 / link.bytes_per_second)};
  }
  direction.last_ready = ready;
  direction.segments.push_back({kind, ready, std::move(bytes)});
  schedule_pump(side);
}

void Connection::schedule_pump(int side) {
  Direction& direction = directions_[side];
  if (direction.pump_scheduled || direction.segments.empty()) return;
  direction.pump_scheduled = true;
  const TimePoint stalled = fabric_.link(process(side), process(1 - side)).stalled_until;
  fabric_.queue_.at(std::max(direction.segments.front().ready, stalled), nullptr,
                    [self = shared_from_this(), side] { self->pump(side); });
}

void Connection::pump(int side) {
  Direction& direction = directions_[side];
  direction.pump_scheduled = false;
  if (direction.segments.empty()) return;
  const TimePoint now = fabric_.queue_.now();
  if (fabric_.link(process(side), process(1 - side)).stalled_until <= now &&
      direction.segments.front().ready <= now) {
    Segment segment = std::move(direction.segments.front());
    direction.segments.pop_front();
    deliver(side, segment);
  }
  schedule_pump(side);
}

void Connection::deliver(int side, Segment& segment) {
  Direction& direction = directions_[side];
  const int receiver_side = 1 - side;
  Side& receiver = sides_[receiver_side];
  if (segment.kind == Segment::Kind::reset) {
    fabric_.trace_.event("reset", id_, side);
    return fail(receiver_side, reset_text);
  }
  if (receiver.closed || !receiver.failure.empty()) {
    // Nobody is there any more: the sender is told, unless it has closed as well.
    if (!sides_[side].closed) push(receiver_side, Segment::Kind::reset, {});
    return;
  }
  if (segment.kind == Segment::Kind::end) {
    fabric_.trace_.event("end", id_, side);
    receiver.end_received = true;
    return changed(receiver_side);
  }
  std::string_view bytes = segment.bytes;
  const bool cut = direction.cut_after && *direction.cut_after <= bytes.size();
  if (cut) bytes = bytes.substr(0, *direction.cut_after);
  else if (direction.cut_after) *direction.cut_after -= bytes.size();
  direction.delivered += bytes.size();
  fabric_.bytes_delivered_ += bytes.size();
  fabric_.trace_.event("bytes", id_, side, direction.delivered,
                       fabric_.queue_.now().since_origin.count());
  fabric_.trace_.add(bytes);
  if (receiver.inbox_read > 0) {
    receiver.inbox.erase(0, std::exchange(receiver.inbox_read, 0));
  }
  receiver.inbox += bytes;
  if (cut) {
    for (auto& each : directions_) each.segments.clear();
    push(side, Segment::Kind::reset, {});
    push(receiver_side, Segment::Kind::reset, {});
  }
  changed(receiver_side);
}

void Connection::acknowledge(int side, std::size_t bytes) {
  if (directions_[side].lost) return;
  fabric_.queue_.at(fabric_.arrival(process(1 - side), process(side)), nullptr,
                    [self = shared_from_this(), side, bytes] {
                      Side& sender = self->sides_[side];
                      if (self->directions_[side].lost) return;
                      const bool had_room = sender.unacknowledged < Fabric::window_bytes;
                      sender.unacknowledged -= std::min(bytes, sender.unacknowledged);
                      if (!had_room) self->changed(side);
                    });
}

void Connection::fail(int side, const char* failure) {
  Side& self = sides_[side];
  if (self.closed || !self.failure.empty()) return;
  self.failure = failure;
  changed(side);
}

void Connection::changed(int side) {
  Side& self = sides_[side];
  if (self.closed || !self.life->alive || !self.on_change) return;
  const auto on_change = self.on_change;  // a copy: it may close this end
  on_change();
}

void Connection::close(int side) {
  Side& self = sides_[side];
  if (self.closed) return;
  self.closed = true;
  self.on_change = nullptr;
  if (!self.life->alive) return;  // process_died() has told the peer, or not
  const bool unread = self.inbox.size() > self.inbox_read;
  self.inbox.clear();
  self.inbox_read = 0;
  if (!self.failure.empty()) return;
  // As TCP: closing with unread bytes resets the peer.
  if (unread) push(side, Segment::Kind::reset, {});
  else if (!self.end_sent) push(side, Segment::Kind::end, {});
  self.end_sent = true;
}

void Connection::cut_after(int from_side, std::uint64_t bytes) {
  if (bytes > 0) {
    directions_[from_side].cut_after = bytes;
    return;
  }
  for (int side = 0; side < 2; ++side) {
    directions_[side].segments.clear();
    push(side, Segment::Kind::reset, {});
  }
}

void Connection::cut_late(int told_side) {
  // Everything the told side has sent is still under way, and arrives late.
  Direction& direction = directions_[told_side];
  const Duration late{static_cast<std::int64_t>(
      fabric_.random_.below(static_cast<std::uint64_t>(late_max.count())))};
  for (auto& segment : direction.segments) segment.ready = segment.ready + late;
  direction.last_ready = direction.last_ready + late;
  push(told_side, Segment::Kind::reset, {}, late);
  directions_[1 - told_side].segments.clear();
  push(1 - told_side, Segment::Kind::reset, {});
}

void Connection::lose_everything() {
  for (auto& direction : directions_) {
    direction.lost = true;
    direction.segments.clear();
  }
  if (!keepalive_) return;
  for (int side = 0; side < 2; ++side) {
    const Duration noticed{static_cast<std::int64_t>(
        fabric_.random_.below(static_cast<std::uint64_t>(keepalive_max.count())))};
    fabric_.queue_.after(noticed, nullptr, [self = shared_from_this(), side] {
      self->fail(side, "Connection timed out");
    });
  }
}

void Connection::process_died(ProcessId process, bool silent) {
  for (int side = 0; side < 2; ++side) {
    Side& self = sides_[side];
    if (self.life->id != process) continue;
    self.on_change = nullptr;
    if (self.closed) continue;
    self.closed = true;
    if (silent) {
      lose_everything();
    } else if (self.failure.empty()) {
      // The kernel closes: what was sent still arrives, then an end, or a reset if bytes were
      // unread.
      const bool unread = self.inbox.size() > self.inbox_read;
      push(side, unread ? Segment::Kind::reset : Segment::Kind::end, {});
    }
  }
}

std::size_t Endpoint::take(char* out, std::size_t bytes_max) {
  Connection::Side& side = self();
  const std::size_t bytes = std::min(bytes_max, available());
  if (bytes == 0) return 0;
  std::memcpy(out, side.inbox.data() + side.inbox_read, bytes);
  side.inbox_read += bytes;
  connection_->acknowledge(1 - side_, bytes);
  return bytes;
}

void Endpoint::end_sending() {
  Connection::Side& side = self();
  if (side.end_sent || side.closed || !side.failure.empty()) return;
  side.end_sent = true;
  if (side.life->alive) connection_->push(side_, Connection::Segment::Kind::end, {});
}

}  // namespace flink::sim
