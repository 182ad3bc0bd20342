// SPDX-License-Identifier: Apache-2.0
// from_sequence: the numbers first..last, both included; each subtask has a contiguous part.
#pragma once

#include <flink/connectors/indexed_source.h>

namespace flink {

class SequenceSource final : public detail::IndexedSource<std::int64_t> {
 public:
  // first > last + 1 throws Error{user}.
  SequenceSource(std::int64_t first, std::int64_t last);
};

}  // namespace flink
