// SPDX-License-Identifier: Apache-2.0
#include "spill/codec.h"

#include <flink/base/check.h>
#include <flink/error.h>

namespace flink::spill {

Codec codec_named(std::string_view name) {
  if (name == "LZ4") return Codec::lz4;
  if (name == "ZSTD") return Codec::zstd;
  if (name == "NONE") return Codec::none;
  throw Error{ErrorKind::user, detail::concat("taskmanager.network.compression.codec: '", name,
                                              "' is no codec here; choose LZ4, ZSTD or NONE")};
}

}  // namespace flink::spill
