// SPDX-License-Identifier: Apache-2.0
// Semantics: Flink's StreamingJoinOperator and StreamingSemiAntiJoinOperator. One difference: on a
// side with a unique key a row that replaces another first takes that one back.
#include "table_runtime/join.h"

#include <flink/state/map_state.h>

namespace flink::table_runtime {

namespace {

// A row and how it stands: how often it is there, how many partners it has (where that counts).
struct SideRow {
  std::string row;
  std::int64_t count = 0;
  std::int64_t partners = 0;
};

// The rows of one side with the current key: by their unique key, or by themselves.
class Side {
 public:
  Side(const JoinSideSpec& spec, const char* name) : spec_(spec), rows_(name) {}

  bool is_unique() const { return spec_.unique.has_value(); }
  const SideRow* find(std::string_view row) const { return rows_.get(place(row)); }
  void add(std::string_view row, std::int64_t partners) {
    const std::string at = place(row);
    const SideRow* const held = rows_.get(at);
    const std::int64_t before = held && !is_unique() ? held->count : 0;
    rows_.put(at, {std::string{row}, before + 1, partners});
  }
  void remove(std::string_view row) {
    const std::string at = place(row);
    const SideRow* const held = rows_.get(at);
    if (held == nullptr) return;
    if (is_unique() || held->count == 1) return rows_.remove(at);
    SideRow less = *held;
    --less.count;
    rows_.put(at, std::move(less));
  }
  void set_partners(const SideRow& row, std::int64_t partners) {
    rows_.put(place(row.row), {row.row, row.count, partners});
  }
  std::vector<SideRow> all() const {
    std::vector<SideRow> out;
    for (const auto& row : rows_.values()) out.push_back(row);
    return out;
  }

 private:
  std::string place(std::string_view row) const {
    return spec_.unique ? spec_.unique->key(row) : std::string{row};
  }

  JoinSideSpec spec_;
  MapState<std::string, SideRow> rows_;
};

class StreamingJoin {
 public:
  explicit StreamingJoin(std::shared_ptr<const JoinSpec> spec)
      : spec_(spec),
        condition_(spec),
        output_(spec),
        left_(spec->left, "left rows"),
        right_(spec->right, "right rows") {}

  using Context = KeyedContext<std::string>;
  void process_element1(const Row& row, Context& context, Collector<Row>& out) {
    take(row, true, context.current_key(), out);
  }
  void process_element2(const Row& row, Context& context, Collector<Row>& out) {
    take(row, false, context.current_key(), out);
  }

 private:
  void take(const Row& row, bool is_left, const std::string& key, Collector<Row>& out) {
    Side& side = is_left ? left_ : right_;
    std::string held;
    if (side.is_unique()) {
      if (const SideRow* const found = side.find(row.bytes)) held = found->row;
    }
    const bool adds = table::adds(row.kind);
    if (adds && !held.empty()) apply({RowKind::update_before, held}, is_left, key, out);
    // What goes is the row as it was kept: a deletion may say no more than its key.
    apply(!adds && !held.empty() ? Row{row.kind, held} : row, is_left, key, out);
  }

  void apply(const Row& row, bool is_left, const std::string& key, Collector<Row>& out) {
    find_partners(row.bytes, is_left, key);
    if (!gives_left_only(spec_->kind)) {
      table::adds(row.kind) ? join_added(row, is_left, out) : join_removed(row, is_left, out);
    } else if (is_left) {
      filter_left(row, out);
    } else {
      filter_right(row, out);
    }
  }

  void find_partners(std::string_view row, bool is_left, const std::string& key) {
    partners_.clear();
    if (!condition_.key_may_match(key)) return;
    auto all = (is_left ? right_ : left_).all();
    std::vector<std::string_view> bytes;
    for (const SideRow& other : all) bytes.push_back(other.row);
    condition_.fitting(row, is_left, bytes, fitting_);
    for (const std::uint32_t i : fitting_) partners_.push_back(std::move(all[i]));
  }
  std::int64_t partner_count() const {
    std::int64_t count = 0;
    for (const SideRow& partner : partners_) count += partner.count;
    return count;
  }

