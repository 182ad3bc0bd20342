// SPDX-License-Identifier: Apache-2.0
// Lines to stdout and stderr. These two are the process's own and no part of its file system.
#include <flink/base/check.h>
#include <flink/connectors/print_sink.h>
#include <flink/error.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

namespace flink::detail {
namespace {

// The largest piece of whole lines within `limit`, at least one line.
std::size_t whole_lines(std::string_view lines, std::size_t limit) {
  if (lines.size() <= limit) return lines.size();
  const auto last = lines.rfind('\n', limit - 1);
  return last != std::string_view::npos ? last + 1 : lines.find('\n') + 1;
}

// True: bytes can be written now without waiting.
bool ready(int descriptor) {
  pollfd waiting{descriptor, POLLOUT, 0};
  return ::poll(&waiting, 1, 0) > 0;
}

void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd waiting{descriptor, POLLOUT, 0};
      ::poll(&waiting, 1, -1);
    } else if (errno != EINTR) {
      const int reason = errno;
      throw Error{
          ErrorKind::user,
          concat("print: cannot write to ", descriptor == 2 ? "stderr" : "stdout", ": ",
                 std::strerror(reason),
                 reason == EPIPE || reason == EBADF ? " (whoever read it has closed it)" : "")};
    }
  }
}

}  // namespace

LinePrinter::LinePrinter(WriterInitContext& context, std::string_view id, bool to_stderr)
    : runtime_(context.runtime()), descriptor_(to_stderr ? 2 : 1), is_pipe_(false), prefix_(id) {
  struct stat status {};
  is_pipe_ = ::fstat(descriptor_, &status) == 0 && S_ISFIFO(status.st_mode);
  if (runtime_.parallelism() > 1) {
    if (!prefix_.empty()) prefix_ += ':';
    prefix_ += std::to_string(runtime_.subtask_index() + 1);
  }
  if (!prefix_.empty()) prefix_ += "> ";
  if (context.network() == nullptr) descriptor_ = -1;
}

void LinePrinter::flush() {
  if (descriptor_ < 0) {
    lines_.clear();
    return;
  }
  // A pipe takes up to PIPE_BUF bytes as one; files and terminals take any write as one.
  const std::size_t limit = is_pipe_ ? PIPE_BUF : 64 * 1024;
  std::string_view rest = lines_;
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, whole_lines(rest, limit));
    if (piece.size() <= limit && ready(descriptor_)) {
      write_all(descriptor_, piece);
    } else {
      runtime_.run_blocking([&] { write_all(descriptor_, piece); });
    }
    rest.remove_prefix(piece.size());
  }
  lines_.clear();
}

}  // namespace flink::detail
