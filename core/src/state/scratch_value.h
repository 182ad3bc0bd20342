// SPDX-License-Identifier: Apache-2.0
// One value of a type known at run time only.
#pragma once

#include <flink/state/type_ops.h>

#include <cstdint>
#include <memory>
#include <string_view>

namespace flink::state {

class ScratchValue {
 public:
  explicit ScratchValue(const TypeOps& type)
      : type_(type), bytes_(std::make_unique<char[]>(type.size + std::size_t{type.align})) {
    const auto start = reinterpret_cast<std::uintptr_t>(bytes_.get());
    at_ = reinterpret_cast<void*>((start + type.align - 1) / type.align * type.align);
    type_.construct(at_);
  }
  ScratchValue(const ScratchValue&) = delete;
  ScratchValue& operator=(const ScratchValue&) = delete;
  ~ScratchValue() { type_.destroy(at_); }
  void* get() const { return at_; }
  void read(std::string_view bytes) {
    ByteReader in(bytes);
    type_.read(in, at_);
  }

 private:
  const TypeOps& type_;
  std::unique_ptr<char[]> bytes_;
  void* at_ = nullptr;
};

}  // namespace flink::state
