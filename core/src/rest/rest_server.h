// SPDX-License-Identifier: Apache-2.0
// The HTTP server of a JobManager, over kj-http, on the control loop's thread. It owns its port and
// its connections; destroying it closes both. The ConnectionReceiver and the timer come from
// outside, so the same server runs over a simulated network.
#pragma once

#include <kj/async-io.h>
#include <kj/compat/http.h>
#include <kj/timer.h>

#include <cstdint>
#include <memory>
#include <string>

#include "config/configuration.h"
#include "rest/request_guard.h"
#include "rest/rest_api.h"
#include "rpc/rpc_network.h"

namespace flink::rest {

struct RestServerOptions {
  RestInfo info;
  std::uint64_t body_bytes_max = 100u << 20;  // larger ones are refused with 413
  // Beyond this a connection that waits for its client is closed for each new one; while all of
  // them have a request under way, new ones wait to be accepted.
  std::uint32_t connections_max = 256;
  RequestPolicy policy;
};

// rest.*, web.* as options of the server.
RestServerOptions rest_server_options(const config::Configuration& configuration);

// A listening port: the first free one of rest.bind-port at rest.bind-address.
struct RestListener {
  kj::Own<kj::ConnectionReceiver> receiver;
  std::string address;     // rest.bind-address
  std::uint16_t port = 0;  // for people: "REST endpoint at http://localhost:8081"
};
// Throws Error{resource} when every port of the range is taken.
RestListener listen_for_rest(rpc::RpcNetwork& network, const config::Configuration& configuration);

class RestServer {
 public:
  // The view, the timer and the loop must outlive this.
  RestServer(ClusterView& view, kj::Timer& timer, kj::Own<kj::ConnectionReceiver> receiver,
             RestServerOptions options);
  ~RestServer() noexcept;
  RestServer(const RestServer&) = delete;
  RestServer& operator=(const RestServer&) = delete;

  // To add routes to.
  RestApi& api();
  // Accepts no more; resolves when the answers under way are sent.
  kj::Promise<void> drain();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flink::rest
