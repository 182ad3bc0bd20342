// SPDX-License-Identifier: Apache-2.0
// Lines of text from a TCP server until it closes the connection (Flink, socketTextStream). For
// trying things out: after a failure it connects anew, and what was sent before is lost.
#pragma once

#include <flink/source.h>

namespace flink {

class SocketTextSource final : public Source<std::string, std::int32_t> {
 public:
  static constexpr bool non_parallel = true;

  SocketTextSource(std::string host, std::uint16_t port, char delimiter = '\n')
      : host_(std::move(host)), port_(port), delimiter_(delimiter) {}

  Boundedness boundedness() const override { return Boundedness::continuous_unbounded; }
  std::unique_ptr<SplitEnumerator<std::int32_t>> create_enumerator(
      SplitEnumeratorContext<std::int32_t>& context) const override;
  std::unique_ptr<SourceReader<std::string, std::int32_t>> create_reader(
      SourceReaderContext& context) const override;

 private:
  std::string host_;
  std::uint16_t port_;
  char delimiter_;
};

}  // namespace flink
