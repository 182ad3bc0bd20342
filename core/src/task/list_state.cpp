// SPDX-License-Identifier: Apache-2.0
#include "task/list_state.h"

#include <flink/base/check.h>

#include <exception>
#include <utility>

#include "base/exception_text.h"
#include "state/state_file.h"

namespace flink::task {

void ListStoring::store(base::FileSystem& files, const std::string& path) noexcept {
  try {
    state::StateFileWriter writer{files, path};
    stored.resize(lists.size());
    for (std::size_t op = 0; op < lists.size(); ++op) {
      for (auto& [name, list] : lists[op]) {
        auto items = writer.list(std::exchange(list.items, {}));
        stored[op][name] = {list.mode, std::move(list.schema), {std::move(items)}};
      }
    }
    const auto file = writer.finish();
    for (auto& op : stored) {
      for (auto& [name, list] : op) list.parts.front().file = file;
    }
  } catch (const std::exception& e) {
    failure = detail::concat("its operator state cannot be written: ", base::exception_text(e));
  }
  lists.clear();
}

std::uint64_t bytes_of(const state::TaskSnapshot& snapshot) {
  std::uint64_t sum = 0;
  for (const auto& op : snapshot.operators) {
    for (const auto& [name, list] : op.operator_state) {
      for (const auto& item : list.items) sum += item.size();
    }
  }
  return sum;
}

std::vector<OperatorSnapshot> take_lists(state::TaskSnapshot& snapshot) {
  std::vector<OperatorSnapshot> out;
  for (auto& op : snapshot.operators) out.push_back(std::exchange(op.operator_state, {}));
  return out;
}

}  // namespace flink::task
