// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/fiber/turn.h>
#include <flink/graph/operator.h>
#include <flink/graph/partitioner.h>

namespace flink {

// Where nothing ever comes from outside there is nothing to wait for.
void OperatorContext::wait_until(const std::function<bool()>& done) { FLINK_CHECK(done()); }

const OperatorSnapshot& OperatorContext::restored_state() const {
  static const OperatorSnapshot none;
  return none;
}

void Partitioner::write_entries(const Batch&, ByteWriter&, KeyedEntry*) {
  FLINK_CHECK(false);  // it does not partition by key
}

detail::Turn& OperatorContext::turn() { return detail::Turn::endless(); }

}  // namespace flink
