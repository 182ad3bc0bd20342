// SPDX-License-Identifier: Apache-2.0
#include "channels/data_plane.h"

#include <flink/base/check.h>

#include <future>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/address.h"
#include "channels/credit_window.h"
#include "channels/remote_reader.h"
#include "channels/remote_writer.h"

namespace flink::channels {

namespace {

std::string text_of(const base::Address& address) { return base::address_text(address); }

}  // namespace

// Shared with the callbacks under way.
class DataPlane::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(base::Network& network, DataPlaneOptions options)
      : network_(network),
        options_(std::move(options)),
        registry_(std::make_shared<ChannelRegistry>()),
        budget_(std::make_shared<FloatingBudget>(options_.floating_bytes)) {}

  const DataPlaneOptions& options() const { return options_; }

  // Everyone who still uses a channel is told.
  void shut_down() {
    std::vector<std::shared_ptr<ProducerLink>> links;
    {
      std::lock_guard lock{mutex_};
      for (auto& [address, link] : std::exchange(outgoing_, {})) links.push_back(std::move(link));
    }
    for (const auto& link : links) link->fail(closing);
    network_.post([self = shared_from_this()] {
      self->closed_ = true;
      for (const auto& [number, link] : std::exchange(self->incoming_, {})) link->fail(closing);
    });
  }

  // On the worker.
  void accepted(std::shared_ptr<base::Connection> connection) {
    if (closed_) return;  // dropped, which closes it
    auto link = std::make_shared<ConsumerLink>(network_, text_of(connection->peer()), greeting(),
                                               registry_);
    const auto number = next_incoming_++;
    link->on_end([weak = weak_from_this(), number] {
      if (const auto self = weak.lock()) self->incoming_.erase(number);
    });
    incoming_.emplace(number, link);
    link->connected(std::move(connection));
  }

  std::unique_ptr<ChannelReader> open_reader(const ChannelId& id, const RecordType& type) {
    return reader_of(id, type, std::make_shared<InChannel>(type.fingerprint(), options_.own_bytes),
                     nullptr);
  }

  std::unique_ptr<ChannelReader> fetch(const ChannelId& id, const base::Address& producer,
                                       const base::Address& here, const RecordType& type) {
    auto channel = std::make_shared<InChannel>(type.fingerprint(), options_.own_bytes);
    auto link = link_to(producer);
    auto reader = reader_of(id, type, channel, link);
    link->fetch({id, here}, channel);
    return reader;
  }

  void serve(std::function<void(const Fetch& fetch, Refuse refuse)> fetched,
             std::function<void(const ChannelId& id)> unfetched) {
    network_.post(
        [registry = registry_, fetched = std::move(fetched), unfetched = std::move(unfetched)] {
          registry->on_fetch = fetched;
          registry->on_unfetch = unfetched;
        });
  }

  // `fetched_from`: null for a channel of a live producer.
  std::unique_ptr<ChannelReader> reader_of(const ChannelId& id, const RecordType& type,
                                           std::shared_ptr<InChannel> channel,
                                           std::shared_ptr<ProducerLink> fetched_from) {
    network_.post([registry = registry_, id, channel] { registry->add_reader(id, channel); });
    RemoteReaderOptions reader;
    reader.own_window = options_.own_bytes;
    reader.window_max = std::max(options_.own_bytes, options_.channel_bytes_max);
    reader.record_bytes_max = options_.record_bytes_max;
    reader.closed = [weak = weak_from_this(), id, fetched_from = std::move(fetched_from)] {
      if (fetched_from) fetched_from->unfetch(id);
      if (const auto self = weak.lock()) {
        self->network_.post([registry = self->registry_, id] { registry->remove_reader(id); });
      }
    };
    return std::make_unique<RemoteReader>(std::move(channel), type, budget_, std::move(reader));
  }

