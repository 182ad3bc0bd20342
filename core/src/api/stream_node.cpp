// SPDX-License-Identifier: Apache-2.0
#include <flink/api/key_selector.h>
#include <flink/api/stream_node.h>
#include <flink/error.h>

#include <algorithm>
#include <utility>

namespace flink::detail {

StreamNode::StreamNode() = default;
StreamNode::StreamNode(const StreamNode& other) = default;
StreamNode::StreamNode(StreamNode&& other) noexcept = default;
StreamNode& StreamNode::operator=(const StreamNode& other) = default;
StreamNode& StreamNode::operator=(StreamNode&& other) noexcept = default;
StreamNode::~StreamNode() = default;

StreamNode::StreamNode(std::shared_ptr<StreamGraph> graph, int index, const RecordType* type)
    : graph_(std::move(graph)) {
  StreamEdge edge;
  edge.source = index;
  edge.type = type;
  edges_.push_back(std::move(edge));
}

StreamNode StreamNode::partitioned(ShipStrategy strategy) const {
  return partitioned(Partitioning{strategy, true, {}, {}});
}

StreamNode StreamNode::partitioned(Partitioning partitioning) const {
  StreamNode result = *this;
  for (auto& edge : result.edges_) edge.partitioning = partitioning;
  return result;
}

StreamNode StreamNode::side_output(std::string_view tag, const RecordType* type) const {
  StreamNode result = *this;
  for (auto& edge : result.edges_) {
    edge.side_output = tag;
    edge.type = type;
    edge.partitioning = {};
  }
  return result;
}

StreamNode StreamNode::joined_with(const StreamNode& other) const {
  StreamNode result = *this;
  if (!result.valid()) return other;
  result.edges_.insert(result.edges_.end(), other.edges_.begin(), other.edges_.end());
  return result;
}

StreamNode StreamNode::add(Transformation transformation) const {
  if (!valid()) return {};
  for (auto edge : edges_) {
    edge.input = 0;
    transformation.inputs.push_back(std::move(edge));
  }
  const RecordType* type = transformation.output_type;
  graph_->transformations.push_back(std::move(transformation));
  return StreamNode{graph_, static_cast<int>(graph_->transformations.size()) - 1, type};
}

StreamNode StreamNode::add_two(const StreamNode& second, Transformation transformation) const {
  return add_many({second}, std::move(transformation));
}

StreamNode StreamNode::add_many(const std::vector<StreamNode>& others,
                                Transformation transformation) const {
  const bool usable =
      valid() && std::all_of(others.begin(), others.end(), [](auto& o) { return o.valid(); });
  if (!usable) return {};
  auto result = add(std::move(transformation));
  int input = 0;
  for (const StreamNode& other : others) {
    ++input;
    for (auto edge : other.edges_) {
      edge.input = input;
      graph_->transformations.back().inputs.push_back(std::move(edge));
    }
  }
  return result;
}

Transformation& StreamNode::transformation(std::string_view what) const {
  if (edges_.size() != 1 || !edges_[0].side_output.empty()) {
    throw Error{ErrorKind::user, std::string{what} +
                                     "() was called on a union or a side output; "
                                     "call it on the operator itself"};
  }
  return graph_->transformations[static_cast<std::size_t>(edges_[0].source)];
}

Transformation named(std::string name) {
  Transformation t;
  t.name = std::move(name);
  return t;
}

void set_name(const StreamNode& node, std::string name) {
  if (!node.valid()) return;
  auto& t = node.transformation("name");
  // Sources keep the prefix that Flink shows.
  const bool source = t.inputs.empty() && !name.starts_with("Source: ");
  const bool sink = t.is_sink && !name.starts_with("Sink: ");
  t.name = (source ? "Source: " : sink ? "Sink: " : "") + std::move(name);
}

void set_uid(const StreamNode& node, std::string uid) {
  if (!node.valid()) return;
  auto& t = node.transformation("uid");
  if (uid.empty()) {
    throw Error{ErrorKind::user,
                "uid(\"\") on operator \"" + t.name + "\": a uid must not be empty"};
  }
  t.uid = std::move(uid);
}

void set_parallelism(const StreamNode& node, int parallelism) {
  if (!node.valid()) return;
  auto& t = node.transformation("set_parallelism");
  if (parallelism < 1) {
    throw Error{ErrorKind::user, "set_parallelism(" + std::to_string(parallelism) +
                                     ") on operator \"" + t.name +
                                     "\": the parallelism is at least 1"};
  }
  if (t.parallelism_fixed_to_one && parallelism != 1) {
    throw Error{ErrorKind::user,
                "set_parallelism(" + std::to_string(parallelism) + ") on \"" + t.name +
                    (t.inputs.empty() ? "\": this source reads in one subtask only; use "
                                        "rebalance() after it"
                                      : "\": windows over a stream without keys are in one "
                                        "subtask; call key_by before window")};
  }
  t.parallelism = parallelism;
}

void set_max_parallelism(const StreamNode& node, int max_parallelism) {
  if (!node.valid()) return;
  auto& t = node.transformation("set_max_parallelism");
  if (max_parallelism < 1 || max_parallelism > 32768) {
    throw Error{ErrorKind::user, "set_max_parallelism(" + std::to_string(max_parallelism) +
                                     ") on operator \"" + t.name + "\": it is between 1 and 32768"};
  }
  t.max_parallelism = max_parallelism;
}

void set_slot_sharing_group(const StreamNode& node, std::string group) {
  if (node.valid()) node.transformation("slot_sharing_group").slot_sharing_group = std::move(group);
}

void set_chaining(const StreamNode& node, ChainingStrategy strategy) {
  if (node.valid()) node.transformation("disable_chaining").chaining = strategy;
}

void refuse_channel(int channel, int channels) {
  throw Error{ErrorKind::user, "partition_custom's partition function returned channel " +
                                   std::to_string(channel) + ", but there are " +
                                   std::to_string(channels) + ": return 0 to channels - 1"};
}

}  // namespace flink::detail
