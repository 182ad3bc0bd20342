// SPDX-License-Identifier: Apache-2.0
#include "state/clean_rows.h"

namespace flink::state {

// Places that were used again are noted twice; without this they would add up as long as nothing
// has to leave.
void CleanRows::forget_gone() {
  std::erase_if(rows_, [](Row* row) {
    if (!row->is(Row::used) || !row->is(Row::noted)) return true;
    row->unset(Row::noted);
    return false;
  });
  for (Row* const row : rows_) row->set(Row::noted);
  forget_at_ = 2 * rows_.size() + few;
}

}  // namespace flink::state
