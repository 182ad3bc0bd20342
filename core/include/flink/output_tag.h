// SPDX-License-Identifier: Apache-2.0
// Names a side output and says what travels on it (Flink, "Side Outputs"). A value: capture it by
// copy.
#pragma once

#include <string>
#include <utility>

namespace flink {

template <class T>
class OutputTag {
 public:
  using value_type = T;
  explicit OutputTag(std::string id) : id_(std::move(id)) {}
  const std::string& id() const noexcept { return id_; }

 private:
  std::string id_;
};

}  // namespace flink
