// SPDX-License-Identifier: Apache-2.0
#include <flink/graph/transformation.h>

namespace flink {

Transformation::Transformation() = default;
Transformation::Transformation(const Transformation& other) = default;
Transformation::Transformation(Transformation&& other) noexcept = default;
Transformation& Transformation::operator=(const Transformation& other) = default;
Transformation& Transformation::operator=(Transformation&& other) noexcept = default;
Transformation::~Transformation() = default;

StreamGraph::StreamGraph() = default;
StreamGraph::StreamGraph(const StreamGraph& other) = default;
StreamGraph::~StreamGraph() = default;

}  // namespace flink
