// SPDX-License-Identifier: Apache-2.0
#include "rpc/peer.h"

#include <capnp/message.h>

namespace flink::rpc {
namespace {

// A call larger than this is not ours: what is long comes in chunks (rpc/message_stream.h).
capnp::ReaderOptions reader_options() {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = (16u << 20) / sizeof(capnp::word);  // 16 MB
  return options;
}

}  // namespace

Peer::Peer(kj::Own<kj::AsyncIoStream> stream, capnp::rpc::twoparty::Side side,
           kj::Maybe<capnp::Capability::Client> bootstrap)
    : stream_(kj::mv(stream)),
      network_(*stream_, side, reader_options()),
      system_(network_, kj::mv(bootstrap)),
      side_(side) {}

kj::Own<Peer> Peer::dial(kj::Own<kj::AsyncIoStream> stream) {
  return kj::heap<Peer>(kj::mv(stream), capnp::rpc::twoparty::Side::CLIENT, nullptr);
}

kj::Own<Peer> Peer::accept(kj::Own<kj::AsyncIoStream> stream, capnp::Capability::Client bootstrap) {
  return kj::heap<Peer>(kj::mv(stream), capnp::rpc::twoparty::Side::SERVER, kj::mv(bootstrap));
}

capnp::Capability::Client Peer::remote() {
  capnp::MallocMessageBuilder message;
  auto vat = message.initRoot<capnp::rpc::twoparty::VatId>();
  vat.setSide(side_ == capnp::rpc::twoparty::Side::CLIENT ? capnp::rpc::twoparty::Side::SERVER
                                                          : capnp::rpc::twoparty::Side::CLIENT);
  return system_.bootstrap(vat);
}

kj::Promise<void> Peer::on_disconnect() {
  return network_.onDisconnect().catch_([](kj::Exception&&) {});
}

}  // namespace flink::rpc
