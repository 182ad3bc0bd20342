// SPDX-License-Identifier: Apache-2.0
// The short forms that need connectors: print, sockets.
#pragma once

#include <flink/connectors/print_sink.h>
#include <flink/connectors/socket/socket_sink.h>
#include <flink/data_stream.h>

namespace flink {

template <class T>
DataStreamSink DataStream<T>::print(std::string id) const {
  if constexpr (detail::is_poison<T>) return DataStreamSink{{}};
  else return sink_to(PrintSink<T>{std::move(id)}).name("Print to Std. Out");
}

template <class T>
DataStreamSink DataStream<T>::print_to_err(std::string id) const {
  if constexpr (detail::is_poison<T>) return DataStreamSink{{}};
  else return sink_to(PrintSink<T>{std::move(id), true}).name("Print to Std. Err");
}

template <class T>
DataStreamSink DataStream<T>::write_to_socket(std::string host, std::uint16_t port) const {
  if constexpr (detail::is_poison<T>) return DataStreamSink{{}};
  else return sink_to(SocketSink<T>{std::move(host), port}).name("Socket");
}

}  // namespace flink
