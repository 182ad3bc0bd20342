// SPDX-License-Identifier: Apache-2.0
// Takes records and drops them.
#pragma once

#include <flink/sink.h>

namespace flink {

template <class T>
class BlackholeSink final : public Sink<T> {
 public:
  std::unique_ptr<SinkWriter<T>> create_writer(WriterInitContext&) const override {
    return std::make_unique<Writer>();
  }

 private:
  class Writer final : public SinkWriter<T> {
   public:
    void write(const T&) override {}
    void write_batch(std::span<const T>) override {}
    void flush(bool) override {}
  };
};

}  // namespace flink
