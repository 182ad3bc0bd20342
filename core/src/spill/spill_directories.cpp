// SPDX-License-Identifier: Apache-2.0
#include "spill/spill_directories.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <utility>

#include "base/ids.h"

namespace flink::spill {

SpillDirectories::SpillDirectories(base::FileSystem& file_system, std::string_view names,
                                   std::uint64_t seed)
    : file_system_(file_system), seed_(seed) {
  while (!names.empty()) {
    const auto end = std::min(names.find_first_of(",:"), names.size());
    if (end > 0) {
      directories_.push_back(
          base::Path::absolute(names.substr(0, end), base::working_directory(), "io.tmp.dirs"));
    }
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  if (directories_.empty()) throw Error{ErrorKind::user, "io.tmp.dirs names no directory"};
}

SpillDirectories::Opened SpillDirectories::open() {
  const auto number = next_.fetch_add(1);
  const base::Path& parent = directories_[number % directories_.size()];
  try {
    // The directory keeps others from opening the file as long as it has a name.
    const auto directory = parent / ("flinkc-spill-" + base::hex128(seed_, number));
    file_system_.create_private_directory(directory);
    const auto file = directory / "blocks";
    Opened opened{parent.text(), file_system_.create(file), nullptr};
    opened.reader = file_system_.open_read(file);
    file_system_.remove(file);
    file_system_.remove(directory);
    return opened;
  } catch (const Error& error) {
    throw Error{error.kind(), error.message() + " (a file to spill to, see io.tmp.dirs)"};
  }
}

}  // namespace flink::spill
