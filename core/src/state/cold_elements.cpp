// SPDX-License-Identifier: Apache-2.0
// Collections of which runs have elements that memory has not.
#include <flink/state/list_state.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "state/cold_state.h"
#include "state/scratch_value.h"

namespace flink::state {

// The live entries of one collection in runs, in order of their subkeys.
class ColdState::Elements final : public ColdElements {
 public:
  // `all`: also what is too old; and nobody asks runs for something else meanwhile.
  Elements(ColdState& cold, BoundState& state, Row* owner, bool all = false)
      : cold_(cold), state_(state), owner_(owner), all_(all), subkey_(*state.subkey) {
    cold.entries_.append_key(prefix_, state, owner);
    const std::uint64_t hash = hash_entry_key(prefix_);
    const std::uint64_t without = cold.stack_.without(prefix_, hash);
    if (all && open_only_run(hash, without)) return;
    merge_.emplace(cold.stack_.inputs(), prefix_, std::string_view{}, without);
  }

  // The next one that memory does not know of.
  bool seek() {
    for (; valid(); advance()) {
      stored_ = decode_value(value(), state_.has_ttl);
      if (!stored_.is_value() || key().size() == prefix_.size()) continue;
      if (stored_.whole_key.empty()) {
        subkey_.read(key().substr(prefix_.size()));
      } else {
        subkey_.read(decode_whole_key(stored_.whole_key).subkey);
      }
      hash_ = element_hash(owner_, state_.subkey->hash(subkey_.get()));
      known_ = state_.find(hash_, owner_, [this](Element* e) {
        return state_.subkey->equal(state_.subkey_of(e), subkey_.get());
      });
      // A call within the walk may have loaded it.
      if (known_ == nullptr ? !too_old() : known_->is(Row::loaded) && state_.visible(known_)) {
        return true;
      }
    }
    return false;
  }
  Element* load() {
    return cold_.fill_element(state_, owner_, hash_, subkey_.get(), run(), stored_);
  }
  void advance() {
    if (cursor_ == nullptr) merge_->next();
    else enter(cursor_->next());
  }

  bool next(void* subkey, void* value) override {
    if (!seek()) return false;
    state_.subkey->destroy(subkey);
    state_.subkey->copy(subkey, subkey_.get());
    if (known_ == nullptr) {
      cold_.read_value(state_, run(), stored_, value);
    } else {  // and may have changed it
      state_.value->destroy(value);
      state_.value->copy(value, state_.value_of(known_));
    }
    advance();
    return true;
  }

 private:
  // Most collections lie in one run: there is nothing to merge. False: not this one.
  bool open_only_run(std::uint64_t hash, std::uint64_t without) {
    RunStack& stack = cold_.stack_;
    if (stack.size() > 64) return false;
    const std::uint64_t with = ~without & (~std::uint64_t{0} >> (64 - stack.size()));
    if (!std::has_single_bit(with)) return false;
    only_run_ = static_cast<std::size_t>(std::countr_zero(with));
    cursor_ = &stack.cursor_of(only_run_);
    const auto place = cold_.expected_.find(prefix_, hash, true);
    enter(place && place->run == only_run_ ? cursor_->seek_at(prefix_, place->in_run)
                                           : cursor_->seek(prefix_));
    return true;
  }
  void enter(bool found) { within_ = found && cursor_->key().starts_with(prefix_); }

  bool valid() const { return cursor_ == nullptr ? merge_->valid() : within_; }
  std::string_view key() const { return cursor_ == nullptr ? merge_->key() : cursor_->key(); }
  std::string_view value() const { return cursor_ == nullptr ? merge_->value() : cursor_->value(); }
  const StackedRun& run() const {
    return cold_.stack_.run_of(cursor_ == nullptr ? merge_->input() : only_run_);
  }
  bool too_old() const {
    if (all_ || !state_.has_ttl) return false;
    if (state_.ttl.state_visibility() == StateVisibility::return_expired_if_not_cleaned_up) {
      return stored_.last_access_millis == 0;  // was given out
    }
    return static_cast<std::int64_t>(stored_.last_access_millis) +
               state_.ttl.time_to_live().count() <=
           cold_.clock_.wall_millis();
  }

