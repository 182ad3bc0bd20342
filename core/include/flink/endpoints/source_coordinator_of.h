// SPDX-License-Identifier: Apache-2.0
// The typed half of a source on the JobManager: its enumerator, and splits as the values that they
// are.
#pragma once

#include <flink/endpoints/source_coordinator.h>
#include <flink/operators/operator_items.h>
#include <flink/source.h>

namespace flink::detail {

template <class SplitT, class StateT>
class SourceEnumeratorOf final : public SourceEnumerator, SplitEnumeratorContext<SplitT> {
 public:
  explicit SourceEnumeratorOf(std::shared_ptr<const SplitSource<SplitT, StateT>> source)
      : source_(std::move(source)) {}

 private:
  void start(SplitAssigner& assigner) override {
    assigner_ = &assigner;
    enumerator_ = source_->create_enumerator(*this);
    enumerator_->start();
  }
  void restore(SplitAssigner& assigner, std::string_view schema, std::string_view state) override {
    assigner_ = &assigner;
    const auto name = assigner.context().operator_name();
    StoredItems<StateT> stored{"state of source \"" + std::string{name} + "\"", schema};
    enumerator_ = source_->restore_enumerator(*this, stored.read(state));
    enumerator_->start();
  }
  std::string state(std::int64_t checkpoint_id) override {
    return to_bytes<StateT>(enumerator_->snapshot_state(checkpoint_id));
  }
  std::string schema() const override { return schema_of<StateT>(); }
  void reader_added(int subtask) override { enumerator_->add_reader(subtask); }
  void split_requested(int subtask) override { enumerator_->handle_split_request(subtask); }
  void custom_event(int subtask, std::string_view event) override {
    enumerator_->handle_source_event(subtask, event);
  }
  void splits_back(const std::vector<std::string>& splits, int subtask) override {
    std::vector<SplitT> typed;
    for (const auto& bytes : splits) typed.push_back(from_bytes<SplitT>(bytes));
    enumerator_->add_splits_back(std::move(typed), subtask);
  }
  void checkpoint_complete(std::int64_t checkpoint_id) override {
    enumerator_->notify_checkpoint_complete(checkpoint_id);
  }
  void close() override {
    if (enumerator_) enumerator_->close();
  }

  int current_parallelism() const override { return assigner_->context().parallelism(); }
  std::vector<int> registered_readers() const override { return assigner_->running_readers(); }
  void assign_split(const SplitT& split, int subtask) override {
    assigner_->assign(subtask, to_bytes<SplitT>(split));
  }
  void signal_no_more_splits(int subtask) override { assigner_->tell_no_more(subtask); }
  void send_event_to_source_reader(int subtask, std::string event) override {
    assigner_->tell_custom(subtask, event);
  }
  ConnectorContext& connector() const override { return assigner_->context(); }
  void warn(const std::string& text) override { assigner_->context().warn(text); }

  std::shared_ptr<const SplitSource<SplitT, StateT>> source_;
  SplitAssigner* assigner_ = nullptr;
  std::unique_ptr<SplitEnumerator<SplitT, StateT>> enumerator_;
};

template <class SplitT, class StateT>
CoordinatorFactory source_coordinators(std::shared_ptr<const SplitSource<SplitT, StateT>> source) {
  return [source] {
    return make_source_coordinator(std::make_unique<SourceEnumeratorOf<SplitT, StateT>>(source));
  };
}

}  // namespace flink::detail