  void pair(RowKind kind, std::string_view row, std::string_view other, bool row_is_left,
            Collector<Row>& out) {
    output_.collect(kind, row_is_left ? row : other, row_is_left ? other : row, out);
  }
  void pair_with_all(RowKind kind, std::string_view row, bool is_left, Collector<Row>& out) {
    for (const SideRow& partner : partners_) {
      for (std::int64_t i = 0; i < partner.count; ++i) pair(kind, row, partner.row, is_left, out);
    }
  }
  // Partners that stood alone until now, or do from now on; each as often as it is there.
  void pad_partners(RowKind kind, std::int64_t had, std::int64_t more, bool is_left,
                    Collector<Row>& out) {
    for (const SideRow& partner : partners_) {
      for (std::int64_t i = 0; partner.partners == had && i < partner.count; ++i) {
        pair(kind, partner.row, {}, !is_left, out);
      }
      (is_left ? right_ : left_).set_partners(partner, partner.partners + more);
    }
  }

  void join_added(const Row& row, bool is_left, Collector<Row>& out) {
    const bool outer = pads(spec_->kind, is_left), other_outer = pads(spec_->kind, !is_left);
    if (partners_.empty() && outer) pair(RowKind::insert, row.bytes, {}, is_left, out);
    if (other_outer) pad_partners(RowKind::delete_, 0, 1, is_left, out);
    const bool plain = outer || other_outer;
    pair_with_all(plain ? RowKind::insert : row.kind, row.bytes, is_left, out);
    (is_left ? left_ : right_).add(row.bytes, partner_count());
  }
  void join_removed(const Row& row, bool is_left, Collector<Row>& out) {
    const bool outer = pads(spec_->kind, is_left), other_outer = pads(spec_->kind, !is_left);
    (is_left ? left_ : right_).remove(row.bytes);
    if (partners_.empty() && outer) pair(RowKind::delete_, row.bytes, {}, is_left, out);
    const bool plain = outer || other_outer;
    pair_with_all(plain ? RowKind::delete_ : row.kind, row.bytes, is_left, out);
    if (other_outer) pad_partners(RowKind::insert, 1, -1, is_left, out);
  }

  bool anti() const { return spec_->kind == JoinKind::anti; }
  void filter_left(const Row& row, Collector<Row>& out) {
    if (partners_.empty() == anti()) output_.collect(row.kind, row.bytes, {}, out);
    if (table::adds(row.kind)) {
      left_.add(row.bytes, partner_count());
    } else {
      left_.remove(row.bytes);
    }
  }
  void filter_right(const Row& row, Collector<Row>& out) {
    const bool adds = table::adds(row.kind);
    if (adds) {
      right_.add(row.bytes, 0);
    } else {
      right_.remove(row.bytes);
    }
    RowKind kind = row.kind;
    if (anti()) kind = adds ? RowKind::delete_ : RowKind::insert;
    pad_partners(kind, adds ? 0 : 1, adds ? 1 : -1, false, out);
  }

  std::shared_ptr<const JoinSpec> spec_;
  JoinCondition condition_;
  JoinOutput output_;
  Side left_, right_;
  std::vector<SideRow> partners_;
  std::vector<std::uint32_t> fitting_;
};

}  // namespace

RowOperator add_join(const RowStream& left, const RowStream& right, std::string name,
                     JoinSpec spec) {
  const auto shared = std::make_shared<const JoinSpec>(std::move(spec));
  if (shared->batch) return add_batch_join(left, right, std::move(name), shared);
  return process_both(left, shared->left.key, right, shared->right.key, std::move(name),
                      StreamingJoin{shared});
}

}  // namespace flink::table_runtime
