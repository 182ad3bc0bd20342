// SPDX-License-Identifier: Apache-2.0
#include "task/channel_state.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/key_group.h>

#include <exception>
#include <limits>
#include <memory>
#include <optional>

#include "base/exception_text.h"
#include "state/state_file.h"

namespace flink::task {

namespace {

std::string encode_batch(const RecordType& type, const Batch& batch) {
  std::string bytes;
  ByteWriter out{bytes};
  out.varint(batch.size());
  const auto written = type.write(batch, 0, std::numeric_limits<std::size_t>::max(), out);
  FLINK_CHECK(written == batch.size(), written, batch.size());
  out.finish();
  return bytes;
}

std::string encode_watermark(channels::Watermark watermark) {
  std::string bytes;
  ByteWriter out{bytes};
  out.varint(0);
  out.fixed64(static_cast<std::uint64_t>(watermark.millis));
  out.finish();
  return bytes;
}

std::optional<std::int64_t> watermark_in(const std::string& bytes) {
  ByteReader in{bytes};
  if (in.varint() != 0) return std::nullopt;
  return static_cast<std::int64_t>(in.fixed64());
}

// Where that producer's records come in now, if they come over a channel of their own.
std::optional<std::size_t> channel_of(const std::vector<ChannelOrigin>& origins,
                                      const graph::JobEdge& edge, int subtask) {
  for (std::size_t c = 0; c < origins.size(); ++c) {
    if (origins[c].edge == &edge && origins[c].subtask == subtask) return c;
  }
  return std::nullopt;
}

BatchRef decode_batch(const RecordType& type, const std::string& bytes) {
  auto backing = make_ref<Buffer>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), backing->data());
  ByteReader in{std::string_view{backing->data(), backing->size()}};
  const auto count = in.varint();
  // Memory is taken for that many before they are read. (A serializer of its own may write none.)
  if (count == 0 || count > std::max<std::uint64_t>(Batch::records_max, bytes.size())) {
    throw Error{ErrorKind::internal, "records of a checkpoint's channel are not what they say"};
  }
  return type.read(in, static_cast<std::size_t>(count), backing);
}

// Splits a batch as the edge's writers do, and keeps what one consumer gets.
class ShareOf final : public ChannelBatches {
 public:
  ShareOf(const graph::JobEdge& edge, const graph::JobVertex& vertex, int subtask)
      : type_(*edge.type), mine_(subtask), partitioner_(edge.partitioning.make_partitioner()) {
    ChannelBatches::count = vertex.parallelism;
    ChannelBatches::max_parallelism = vertex.max_parallelism;
    for (int c = 0; c < vertex.parallelism; ++c) open_.push_back(type_.make_batch(1));
    ChannelBatches::open = open_.data();
  }

  std::vector<BatchRef> of(BatchRef batch) {
    partitioner_->partition(*batch, true, *this);
    for (int c = 0; c < count; ++c) flush(c);
    return std::exchange(kept_, {});
  }
  void flush(int channel) override {
    auto& batch = open_[static_cast<std::size_t>(channel)];
    if (batch->size() == 0) return;
    auto full = std::exchange(batch, type_.make_batch(Batch::records_max));
    if (channel == mine_) kept_.push_back(std::move(full));
  }

 private:
  const RecordType& type_;
  const int mine_;
  std::unique_ptr<Partitioner> partitioner_;
  std::vector<BatchRef> open_, kept_;
};

// The JobManager has looked at this before; here it is a bug of one of the two.
const graph::JobEdge& edge_of(const graph::JobGraph& graph, const graph::JobVertex& vertex,
                              const state::ChannelState& channel) {
  const auto* edge =
      graph::find_input_edge(graph, vertex, {channel.producer_high, channel.producer_low},
                             channel.side_output, channel.input);
  if (edge != nullptr && edge->type->schema() == channel.type_schema) return *edge;
  throw Error{ErrorKind::internal,
              detail::concat("the checkpoint holds records on their way to '", vertex.name,
                             "' over an exchange that it does not have, or of another type")};
}

}  // namespace

void ChannelRecording::encode(base::FileSystem& files, const std::string& path,
                              std::uint64_t inline_bytes_max) noexcept {
  std::optional<state::StateFileWriter> file;
  const auto spill = [&](state::ChannelState& channel) {
    channel.stored.push_back(file->list(std::exchange(channel.elements, {})));
  };
  try {
    for (auto& channel : channels) {
      if (channel.elements.empty()) continue;
      auto& to = encoded.emplace_back();
      const ChannelOrigin& origin = channel.origin;
      to.producer_high = origin.producer.high;
      to.producer_low = origin.producer.low;
      to.side_output = origin.edge->side_output;
      to.input = origin.edge->input;
      to.subtask = origin.subtask;
      to.type_schema = origin.edge->type->schema();
      for (auto& element : channel.elements) {
        if (auto* batch = std::get_if<BatchRef>(&element)) {
          to.elements.push_back(encode_batch(*origin.edge->type, *std::exchange(*batch, nullptr)));
        } else {
          to.elements.push_back(encode_watermark(std::get<channels::Watermark>(element)));
        }
        bytes += to.elements.back().size();
      }
      if (!file && bytes > inline_bytes_max) {
        file.emplace(files, path);
        for (auto& earlier : encoded) spill(earlier);
      } else if (file) {
        spill(to);
      }
    }
    if (file) {
      const auto whole = file->finish();
      for (auto& channel : encoded) channel.stored.front().file = whole;
    }
  } catch (const std::exception& e) {
    failure = detail::concat("records that its barrier overtook cannot be written: ",
                             base::exception_text(e));
  }
  channels.clear();
}

