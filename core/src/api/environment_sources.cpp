// SPDX-License-Identifier: Apache-2.0
// The environment's sources of a fixed record type: compiled here, so that no job has to.
#include <flink/connectors/sequence_source.h>
#include <flink/connectors/socket/socket_source.h>
#include <flink/environment.h>

#include <utility>

namespace flink {

SingleOutputStreamOperator<std::int64_t> StreamExecutionEnvironment::from_sequence(
    std::int64_t first, std::int64_t last) {
  return add_source(SequenceSource{first, last}, "Source: Sequence Source");
}

SingleOutputStreamOperator<std::string> StreamExecutionEnvironment::socket_text_stream(
    std::string host, std::uint16_t port, char delimiter) {
  return add_source(SocketTextSource{std::move(host), port, delimiter}, "Source: Socket Stream");
}

}  // namespace flink
