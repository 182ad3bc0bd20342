// SPDX-License-Identifier: Apache-2.0
// The socket source: bytes arrive on the network's worker in an inbox that the reader empties. The
// inbox is bounded: while it is full the socket is not read, so the peer is held back.
#include <flink/base/check.h>
#include <flink/connectors/socket/socket_source.h>
#include <flink/error.h>

#include <mutex>

#include "base/address.h"
#include "base/network.h"

namespace flink {
namespace {

using detail::concat;

constexpr std::size_t inbox_bytes_max = 1 << 20;
constexpr std::size_t line_bytes_max = 64 << 20;
constexpr std::string_view closed_by_peer = "closed by peer";

std::string socket_name(const base::Address& address) {
  return concat("socket source ", base::address_text(address));
}

// Shared with the network's callbacks; lives until both sides are done.
class Inbox : public std::enable_shared_from_this<Inbox> {
 public:
  explicit Inbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void connect(base::Network& network, const base::Address& address) {
    network.connect(address,
                    [self = shared_from_this()](auto connection, const std::string& error) {
                      self->connected(std::move(connection), error);
                    });
  }

  // Moves what has arrived to the end of `bytes`. True: nothing more will come; `error` says why.
  bool take(std::string& bytes, std::string& error) {
    std::shared_ptr<base::Connection> resume;
    bool ended = false;
    {
      const std::lock_guard lock{mutex_};
      bytes += bytes_;
      bytes_.clear();
      if (paused_ && !ended_) {
        paused_ = false;
        resume = connection_;
      }
      ended = ended_;
      error = error_;
    }
    if (resume) read(*resume);
    return ended;
  }

  void close() noexcept {
    std::shared_ptr<base::Connection> connection;
    {
      const std::lock_guard lock{mutex_};
      ended_ = true;
      connection.swap(connection_);
    }
    if (connection) connection->close();
  }

 private:
  void connected(std::shared_ptr<base::Connection> connection, const std::string& error) {
    {
      const std::lock_guard lock{mutex_};
      if (ended_ || !error.empty()) {
        ended_ = true;
        error_ = error;
      } else {
        connection_ = connection;
      }
    }
    if (error.empty() && connection) read(*connection);
    wake_();
  }

  void read(base::Connection& connection) {
    connection.read(block_,
                    [self = shared_from_this()](std::size_t size, const std::string& error) {
                      self->arrived(size, error);
                    });
  }

  void arrived(std::size_t size, const std::string& error) {
    std::shared_ptr<base::Connection> next;
    {
      const std::lock_guard lock{mutex_};
      bytes_.append(block_, size);
      if (!error.empty()) {
        ended_ = true;
        if (error != closed_by_peer) error_ = error;
      } else if (bytes_.size() >= inbox_bytes_max) {
        paused_ = true;
      } else {
        next = connection_;
      }
    }
    if (next) read(*next);
    wake_();
  }

  const std::function<void()> wake_;
  std::mutex mutex_;
  std::shared_ptr<base::Connection> connection_;
  std::string bytes_;
  std::string error_;
  bool paused_ = false;
  bool ended_ = false;
  char block_[16 * 1024];  // the read under way fills it, nobody else touches it
};

class SocketReader final : public SourceReader<std::string, std::int32_t> {
 public:
  SocketReader(SourceReaderContext& context, base::Address address, char delimiter)
      : context_(context),
        address_(std::move(address)),
        delimiter_(delimiter),
        inbox_(std::make_shared<Inbox>(context.waker())) {}
  ~SocketReader() override { inbox_->close(); }

  void start() override {
    if (context_.network() == nullptr) {
      throw Error{ErrorKind::user, concat(name(),
                                          ": there are no sockets under simulation; "
                                          "give the job a file to read instead")};
    }
    inbox_->connect(*context_.network(), address_);
  }

  InputStatus poll_next(ReaderOutput<std::string>& output) override {
    if (find_line_end() == std::string::npos) {
      text_.erase(0, at_);
      searched_ -= at_;
      at_ = 0;
      const std::size_t held = text_.size();
      ended_ = inbox_->take(text_, error_);
      if (text_.size() == held && !ended_) return InputStatus::nothing_available;
    }
    for (std::size_t room = output.room(); room > 0; --room) {
      const auto line_end = find_line_end();
      if (line_end == std::string::npos) return rest(output);
      collect(output, line_end);
      at_ = searched_ = line_end + 1;
    }
    return InputStatus::more_available;
  }

  void add_splits(std::vector<std::int32_t>) override {}
  void notify_no_more_splits() override {}
  std::vector<std::int32_t> snapshot_state(std::int64_t) override { return {}; }
  void close() noexcept override { inbox_->close(); }

 private:
  std::string name() const { return socket_name(address_); }
  // Looks at each byte once, however small the pieces are in which a line comes.
  std::size_t find_line_end() {
    const auto found = text_.find(delimiter_, searched_);
    searched_ = found == std::string::npos ? text_.size() : found;
    return found;
  }
  void collect(ReaderOutput<std::string>& output, std::size_t line_end) {
    std::size_t size = line_end - at_;
    if (delimiter_ == '\n' && size > 0 && text_[line_end - 1] == '\r') --size;
    output.collect(text_.substr(at_, size));
  }
  // No whole line is left.
  InputStatus rest(ReaderOutput<std::string>& output) {
    if (!ended_) {
      if (text_.size() - at_ > line_bytes_max) {
        throw Error{ErrorKind::user, concat(name(), ": a line of more than ", line_bytes_max,
                                            " bytes; is the delimiter the right one?")};
      }
      return InputStatus::more_available;  // more may have arrived; else the next call says so
    }
    if (!error_.empty()) throw Error{ErrorKind::transient, concat(name(), ": ", error_)};
    if (at_ < text_.size()) collect(output, text_.size());
    text_.clear();
    at_ = searched_ = 0;
    return InputStatus::end_of_input;
  }

  SourceReaderContext& context_;
  base::Address address_;
  char delimiter_;
  std::shared_ptr<Inbox> inbox_;
  std::string text_;  // received, from at_ on not yet emitted
  std::size_t at_ = 0;
  std::size_t searched_ = 0;  // no delimiter in [at_, searched_)
  bool ended_ = false;
  std::string error_;
};

// There is nothing to split: the one reader connects by itself.
class NoSplits final : public SplitEnumerator<std::int32_t> {
 public:
  NoSplits(SplitEnumeratorContext<std::int32_t>& context, std::string source)
      : context_(context), source_(std::move(source)) {}
  void start() override {
    if (context_.option("execution.checkpointing.interval").empty()) return;
    context_.warn(concat(source_,
                         ": what was received since the last checkpoint is lost when the job "
                         "recovers, as a socket cannot be read from an earlier position; for "
                         "exactly-once read from files or another source that can"));
  }
  void handle_split_request(int) override {}
  void add_splits_back(std::vector<std::int32_t>, int) override {}
  std::vector<std::int32_t> snapshot_state(std::int64_t) override { return {}; }

 private:
  SplitEnumeratorContext<std::int32_t>& context_;
  std::string source_;
};

}  // namespace

std::unique_ptr<SplitEnumerator<std::int32_t>> SocketTextSource::create_enumerator(
    SplitEnumeratorContext<std::int32_t>& context) const {
  return std::make_unique<NoSplits>(context, socket_name({host_, port_}));
}

std::unique_ptr<SourceReader<std::string, std::int32_t>> SocketTextSource::create_reader(
    SourceReaderContext& context) const {
  return std::make_unique<SocketReader>(context, base::Address{host_, port_}, delimiter_);
}

}  // namespace flink
