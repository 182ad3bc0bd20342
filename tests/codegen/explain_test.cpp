// SPDX-License-Identifier: Apache-2.0
#include "codegen/explain.h"

#include <doctest/doctest.h>

namespace flink::codegen {
namespace {

TEST_CASE("a graph as a tree: a vertex with two producers is shown in full once") {
  const auto graph = json::JsonValue::parse(R"({"name": "j", "bounded": true, "slots_needed": 2,
    "operators": [
      {"id": "o1", "name": "Source: a", "uid": "", "output_type": {"name": "Word"}, "states": []},
      {"id": "o2", "name": "Source: b", "uid": "bees", "output_type": {"name": "Word"}},
      {"id": "o3", "name": "Sum", "uid": "", "output_type": null,
       "states": [{"name": "kept", "kind": "value", "value": "Word"}]}],
    "vertices": [
      {"id": "v1", "name": "Source: a", "parallelism": 2, "slot_sharing_group": "default",
       "chain": ["o1"], "inputs": []},
      {"id": "v2", "name": "Source: b", "parallelism": 1, "slot_sharing_group": "red",
       "chain": ["o2"], "inputs": []},
      {"id": "v3", "name": "Sum", "parallelism": 2, "slot_sharing_group": "default",
       "chain": ["o3"], "inputs": [
         {"id": "v1", "ship_strategy": "HASH", "key_type": "string", "side_output": ""},
         {"id": "v2", "ship_strategy": "HASH", "key_type": "string", "side_output": "late"}]}]})");
  REQUIRE(graph);
  CHECK(explain_graph(*graph) == R"(job j (bounded, 2 slots)

Source: a  x2
|   - Source: a  -> Word
|
+-- HASH on string
    Sum  x2
        - Sum
            state kept: value of Word
Source: b  x1  slots: red
|   - Source: b  -> Word  uid bees
|
+-- HASH on string, side output late
    Sum  x2  (shown above)
)");
}

}  // namespace
}  // namespace flink::codegen
