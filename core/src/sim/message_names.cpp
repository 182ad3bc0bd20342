// SPDX-License-Identifier: Apache-2.0
#include "sim/message_names.h"

#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <capnp/rpc.capnp.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>
#include <wire/flink.capnp.h>

#include <cstring>

namespace flink::sim {
namespace {

// "deploy", "trigger": which one of a union.
template <class T>
std::string variant_name(typename T::Reader reader) {
  const capnp::DynamicStruct::Reader any{reader};
  KJ_IF_MAYBE (field, any.which()) {
    return field->getProto().getName().cStr();
  }
  return {};
}

// The first of the numbered messages that a call carries.
template <class Params, class Item, class Get>
std::string first_item(capnp::rpc::Payload::Reader payload, Get get) {
  const auto items = get(payload.getContent().getAs<Params>());
  return items.size() == 0 ? std::string{} : " " + variant_name<Item>(items[0]);
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
    if (name == "execute") {
      name += first_item<wire::TaskManager::ExecuteParams, wire::Command>(
          call.getParams(), [](auto params) { return params.getCommands(); });
    }
    return name;
  }
  if (interface == jobmaster.getProto().getId()) {
    std::string name = method_of(jobmaster);
    if (name == "report") {
      name += first_item<wire::JobMaster::ReportParams, wire::Report>(
          call.getParams(), [](auto params) { return params.getReports(); });
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
