// SPDX-License-Identifier: Apache-2.0
// Finds matches by trying everything: for each event that could begin one, each way in which the
// events behind it could go on, by recursion, from the definition of contiguity and quantifiers
// alone. No automaton, no buffer, no state between events.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "unit/cep/events.h"

namespace flink::test {

struct OracleStep {
  cep::Contiguity contiguity = cep::Contiguity::strict;
  std::string kinds;  // which fit
  int from = 1;
  int to = 1;  // 0: a loop
  cep::Contiguity inner = cep::Contiguity::relaxed;
  bool optional = false;
  std::string until;  // kinds that end a loop
  bool is_not() const {
    return contiguity == cep::Contiguity::not_next || contiguity == cep::Contiguity::not_followed;
  }
  bool fits(const Event& e) const { return kinds.find(e.kind) != std::string::npos; }
  bool ends(const Event& e) const {
    return !until.empty() && until.find(e.kind) != std::string::npos;
  }
};

class Oracle {
 public:
  // `events`: of one key, in order of time. within 0: any time.
  Oracle(const std::vector<OracleStep>& steps, std::int64_t within,
         const std::vector<Event>& events)
      : steps_(steps), within_(within), events_(events) {}

  std::vector<std::string> matches() {
    for (std::size_t first = 0; first < events_.size(); ++first) {
      taken_.clear();
      offer({0, 0, false}, first);
    }
    return std::move(found_);
  }

 private:
  // Before the (count + 1)th event of a step. Waiting: an event was ignored there, so that the step
  // cannot be left without one.
  struct Stand {
    std::size_t step;
    int count;
    bool waiting;
  };
  struct Taken {
    std::size_t step;
    std::size_t event;
  };
  enum class Way { take, ignore, complete };
  struct Going {
    Way way;
    Stand from;
  };

  bool is_last_negation(std::size_t step) const {
    return step + 1 == steps_.size() && steps_[step].contiguity == cep::Contiguity::not_followed;
  }
  bool is_negation_between(std::size_t step) const {
    return step + 1 < steps_.size() && steps_[step].contiguity == cep::Contiguity::not_followed;
  }
  // Ended the step with what it has.
  bool may_leave(const Stand& at) const {
    const OracleStep& step = steps_[at.step];
    if (at.waiting) return false;
    return at.count == 0 ? step.optional : at.count >= step.from;
  }
  // The negations between here and the last step that took something.
  bool is_stopped(const Stand& at, const Event& e) const {
    if (at.count > 0) {  // in a loop: what follows it
      const std::size_t next = at.step + 1;
      return next < steps_.size() && steps_[next].contiguity == cep::Contiguity::not_followed &&
             steps_[next].fits(e);
    }
    for (std::size_t i = at.step; i-- > 0;) {
      if (steps_[i].contiguity == cep::Contiguity::not_followed) {
        if (steps_[i].fits(e)) return true;
      } else if (!steps_[i].optional || took(i)) {
        return false;
      }
    }
    return false;
  }
  bool took(std::size_t step) const {
    for (const Taken& taken : taken_) {
      if (taken.step == step) return true;
    }
    return false;
  }

  // False: the event discards the partial match.
  bool ways(Stand at, const Event& e, std::vector<Going>& all) const {
    if (at.step == steps_.size()) return true;
    const OracleStep& step = steps_[at.step];
    if (step.contiguity == cep::Contiguity::not_next) {
      if (step.fits(e)) return false;
      if (at.step + 1 == steps_.size()) {
        all.push_back({Way::complete, at});
        return true;
      }
      return ways({at.step + 1, 0, false}, e, all);
    }
    if (step.contiguity == cep::Contiguity::not_followed) {
      if (!is_last_negation(at.step)) return ways({at.step + 1, 0, false}, e, all);
      if (step.fits(e) || is_stopped(at, e)) return false;
      all.push_back({Way::ignore, at});
      return true;
    }
    if (is_stopped(at, e)) return false;
    if (step.fits(e) && !step.ends(e)) all.push_back({Way::take, at});
    const auto contiguity = at.count == 0 ? step.contiguity : step.inner;
    const bool ignores = contiguity == cep::Contiguity::any ||
                         (contiguity == cep::Contiguity::relaxed && !step.fits(e));
    if (ignores && (at.count == 0 || !step.ends(e))) all.push_back({Way::ignore, at});
    return !may_leave(at) || ways({at.step + 1, 0, false}, e, all);
  }

  void offer(Stand at, std::size_t index) {
    const bool waits = at.step < steps_.size() && is_last_negation(at.step);
    if (index == events_.size() || is_over(index)) {
      if (waits && !taken_.empty()) record();
      return;
    }
    std::vector<Going> all;
    if (!ways(at, events_[index], all)) return;
    for (const Going& going : all) go(going, index);
  }
  bool is_over(std::size_t index) const {
    return within_ > 0 && !taken_.empty() &&
           events_[index].ts - events_[taken_.front().event].ts >= within_;
  }
  void go(const Going& going, std::size_t index) {
    Stand at = going.from;
    switch (going.way) {
      case Way::complete:
        record();
        return;
      case Way::ignore:
        if (taken_.empty()) return;
        at.waiting = at.waiting || (!steps_[at.step].is_not() && may_leave(at));
        offer(at, index + 1);
        return;
      case Way::take:
        break;
    }
    const OracleStep& step = steps_[at.step];
    taken_.push_back({at.step, index});
    at = {at.step, at.count + 1, false};
    if (step.to != 0 && at.count == step.to) {
      at = {at.step + 1, 0, false};
    } else if (step.to == 0) {
      at.count = std::min(at.count, step.from);  // in the loop
    }
    if (is_complete(at, events_[index])) record();
    while (is_negation_between(at.step)) ++at.step;
    if (at.step < steps_.size()) offer(at, index + 1);
    taken_.pop_back();
  }
  // Nothing more is needed. (A not_next that follows looks at the event just taken, as in Flink.)
  bool is_complete(Stand at, const Event& e) const {
    for (; at.step < steps_.size(); at = {at.step + 1, 0, false}) {
      const OracleStep& step = steps_[at.step];
      const bool last = at.step + 1 == steps_.size();
      if (step.is_not() ? last || (step.contiguity == cep::Contiguity::not_next && step.fits(e))
                        : !may_leave(at)) {
        return false;
      }
    }
    return true;
  }
  void record() {
    std::string text;
    for (std::size_t step = 0; step < steps_.size(); ++step) {
      std::string seqs;
      for (const Taken& taken : taken_) {
        if (taken.step == step) {
          seqs += (seqs.empty() ? "" : " ") + std::to_string(events_[taken.event].seq);
        }
      }
      if (seqs.empty()) continue;
      text += (text.empty() ? "s" : ";s") + std::to_string(step) + "=" + seqs;
    }
    found_.push_back(std::to_string(events_.front().key) + "," + text);
  }

  const std::vector<OracleStep>& steps_;
  std::int64_t within_;
  const std::vector<Event>& events_;
  std::vector<Taken> taken_;
  std::vector<std::string> found_;
};

}  // namespace flink::test
