// SPDX-License-Identifier: Apache-2.0
// What a message on a simulated link is, for the names of crash points: "sends call deliver
// trigger", "sends frame barrier". Static strings or parts of the schema; never of the message.
#pragma once

#include <string>
#include <string_view>

namespace flink::sim {

// A whole Cap'n Proto RPC message.
std::string rpc_message_name(std::string_view bytes);
// A frame of the data plane.
std::string_view frame_name(std::string_view bytes);

}  // namespace flink::sim
