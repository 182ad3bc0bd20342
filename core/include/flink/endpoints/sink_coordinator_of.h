// SPDX-License-Identifier: Apache-2.0
// The typed half of a sink on the JobManager: its committer, and committables as the values that
// they are.
#pragma once

#include <flink/base/check.h>
#include <flink/endpoints/sink_coordinator.h>
#include <flink/operators/operator_items.h>
#include <flink/sink.h>

namespace flink::detail {

template <class CommT>
CommitOutcome outcome_of(const CommitRequest<CommT>& request) {
  using State = typename CommitRequest<CommT>::State;
  using Result = CommitOutcome::Result;
  CommitOutcome out;
  out.reason = request.reason();
  if (request.state() == State::retry) {
    out.result = Result::retry;
    out.committable = to_bytes<CommT>(request.committable());
  } else if (request.state() == State::failed) {
    out.result = request.reason_known() ? Result::given_up : Result::impossible;
  }
  return out;
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
  std::vector<CommitOutcome> commit(const std::vector<CommitTry>& tries) override {
    std::vector<CommitRequest<CommT>> requests;
    for (const CommitTry& one : tries) {
      requests.emplace_back(from_bytes<CommT>(one.committable)).begin(one.retries);
    }
    committer_->commit(requests);
    std::vector<CommitOutcome> outcomes;
    for (const auto& request : requests) outcomes.push_back(outcome_of(request));
    return outcomes;
  }
  void prepare_job() override { committer_->prepare_job(); }
  void clean_up_attempts(const std::vector<SubtaskAttempt>& dead,
                         const Committables& keep) override {
    committer_->clean_up_attempts(dead, typed(keep));
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