  ColdState& cold_;
  BoundState& state_;
  Row* owner_;
  bool all_;
  std::string prefix_;
  std::optional<RunMerge> merge_;
  SortedFile::Cursor* cursor_ = nullptr;  // in place of it: of the only run that has some
  std::size_t only_run_ = 0;
  bool within_ = false;  // it stands on an entry of the collection
  EntryValue stored_;
  ScratchValue subkey_;
  std::uint64_t hash_ = 0;
  Element* known_ = nullptr;  // where memory has the one it stands on
};

// False: no run has anything of that map or list.
bool ColdState::may_have(const BoundState& state, const Row* owner) {
  if (stack_.empty()) return false;
  key_scratch_.clear();
  entries_.append_key(key_scratch_, state, owner);
  const std::uint64_t without = stack_.without(key_scratch_, hash_entry_key(key_scratch_));
  return stack_.size() > 64 || without != (~std::uint64_t{0} >> (64 - stack_.size()));
}

std::unique_ptr<ColdElements> ColdState::cold(BoundState& state, Row* owner) {
  if (gauges_.complete || !may_have(state, owner)) return nullptr;
  return std::make_unique<Elements>(*this, state, owner);
}

void ColdState::load_all(BoundState& state, Row* owner) {
  CollectionHead& head = state.head(owner);
  if (!gauges_.complete && !stack_.empty()) {
    // What is too old as well: it must not be left in runs when the list is cleared.
    for (Elements cold(*this, state, owner, true); cold.seek(); cold.advance()) cold.load();
    put_in_order(state, head);
  }
  head.complete = true;
}

void ColdState::put_in_order(const BoundState& state, CollectionHead& head) {
  const auto index_of = [&state](Element* e) {
    return *static_cast<const std::uint64_t*>(state.subkey_of(e));
  };
  if (head.first != head.last) {
    std::vector<Element*> chunks;
    for (Element* e = head.first; e != nullptr; e = e->next) chunks.push_back(e);
    std::sort(chunks.begin(), chunks.end(),
              [&index_of](Element* a, Element* b) { return index_of(a) < index_of(b); });
    head.first = head.last = nullptr;
    for (Element* const e : chunks) {
      e->previous = head.last;
      e->next = nullptr;
      (head.last != nullptr ? head.last->next : head.first) = e;
      head.last = e;
    }
  }
  if (head.last != nullptr) head.next_index = std::max(head.next_index, index_of(head.last) + 1);
}

// Behind the last chunk of which any run knows, be it removed: indexes only have to ascend.
std::uint64_t ColdState::next_index(BoundState& state, Row* owner) {
  if (gauges_.complete) return 0;
  std::string prefix;
  entries_.append_key(prefix, state, owner);
  std::uint64_t next = 0;
  const std::uint64_t prefix_hash = hash_entry_key(prefix);
  for (const StackedRun& stacked : stack_.runs()) {
    if (!stacked.run->may_have_under(prefix_hash)) continue;
    const auto has_from = [&](std::uint64_t index) {
      std::string key = prefix;
      ByteWriter out(key);
      chunk_index_ops.write(out, &index);
      out.finish();
      RunScan scan = scan_run(stacked.run, prefix);
      scan.skip_to(key);
      return scan.valid();
    };
    if (!has_from(next)) continue;
    std::uint64_t step = 1;
    while (has_from(next + step)) step *= 2;
    // It has one from next + step / 2 on (or from next), none from next + step on.
    std::uint64_t low = next + step / 2, high = next + step;
    if (step == 1) low = next;
    while (high - low > 1) {
      const std::uint64_t middle = low + (high - low) / 2;
      (has_from(middle) ? low : high) = middle;
    }
    next = low + 1;
  }
  return next;
}

bool ColdState::has_any(BoundState& state, Row* owner) {
  return may_have(state, owner) && Elements(*this, state, owner).seek();
}

}  // namespace flink::state
