// SPDX-License-Identifier: Apache-2.0
#include "spill/spill_file.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <utility>

namespace flink::spill {

SpillFile::SpillFile(SpillDirectories& directories, Codec codec, std::string what)
    : directories_(directories),
      what_(std::move(what)),
      encoder_(codec),
      file_(directories.open()) {}

SpillFile::~SpillFile() { directories_.bytes_.fetch_sub(written_); }

BlockPlace SpillFile::add(std::span<const char> bytes) {
  const auto offset = this->bytes();
  const auto size = encoder_.encode(bytes, pending_);
  if (pending_.size() >= write_bytes) write();
  return {offset, static_cast<std::uint32_t>(size)};
}

void SpillFile::write() {
  if (pending_.empty()) return;
  try {
    file_.writer->append(pending_);
  } catch (const Error& error) {
    throw Error{
        error.kind(),
        detail::concat(what_, " does not fit into '", file_.directory, "' after ", written_,
                       " bytes (this process has spilled ", directories_.bytes(),
                       " in all): ", error.message(), "; io.tmp.dirs says where to spill to")};
  }
  written_ += pending_.size();
  directories_.bytes_.fetch_add(pending_.size());
  pending_.clear();
}

void SpillFile::close() {
  write();
  pending_.shrink_to_fit();
  file_.writer->close();
  file_.writer.reset();
}

BufferRef SpillFile::read(const BlockPlace& place, std::size_t bytes_max) const {
  const auto stored = make_ref<Buffer>(place.bytes);
  read_bytes(place.offset, {stored->data(), stored->size()});
  try {
    return decode_block({stored->data(), stored->size()}, bytes_max);
  } catch (const Error& error) {
    throw Error{error.kind(), detail::concat(what_, " cannot be read back from '", file_.directory,
                                             "': ", error.message(), " (at byte ", place.offset,
                                             "); see the system's log on that disk")};
  }
}

void SpillFile::read_bytes(std::uint64_t offset, std::span<char> to) const {
  if (file_.reader->read_at(offset, to) == to.size()) return;
  throw Error{ErrorKind::transient,
              detail::concat(what_, " cannot be read back from '", file_.directory,
                             "': the file ends before byte ", offset + to.size(),
                             "; see the system's log on that disk")};
}

}  // namespace flink::spill
