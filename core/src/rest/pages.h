// SPDX-License-Identifier: Apache-2.0
// What a browser is shown: pages that are part of the executable, and one that is made when it is
// asked for. There is no directory behind them, so no path leads out of one.
#pragma once

#include <string_view>

#include "rest/cluster_view.h"
#include "rest/rest_api.h"

namespace flink::rest {

struct Page {
  std::string_view path;  // "/style.css"
  std::string_view type;  // "text/css; charset=UTF-8"
  std::string_view text;
};
// By its path as it was sent; null: there is none.
const Page* find_page(std::string_view path);

// "/": the job by name and state, and where REST tells more.
RestAnswer index_page(const ClusterView& view);

}  // namespace flink::rest
