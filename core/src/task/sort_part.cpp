// SPDX-License-Identifier: Apache-2.0
#include "task/sort_part.h"

#include <flink/types/key_hash.h>

#include "config/options.h"

namespace flink::task {

SortPart make_sort_part(const KeyedPartSetup& setup) {
  auto directories = std::make_shared<spill::SpillDirectories>(
      setup.effects->file_system, setup.configuration->get(config::options::tmp_dirs),
      key_hash(setup.file_prefix + setup.op->id.hex()));
  SortPart part;
  part.setup.directories = directories.get();
  part.setup.codec =
      spill::codec_named(setup.configuration->get(config::options::compression_codec));
  part.setup.memory_bytes = memory_share(setup);
  part.owner = std::move(directories);
  return part;
}

}  // namespace flink::task