  std::unique_ptr<RemoteWriter> open_writer(const ChannelId& id, const base::Address& consumer,
                                            const RecordType& type) {
    return std::make_unique<RemoteWriter>(link_to(consumer), id, type, options_.record_bytes_max);
  }

  std::size_t open_channels() {
    std::size_t count = 0;
    {
      std::lock_guard lock{mutex_};
      for (const auto& [address, link] : outgoing_) count += link->open_channels();
    }
    const auto incoming = std::make_shared<std::promise<std::size_t>>();
    network_.post([self = shared_from_this(), incoming] {
      std::size_t open = 0;
      for (const auto& [number, link] : self->incoming_) open += link->open_channels();
      incoming->set_value(open);
    });
    return count + incoming->get_future().get();
  }

 private:
  static constexpr const char* closing = "this process closes its data plane";

  Hello greeting() const { return {options_.job_high, options_.job_low, options_.epoch}; }

  // The live link to that process, or a new one.
  std::shared_ptr<ProducerLink> link_to(const base::Address& address) {
    std::lock_guard lock{mutex_};
    auto& link = outgoing_[{address.host, address.port}];
    if (link && !link->failed()) return link;
    link = std::make_shared<ProducerLink>(network_, text_of(address), greeting());
    network_.connect(address,
                     [weak = std::weak_ptr{link}](std::shared_ptr<base::Connection> connection,
                                                  const std::string& error) {
                       const auto made = weak.lock();
                       if (!made) return;
                       if (!connection) return made->fail(error);
                       made->connected(std::move(connection));
                     });
    return link;
  }

  base::Network& network_;
  DataPlaneOptions options_;
  std::shared_ptr<ChannelRegistry> registry_;
  std::shared_ptr<FloatingBudget> budget_;

  std::mutex mutex_;
  std::map<std::pair<std::string, std::uint16_t>, std::shared_ptr<ProducerLink>> outgoing_;
  // The worker's.
  std::map<std::uint64_t, std::shared_ptr<ConsumerLink>> incoming_;
  std::uint64_t next_incoming_ = 0;
  bool closed_ = false;
};

DataPlane::DataPlane(base::Network& network, DataPlaneOptions options)
    : core_(std::make_shared<Core>(network, std::move(options))) {
  listener_ =
      network.listen({core_->options().bind_host, core_->options().port},
                     [weak = std::weak_ptr{core_}](std::shared_ptr<base::Connection> connection) {
                       if (const auto core = weak.lock()) core->accepted(std::move(connection));
                     });
}

DataPlane::~DataPlane() {
  listener_.reset();
  core_->shut_down();
}

base::Address DataPlane::address() const {
  const auto& options = core_->options();
  return {options.advertised_host.empty() ? options.bind_host : options.advertised_host,
          listener_->port()};
}

std::size_t DataPlane::open_channels() const { return core_->open_channels(); }

std::unique_ptr<ChannelReader> DataPlane::open_reader(const ChannelId& id, const RecordType& type) {
  return core_->open_reader(id, type);
}

std::unique_ptr<ChannelWriter> DataPlane::open_writer(const ChannelId& id,
                                                      const base::Address& consumer,
                                                      const RecordType& type) {
  return core_->open_writer(id, consumer, type);
}

std::unique_ptr<RemoteWriter> DataPlane::open_remote_writer(const ChannelId& id,
                                                            const base::Address& consumer,
                                                            const RecordType& type) {
  return core_->open_writer(id, consumer, type);
}

std::unique_ptr<ChannelReader> DataPlane::fetch(const ChannelId& id, const base::Address& producer,
                                                const RecordType& type) {
  return core_->fetch(id, producer, address(), type);
}

void DataPlane::serve(std::function<void(const Fetch& fetch, Refuse refuse)> fetched,
                      std::function<void(const ChannelId& id)> unfetched) {
  core_->serve(std::move(fetched), std::move(unfetched));
}

}  // namespace flink::channels
