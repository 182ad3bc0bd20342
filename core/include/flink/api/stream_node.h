// SPDX-License-Identifier: Apache-2.0
// The untyped half of a stream: which graph, which edges the next operator will read. Compiled
// once, in core/src/api.
#pragma once

#include <flink/base/memory.h>
#include <flink/graph/transformation.h>

#include <string>
#include <string_view>
#include <vector>

namespace flink::detail {

class StreamNode {
 public:
  StreamNode();
  StreamNode(const StreamNode& other);
  StreamNode(StreamNode&& other) noexcept;
  StreamNode& operator=(const StreamNode& other);
  StreamNode& operator=(StreamNode&& other) noexcept;
  ~StreamNode();
  // The main output of transformation `index`.
  StreamNode(std::shared_ptr<StreamGraph> graph, int index, const RecordType* type);

  const std::shared_ptr<StreamGraph>& graph() const { return graph_; }
  const std::vector<StreamEdge>& edges() const { return edges_; }
  bool valid() const { return graph_ != nullptr; }  // false after a reported mistake

  StreamNode partitioned(ShipStrategy strategy) const;
  StreamNode partitioned(Partitioning partitioning) const;
  StreamNode side_output(std::string_view tag, const RecordType* type) const;
  StreamNode joined_with(const StreamNode& other) const;  // union

  // Adds a transformation that reads this stream (as input 0) and gives its main output.
  StreamNode add(Transformation transformation) const;
  // Reads this one as input 0, the other as input 1.
  StreamNode add_two(const StreamNode& second, Transformation transformation) const;
  // Reads this one as input 0, the others as inputs 1, 2, …
  StreamNode add_many(const std::vector<StreamNode>& others, Transformation transformation) const;

  // The transformation whose output this is; throws Error{user} for unions.
  Transformation& transformation(std::string_view what) const;

 private:
  std::shared_ptr<StreamGraph> graph_;
  std::vector<StreamEdge> edges_;
};

// Settings that name(), uid(), … check and store.
void set_name(const StreamNode& node, std::string name);
void set_uid(const StreamNode& node, std::string uid);
void set_parallelism(const StreamNode& node, int parallelism);
void set_max_parallelism(const StreamNode& node, int max_parallelism);
void set_slot_sharing_group(const StreamNode& node, std::string group);
void set_chaining(const StreamNode& node, ChainingStrategy strategy);

Transformation named(std::string name);

}  // namespace flink::detail
