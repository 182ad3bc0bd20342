// SPDX-License-Identifier: Apache-2.0
#include "sim/message_names.h"

#include <capnp/any.h>
#include <capnp/rpc.capnp.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>
#include <flink/base/check.h>

#include <cstring>

#include "protocol/messages.h"
#include "rpc/convert.h"

namespace flink::sim {
namespace {

// The first of the messages that a call carries; of one that goes on from an earlier call: nothing.
template <class Params>
std::string first_message(capnp::rpc::Payload::Reader payload,
                          std::string_view (*name)(std::string_view)) {
  const auto chunks = payload.getContent().getAs<Params>().getChunks();
  if (chunks.size() == 0) return {};
  return detail::concat(" ", name(rpc::data(chunks[0].getBytes())));
}

std::string call_name(capnp::rpc::Call::Reader call) {
  const auto interface = call.getInterfaceId();
  const auto method_of = [&](const capnp::InterfaceSchema& schema) {
    const auto methods = schema.getMethods();
    if (call.getMethodId() >= methods.size()) return std::string{"?"};
    return std::string{methods[call.getMethodId()].getProto().getName().cStr()};
  };
  const auto taskmanager = capnp::Schema::from<wire::TaskManager>();
  const auto jobmaster = capnp::Schema::from<wire::JobMaster>();
  if (interface == taskmanager.getProto().getId()) {
    std::string name = method_of(taskmanager);
    if (name == "deliver") {
      name +=
          first_message<wire::TaskManager::DeliverParams>(call.getParams(), protocol::command_name);
    }
    return name;
  }
  if (interface == jobmaster.getProto().getId()) {
    std::string name = method_of(jobmaster);
    if (name == "deliver") {
      name +=
          first_message<wire::JobMaster::DeliverParams>(call.getParams(), protocol::report_name);
    }
    return name;
  }
  return method_of(capnp::Schema::from<wire::JobManager>());
}

}  // namespace

std::string rpc_message_name(std::string_view bytes) {
  if (bytes.size() < 16 || bytes.size() % sizeof(capnp::word) != 0 ||
      reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(capnp::word) != 0) {
    return "sends bytes";
  }
  try {
    capnp::FlatArrayMessageReader reader{kj::arrayPtr(
        reinterpret_cast<const capnp::word*>(bytes.data()), bytes.size() / sizeof(capnp::word))};
    const auto message = reader.getRoot<capnp::rpc::Message>();
    switch (message.which()) {
      case capnp::rpc::Message::CALL:
        return "sends call " + call_name(message.getCall());
      case capnp::rpc::Message::RETURN:
        return "sends answer";
      default:
        return "sends bookkeeping";
    }
  } catch (const kj::Exception&) {
    return "sends bytes";  // more than one message, or a part of one
  }
}

std::string_view frame_name(std::string_view bytes) {
  constexpr std::string_view names[] = {
      "sends frame",        "sends frame hello",   "sends frame open", "sends frame close",
      "sends frame credit", "sends frame refuse",  "sends frame data", "sends frame watermark",
      "sends frame status", "sends frame barrier", "sends frame end",  "sends frame announce"};
  const std::size_t kind = bytes.size() > 4 ? static_cast<unsigned char>(bytes[4]) : 0;
  return names[kind < std::size(names) ? kind : 0];
}

}  // namespace flink::sim
