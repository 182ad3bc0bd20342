// SPDX-License-Identifier: Apache-2.0
// Records as lines of text to a TCP server, from one subtask (Flink, writeToSocket). Lines that
// were under way when something fails may be lost or arrive twice.
#pragma once

#include <flink/sink.h>
#include <flink/types/print.h>

namespace flink {

namespace detail {

class SocketLineWriter {
 public:
  // Connects; may suspend the task.
  SocketLineWriter(WriterInitContext& context, const std::string& host, std::uint16_t port);
  ~SocketLineWriter();
  std::string& lines() noexcept { return lines_; }
  // Sends the lines; may suspend the task until the peer has taken them.
  void flush();

 private:
  class Connection;
  std::string lines_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace detail

template <class T>
class SocketSink final : public Sink<T> {
 public:
  static constexpr bool non_parallel = true;

  SocketSink(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

  std::unique_ptr<SinkWriter<T>> create_writer(WriterInitContext& context) const override {
    return std::make_unique<Writer>(context, host_, port_);
  }

 private:
  class Writer final : public SinkWriter<T> {
   public:
    Writer(WriterInitContext& context, const std::string& host, std::uint16_t port)
        : lines_(context, host, port) {}
    void write(const T& record) override {
      print_value(lines_.lines(), record);
      lines_.lines() += '\n';
    }
    void write_batch(std::span<const T> records) override {
      for (const T& record : records) write(record);
      lines_.flush();
    }
    void flush(bool) override { lines_.flush(); }

   private:
    detail::SocketLineWriter lines_;
  };

  std::string host_;
  std::uint16_t port_;
};

}  // namespace flink
