// SPDX-License-Identifier: Apache-2.0
#include "channels/data_plane.h"

#include <flink/error.h>

namespace flink::channels {

struct DataPlane::Implementation {
  DataPlaneOptions options;
};

DataPlane::DataPlane(base::Network&, const base::Clock&, DataPlaneOptions options)
    : implementation_(std::make_unique<Implementation>(Implementation{std::move(options)})) {}
DataPlane::~DataPlane() = default;
base::Address DataPlane::address() const { return {implementation_->options.advertised_host, 1}; }
std::unique_ptr<ChannelReader> DataPlane::open_reader(const ChannelId&, const RecordType&) {
  throw Error{ErrorKind::internal, "channels between processes come next"};
}
std::unique_ptr<ChannelWriter> DataPlane::open_writer(const ChannelId&, const base::Address&,
                                                      const RecordType&) {
  throw Error{ErrorKind::internal, "channels between processes come next"};
}

}  // namespace flink::channels
