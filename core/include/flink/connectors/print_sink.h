// SPDX-License-Identifier: Apache-2.0
// Each record as a line on stdout or stderr (Flink, PrintSink). With more than one subtask each
// line says which wrote it: "2> (word,1)"; with an id "id:2> (word,1)", or "id> (word,1)" from a
// single subtask. A line is never split between two writes, so that lines of several processes do
// not mix.
#pragma once

#include <flink/sink.h>
#include <flink/types/print.h>

namespace flink {

namespace detail {

// One subtask's way to the process's stdout or stderr.
class LinePrinter {
 public:
  LinePrinter(WriterInitContext& context, std::string_view id, bool to_stderr);
  std::string& begin_line() {
    lines_ += prefix_;
    return lines_;
  }
  void end_line() { lines_ += '\n'; }
  // May suspend the task while whoever reads the output is slow. Throws Error when it is closed.
  void flush();

 private:
  RuntimeContext& runtime_;
  int descriptor_;  // -1: a simulated process has no stdout
  bool is_pipe_;
  std::string prefix_;
  std::string lines_;
};

}  // namespace detail

template <class T>
class PrintSink final : public Sink<T> {
 public:
  explicit PrintSink(std::string id = {}, bool to_stderr = false)
      : id_(std::move(id)), to_stderr_(to_stderr) {}

  std::unique_ptr<SinkWriter<T>> create_writer(WriterInitContext& context) const override {
    return detail::make_owned<SinkWriter<T>, Writer>(context, id_, to_stderr_);
  }

 private:
  class Writer final : public SinkWriter<T> {
   public:
    Writer(WriterInitContext& context, std::string_view id, bool to_stderr)
        : printer_(context, id, to_stderr) {}
    [[gnu::noinline]] void write(const T& record) override {
      print_value(printer_.begin_line(), record);
      printer_.end_line();
    }
    void write_batch(std::span<const T> records) override {
      for (const T& record : records) write(record);
      printer_.flush();  // who prints wants to see it now
    }
    void flush(bool) override { printer_.flush(); }

   private:
    detail::LinePrinter printer_;
  };

  std::string id_;
  bool to_stderr_;
};

}  // namespace flink
