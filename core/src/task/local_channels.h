// SPDX-License-Identifier: Apache-2.0
// Channels between two tasks of this process: whichever is deployed first makes it and takes its
// end, the other finds its end here. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "channels/channel.h"
#include "channels/channel_id.h"
#include "channels/local_channel.h"

namespace flink::task {

class LocalChannels {
 public:
  explicit LocalChannels(channels::LocalChannelOptions options) : options_(std::move(options)) {}

  std::unique_ptr<channels::ChannelWriter> take_writer(const channels::ChannelId& id) {
    const std::lock_guard lock{mutex_};
    return take(id, &Ends::writer);
  }
  std::unique_ptr<channels::ChannelReader> take_reader(const channels::ChannelId& id) {
    const std::lock_guard lock{mutex_};
    return take(id, &Ends::reader);
  }
  // An attempt is over: the ends that its neighbours never took are dropped.
  void forget(int vertex_edge, bool producer, int subtask, int attempt) {
    const std::lock_guard lock{mutex_};
    std::erase_if(waiting_, [&](const auto& entry) {
      const channels::ChannelId& id = entry.first;
      return id.edge == vertex_edge &&
             (producer ? id.producer == subtask && id.producer_attempt == attempt
                       : id.consumer == subtask && id.consumer_attempt == attempt);
    });
  }

 private:
  struct Ends {
    std::unique_ptr<channels::ChannelWriter> writer;
    std::unique_ptr<channels::ChannelReader> reader;
  };
  template <class End>
  std::unique_ptr<End> take(const channels::ChannelId& id, std::unique_ptr<End> Ends::*mine) {
    auto found = waiting_.find(id);
    if (found == waiting_.end()) {
      auto [writer, reader] = channels::make_local_channel(options_);
      found = waiting_.emplace(id, Ends{std::move(writer), std::move(reader)}).first;
    }
    auto end = std::move(found->second.*mine);
    if (!found->second.writer && !found->second.reader) waiting_.erase(found);
    return end;
  }

  const channels::LocalChannelOptions options_;
  std::mutex mutex_;
  std::map<channels::ChannelId, Ends> waiting_;  // one end is still to be taken
};

}  // namespace flink::task
