// SPDX-License-Identifier: Apache-2.0
// Semantics: Flink's AppendOnlyTopNFunction, UpdatableTopNFunction and RetractableTopNFunction.
#include "table_runtime/rank.h"

#include <flink/state/value_state.h>

#include <algorithm>

#include "table_runtime/row_maker.h"

namespace flink::table_runtime {

RowLayout RankSpec::output() const {
  std::vector<LogicalType> types = row.types();
  if (with_number) types.push_back(LogicalType{table::TypeRoot::bigint}.not_null());
  return RowLayout{std::move(types)};
}

namespace {

struct Ranked {
  std::string order;  // sort key
  std::string row;
};

using Window = std::span<const Ranked>;

class Ranking {
 public:
  explicit Ranking(std::shared_ptr<const RankSpec> spec)
      : spec_(std::move(spec)),
        maker_(spec_->output()),
        keeps_all_(spec_->retracts || spec_->function != RankFunction::row_number) {}
  Ranking(const Ranking& other) : Ranking(other.spec_) {}
  Ranking& operator=(const Ranking&) = delete;

 protected:
  using Context = KeyedContext<std::string>;

  void insert(std::vector<Ranked>& all, std::string_view row) const {
    Ranked fresh{table::sort_key(spec_->row, spec_->order, row), std::string{row}};
    const auto before = [](const Ranked& a, const Ranked& b) { return a.order < b.order; };
    const auto at = spec_->newest_first ? std::lower_bound(all.begin(), all.end(), fresh, before)
                                        : std::upper_bound(all.begin(), all.end(), fresh, before);
    all.insert(at, std::move(fresh));
    if (!keeps_all_ && wanted() < all.size()) all.pop_back();
  }
  void remove(std::vector<Ranked>& all, std::string_view row) const {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Ranked& one) {
      return spec_->unique ? spec_->unique->key(one.row) == spec_->unique->key(row)
                           : one.row == row;
    });
    if (found != all.end()) all.erase(found);
  }
  // Those of the wanted ranks.
  Window window(const std::vector<Ranked>& all) const {
    const auto skipped =
        std::min<std::size_t>(all.size(), static_cast<std::size_t>(spec_->first - 1));
    return Window{all}.first(std::min(all.size(), wanted())).subspan(skipped);
  }
  void put(RowKind kind, const Ranked& row, std::size_t index, Collector<Row>& out) {
    put_ranked(kind, row, spec_->first + static_cast<std::int64_t>(index), out);
  }
  void put_ranked(RowKind kind, const Ranked& row, std::int64_t rank, Collector<Row>& out) {
    if (!spec_->with_number) return collect_copy(kind, row.row, out);
    memory_.clear();
    std::vector<table::Datum> values(spec_->row.size());
    spec_->row.unpack(row.row, values, memory_);
    values.emplace_back(rank);
    maker_.collect(kind, values, out);
  }

  std::shared_ptr<const RankSpec> spec_;

 private:
  std::size_t wanted() const { return static_cast<std::size_t>(spec_->last); }

  RowMaker maker_;
  table::Memory memory_;
  bool keeps_all_;
};

class StreamingRank : public Ranking {
 public:
  explicit StreamingRank(std::shared_ptr<const RankSpec> spec) : Ranking(std::move(spec)) {}

  void process_element(const Row& row, Context&, Collector<Row>& out) {
    const auto* const held = rows_.value();
    std::vector<Ranked> all = held ? *held : std::vector<Ranked>{};
    const std::vector<Ranked> before{window(all).begin(), window(all).end()};
    if (!table::adds(row.kind) || spec_->unique) remove(all, row.bytes);
    if (table::adds(row.kind)) insert(all, row.bytes);
    if (spec_->with_number) {
      put_shifted(before, window(all), out);
    } else {
      put_changed(before, window(all), out);
    }
    if (all.empty()) {
      rows_.clear();
    } else {
      rows_.update(std::move(all));
    }
  }

 private:
  void update(const Ranked& from, const Ranked& to, std::size_t index, Collector<Row>& out) {
    if (spec_->update_before) put(RowKind::update_before, from, index, out);
    put(RowKind::update_after, to, index, out);
  }
  void put_shifted(Window before, Window after, Collector<Row>& out) {
    for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
      if (i >= after.size()) {
        put(RowKind::delete_, before[i], i, out);
      } else if (i >= before.size()) {
        put(RowKind::insert, after[i], i, out);
      } else if (before[i].row != after[i].row) {
        update(before[i], after[i], i, out);
      }
    }
  }
  // One row goes at most, and one comes.
  void put_changed(Window before, Window after, Collector<Row>& out) {
    const Ranked* const gone = missing(before, after);
    const Ranked* const came = missing(after, before);
    if (gone && came && replaces(*gone, *came)) return update(*gone, *came, 0, out);
    if (gone) put(RowKind::delete_, *gone, 0, out);
    if (came) put(RowKind::insert, *came, 0, out);
  }
  bool replaces(const Ranked& gone, const Ranked& came) const {
    if (spec_->first == spec_->last) return true;
    return spec_->unique && spec_->unique->key(gone.row) == spec_->unique->key(came.row);
  }
  // The first of `from` that `in` has less often.
  static const Ranked* missing(Window from, Window in) {
    std::vector<const std::string*> left, right;
    for (const Ranked& one : from) left.push_back(&one.row);
    for (const Ranked& one : in) right.push_back(&one.row);
    const auto less = [](const std::string* a, const std::string* b) { return *a < *b; };
    std::sort(left.begin(), left.end(), less);
    std::sort(right.begin(), right.end(), less);
    std::vector<const std::string*> more;
    std::set_difference(left.begin(), left.end(), right.begin(), right.end(),
                        std::back_inserter(more), less);
    if (more.empty()) return nullptr;
    return &*std::find_if(from.begin(), from.end(),
                          [&](const Ranked& one) { return one.row == *more.front(); });
  }

  ValueState<std::vector<Ranked>> rows_{"rows"};
};

// Rows of a partition, ranked when they have all come.
class BatchRank : public Ranking {
 public:
  explicit BatchRank(std::shared_ptr<const RankSpec> spec) : Ranking(std::move(spec)) {}

  void process_element(const Row& row, Context& context, Collector<Row>&) {
    if (all_.empty()) context.timer_service().register_event_time_timer(max_timestamp);
    insert(all_, row.bytes);
  }
  void on_timer(Timestamp, Context&, Collector<Row>& out) {
    std::int64_t rank = 0;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const bool tie = i > 0 && all_[i].order == all_[i - 1].order;
      switch (spec_->function) {
        case RankFunction::row_number:
          ++rank;
          break;
        case RankFunction::rank:
          if (!tie) rank = static_cast<std::int64_t>(i) + 1;
          break;
        case RankFunction::dense_rank:
          if (!tie) ++rank;
          break;
      }
      if (rank >= spec_->first && rank <= spec_->last) {
        put_ranked(RowKind::insert, all_[i], rank, out);
      }
    }
    all_.clear();
  }

 private:
  std::vector<Ranked> all_;
};

}  // namespace

RowOperator add_rank(const RowStream& rows, std::string name, RankSpec spec) {
  const auto shared = std::make_shared<const RankSpec>(std::move(spec));
  const RowPicker& partition = shared->partition;
  auto out = shared->batch ? process_keyed(rows, partition, std::move(name), BatchRank{shared})
                           : process_keyed(rows, partition, std::move(name), StreamingRank{shared});
  if (shared->partition.layout().size() == 0) out.set_parallelism(1);
  return out;
}

}  // namespace flink::table_runtime
