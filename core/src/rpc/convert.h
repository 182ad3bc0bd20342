// SPDX-License-Identifier: Apache-2.0
// Plain values to and from their messages.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/network.h"
#include "wire/flink.capnp.h"

namespace flink::rpc {

template <class Tag>
void write(const base::Id128<Tag>& from, wire::Id128::Builder to) {
  to.setHigh(from.high);
  to.setLow(from.low);
}
template <class Id>
Id read_id(wire::Id128::Reader from) {
  return Id{from.getHigh(), from.getLow()};
}

inline void write(const base::AttemptId& from, wire::AttemptId::Builder to) {
  write(from.vertex, to.initVertex());
  to.setSubtask(from.subtask);
  to.setAttempt(from.attempt);
}
inline base::AttemptId read(wire::AttemptId::Reader from) {
  return {read_id<base::VertexId>(from.getVertex()), from.getSubtask(), from.getAttempt()};
}

inline void write(const base::Address& from, wire::Address::Builder to) {
  to.setHost(from.host.c_str());
  to.setPort(from.port);
}
inline base::Address read(wire::Address::Reader from) {
  return {from.getHost().cStr(), from.getPort()};
}

inline std::string text(capnp::Text::Reader from) { return {from.begin(), from.size()}; }
inline capnp::Text::Reader text(const std::string& from) { return {from.c_str(), from.size()}; }
inline capnp::Data::Reader data(const std::string& from) {
  return {reinterpret_cast<const kj::byte*>(from.data()), from.size()};
}
inline std::string data(capnp::Data::Reader from) {
  return {reinterpret_cast<const char*>(from.begin()), from.size()};
}

}  // namespace flink::rpc