void RecordedChannel::add(const channels::Element& element) {
  if (const auto* batch = std::get_if<BatchRef>(&element)) elements.emplace_back(*batch);
  if (const auto* mark = std::get_if<channels::Watermark>(&element)) elements.emplace_back(*mark);
}

ChannelRecorder::ChannelRecorder(channels::InputGate& gate, channels::BarrierHandler& barriers,
                                 std::vector<ChannelOrigin> origins)
    : gate_(gate), barriers_(barriers), origins_(std::move(origins)) {}

void ChannelRecorder::start() {
  recording_.clear();
  for (std::size_t c = 0; c < origins_.size(); ++c) {
    auto& channel = recording_.emplace_back();
    channel.origin = origins_[c];
    if (!barriers_.recording(c)) {
      // What brought its barrier in order has nothing behind that yet.
      FLINK_CHECK(gate_.ahead(c).empty(), c);
      continue;
    }
    for (const auto& element : gate_.ahead(c)) channel.add(element);
  }
}

std::optional<channels::BarrierActions> ChannelRecorder::take_in(std::int64_t now) {
  for (std::size_t c = 0; c < recording_.size(); ++c) {
    if (!barriers_.recording(c)) continue;
    auto answer = take_in(c, now);
    if (!answer.empty()) return answer;
  }
  return std::nullopt;
}

// All that is read stays ahead, barriers too: they act again when they are polled. Up to the
// channel's end and the checkpoint's own barrier it is part of the checkpoint. A newer barrier says
// that this checkpoint was given up elsewhere: it acts in its place, behind the records before it,
// and the recording goes no further.
channels::BarrierActions ChannelRecorder::take_in(std::size_t channel, std::int64_t now) {
  using Seen = channels::InputGate::Seen;
  const auto id = barriers_.recorded_id();
  const auto last = [id](const channels::Element& element) {
    const auto* barrier = std::get_if<channels::Barrier>(&element);
    return barrier != nullptr ? barrier->checkpoint_id >= id
                              : std::holds_alternative<channels::EndOfPartition>(element);
  };
  const auto& ahead = gate_.ahead(channel);
  if (ahead.empty() || !last(ahead.back())) {
    gate_.read_ahead(channel, [&](const channels::Element& element) {
      recording_[channel].add(element);
      return last(element) ? Seen::keep_and_stop : Seen::keep;
    });
  }
  if (ahead.empty()) return {};
  if (std::holds_alternative<channels::EndOfPartition>(ahead.back())) {
    return barriers_.recorded_to_end(channel, now);
  }
  const auto* barrier = std::get_if<channels::Barrier>(&ahead.back());
  if (barrier == nullptr || barrier->checkpoint_id != id) return {};
  return barriers_.barrier(channel, *barrier, now);
}

std::deque<ReplayElement> replay_of(const graph::JobGraph& graph, const graph::JobVertex& vertex,
                                    int subtask, const std::vector<ChannelOrigin>& origins,
                                    const std::vector<state::ChannelState>& channels) {
  std::deque<ReplayElement> replay;
  int element = 0;  // of those that are dealt out in turn
  for (const auto& channel : channels) {
    const auto& edge = edge_of(graph, vertex, channel);
    const auto strategy = edge.partitioning.strategy;
    const bool by_record = strategy == ShipStrategy::hash || strategy == ShipStrategy::custom;
    const auto from = channel_of(origins, edge, channel.subtask);
    for (const auto& bytes : channel.elements) {
      if (const auto watermark = watermark_in(bytes)) {
        if (from && !channel.divide) replay.push_back({edge.input, nullptr, *from, *watermark});
      } else if (!channel.divide) {
        replay.push_back({edge.input, decode_batch(*edge.type, bytes), 0, INT64_MIN});
      } else if (by_record) {
        ShareOf share{edge, vertex, subtask};
        for (auto& batch : share.of(decode_batch(*edge.type, bytes))) {
          replay.push_back({edge.input, std::move(batch), 0, INT64_MIN});
        }
      } else {
        // A global edge leads to the first subtask only.
        const int owner = strategy == ShipStrategy::global ? 0 : element++ % vertex.parallelism;
        if (owner != subtask) continue;
        replay.push_back({edge.input, decode_batch(*edge.type, bytes), 0, INT64_MIN});
      }
    }
  }
  return replay;
}

}  // namespace flink::task
