// SPDX-License-Identifier: Apache-2.0
// Semantics: Flink's deduplication that keeps the last row of a changelog.
#include "table_runtime/normalize.h"

#include <flink/state/value_state.h>

#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

namespace {

class Normalize {
 public:
  explicit Normalize(bool update_before) : update_before_(update_before) {}

  void process_element(const Row& row, KeyedContext<std::string>&, Collector<Row>& out) {
    const std::string* const held = last_.value();
    if (!table::adds(row.kind)) {
      // A deletion may know the key alone; one of a key that is not there is none.
      if (held == nullptr) return;
      collect_copy(RowKind::delete_, *held, out);
      return last_.clear();
    }
    if (held == nullptr) {
      collect_copy(RowKind::insert, row.bytes, out);
    } else if (*held == row.bytes) {
      return;
    } else {
      if (update_before_) collect_copy(RowKind::update_before, *held, out);
      collect_copy(RowKind::update_after, row.bytes, out);
    }
    last_.update(std::string{row.bytes});
  }

 private:
  bool update_before_;
  ValueState<std::string> last_{"last row"};
};

}  // namespace

RowOperator add_normalize(const RowStream& rows, std::string name, NormalizeSpec spec) {
  return process_keyed(rows, spec.key, std::move(name), Normalize{spec.update_before});
}

}  // namespace flink::table_runtime
