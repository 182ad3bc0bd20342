// SPDX-License-Identifier: Apache-2.0
// One RPC connection: stream, Cap'n Proto network and system together, so that dropping it drops
// all three (dropping only the system would leave the other side waiting). Control loop's thread
// only.
#pragma once

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>

namespace flink::rpc {

class Peer {
 public:
  // Dials: the far side serves its bootstrap interface. Accepts: `bootstrap` is served to it.
  static kj::Own<Peer> dial(kj::Own<kj::AsyncIoStream> stream);
  static kj::Own<Peer> accept(kj::Own<kj::AsyncIoStream> stream,
                              capnp::Capability::Client bootstrap);

  Peer(kj::Own<kj::AsyncIoStream> stream, capnp::rpc::twoparty::Side side,
       kj::Maybe<capnp::Capability::Client> bootstrap);
  // The far side's bootstrap interface.
  capnp::Capability::Client remote();
  // Resolves when the connection is gone, for whatever reason the stream shows; never rejects.
  kj::Promise<void> on_disconnect();

 private:
  kj::Own<kj::AsyncIoStream> stream_;
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> system_;
  capnp::rpc::twoparty::Side side_;
};

}  // namespace flink::rpc
