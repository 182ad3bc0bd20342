// SPDX-License-Identifier: Apache-2.0
#include "connectors/file/hidden_list.h"

#include <flink/base/check.h>
#include <flink/error.h>

namespace flink::connectors {

std::optional<std::vector<std::string>> HiddenList::read() const {
  const auto status = files_.status(where_);
  if (!status) return std::nullopt;
  std::string bytes(status->size, '\0');
  const auto got = files_.open_read(where_)->read_at(0, {bytes.data(), bytes.size()});
  if (got != bytes.size() || (!bytes.empty() && bytes.back() != '\0')) {
    throw Error{ErrorKind::user,
                detail::concat("'", where_.text(),
                               "', which a file sink wrote for itself, is damaged: remove it once "
                               "you have looked after the files beside it")};
  }
  std::vector<std::string> texts;
  for (std::size_t from = 0; from < bytes.size();) {
    const auto end = bytes.find('\0', from);
    texts.push_back(bytes.substr(from, end - from));
    from = end + 1;
  }
  return texts;
}

void HiddenList::write(const std::vector<std::string>& texts) {
  std::string bytes;
  for (const auto& text : texts) bytes.append(text).push_back('\0');
  const bool whole = bytes.empty();  // as soon as it is there
  const base::Path draft = whole ? where_ : base::Path{where_.text() + ".new"};
  const auto file = files_.create(draft, true);
  file->append({bytes.data(), bytes.size()});
  file->sync();
  file->close();
  if (!whole) files_.rename(draft, where_);
  files_.sync_directory(where_.parent());
}

void HiddenList::remove() {
  if (files_.remove(where_)) files_.sync_directory(where_.parent());
}

}  // namespace flink::connectors
