// SPDX-License-Identifier: Apache-2.0
// The typed half of a sink on the JobManager: its committer, and committables as the values that
// they are.
#pragma once

#include <flink/check.h>
#include <flink/detail/operator_items.h>
#include <flink/detail/sink_coordinator.h>
#include <flink/sink.h>

namespace flink::detail {

// Calls the committer until nothing is left to retry.
template <class CommT>
void commit_requests(Committer<CommT>& committer, std::vector<CommitRequest<CommT>> requests,
                     const CoordinatorContext& context) {
  const int retries_max = committer_retries(context);
  for (int retries = 0; !requests.empty(); ++retries) {
    for (auto& request : requests) request.begin(retries);
    committer.commit(requests);
    std::vector<CommitRequest<CommT>> again;
    for (auto& request : requests) {
      if (request.state() == CommitRequest<CommT>::State::retry) {
        if (retries == retries_max) {
          throw_commit_failed(context.operator_name(), request.reason(), retries);
        }
        again.push_back(std::move(request));
      } else if (request.state() == CommitRequest<CommT>::State::failed) {
        if (!request.reason_known()) {
          throw_commit_impossible(context.operator_name(), request.reason());
        }
        context.warn(concat("sink \"", context.operator_name(),
                            "\": a commit was given up: ", request.reason()));
      }
    }
    requests = std::move(again);
  }
}

template <class CommT>
class SinkCommitterOf final : public SinkCommitter {
 public:
  explicit SinkCommitterOf(std::shared_ptr<const SupportsCommitter<CommT>> sink)
      : sink_(std::move(sink)) {}

 private:
  static std::vector<CommT> typed(const Committables& committables) {
    std::vector<CommT> all;
    for (const auto& bytes : committables) all.push_back(from_bytes<CommT>(bytes));
    return all;
  }
  void open(CoordinatorContext& context) override { context_ = &context; }
  void create(SinkJobContext& job) override { committer_ = sink_->create_committer(job); }
  std::string committable_schema() const override { return schema_of<CommT>(); }
  Committables converted(std::string_view schema, const Committables& committables) override {
    const auto name = context_->operator_name();
    StoredItems<CommT> stored{"state of sink \"" + std::string{name} + "\"", schema};
    Committables all;
    for (const auto& bytes : committables) all.push_back(to_bytes<CommT>(stored.read(bytes)));
    return all;
  }
  void commit_all(const Committables& committables) override {
    std::vector<CommitRequest<CommT>> requests;
    for (CommT& committable : typed(committables)) requests.emplace_back(std::move(committable));
    commit_requests<CommT>(*committer_, std::move(requests), *context_);
  }
  void prepare_job() override { committer_->prepare_job(); }
  void clean_up_attempt(int subtask, int attempt, const Committables& keep) override {
    committer_->clean_up_attempt(subtask, attempt, typed(keep));
  }
  void clean_up_earlier_runs(const Committables& keep) override {
    committer_->clean_up_earlier_runs(typed(keep));
  }
  void complete_job() override { committer_->complete_job(); }
  void abort_job(const Committables& keep) override { committer_->abort_job(typed(keep)); }

  std::shared_ptr<const SupportsCommitter<CommT>> sink_;
  CoordinatorContext* context_ = nullptr;
  std::unique_ptr<Committer<CommT>> committer_;
};

template <class CommT>
CoordinatorFactory sink_coordinators(std::shared_ptr<const SupportsCommitter<CommT>> sink) {
  return [sink] { return make_sink_coordinator(std::make_unique<SinkCommitterOf<CommT>>(sink)); };
}

}  // namespace flink::detail
