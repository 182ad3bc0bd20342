// SPDX-License-Identifier: Apache-2.0
// What a step may be, and is refused at once when it may not.
#include <flink/base/check.h>
#include <flink/cep/definition.h>
#include <flink/error.h>

namespace flink {

namespace {
template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  throw Error{ErrorKind::user, detail::concat(parts...)};
}
template <class... Parts>
[[noreturn]] void refuse_step(const cep::Step& step, const Parts&... parts) {
  refuse(step.is_group() ? "pattern: the group that begins with step \"" : "pattern step \"",
         step.name, "\": ", parts...);
}
void refuse_not(const cep::Step& step, const char* what) {
  if (!step.is_not()) return;
  refuse_step(step, what, " does not go with not_next and not_followed_by, which take no events");
}
}  // namespace

AfterMatchSkipStrategy AfterMatchSkipStrategy::throw_exception_on_miss() const {
  if (kind_ != Kind::skip_to_first && kind_ != Kind::skip_to_last) {
    refuse(
        "throw_exception_on_miss() is for skip_to_first and skip_to_last: the other strategies "
        "name no step that a match could miss");
  }
  AfterMatchSkipStrategy strict = *this;
  strict.throws_on_miss_ = true;
  return strict;
}

namespace cep {

void Definition::add(std::string name, Contiguity contiguity) {
  Step step;
  step.name = std::move(name);
  step.contiguity = contiguity;
  if (step.name.empty()) refuse("a pattern step has no name: give each a name that is its own");
  if (step.is_not() && last().optional) {
    refuse_step(step, "a negation cannot follow an optional step (\"", last().name,
                "\"): write two patterns, one with that step and one without");
  }
  steps_.push_back(std::move(step));
}

void Definition::add_group(const Definition& group, Contiguity contiguity) {
  Step step;
  step.name = group.steps_.front().name;
  step.contiguity = contiguity;
  step.group = std::make_shared<const std::vector<Step>>(group.steps_);
  steps_.push_back(std::move(step));
}

void Definition::where(ExpressionRef condition) {
  Step& step = last();
  if (step.is_group()) refuse_step(step, "a group has no condition: put where() on its steps");
  step.condition =
      step.condition ? both(step.condition, std::move(condition)) : std::move(condition);
}

void Definition::or_where(ExpressionRef condition) {
  Step& step = last();
  if (step.is_group()) refuse_step(step, "a group has no condition: put or_where() on its steps");
  step.condition =
      step.condition ? either(step.condition, std::move(condition)) : std::move(condition);
}

void Definition::until(ExpressionRef condition) {
  Step& step = last();
  if (step.until) refuse_step(step, "until() was said already; join the conditions in one");
  if (step.quantifier != Step::Quantifier::looping) {
    refuse_step(step, "until() ends a loop: write it behind one_or_more() or times_or_more()");
  }
  step.until = std::move(condition);
}

void Definition::optional() {
  Step& step = last();
  refuse_not(step, "optional()");
  if (step.optional) refuse_step(step, "it is optional already");
  if (steps_.size() > 1 && steps_[steps_.size() - 2].greedy) {
    refuse_step(step, "an optional step cannot follow a greedy one (\"",
                steps_[steps_.size() - 2].name, "\"): leave greedy() or optional() out");
  }
  step.optional = true;
}

void Definition::greedy() {
  Step& step = last();
  refuse_not(step, "greedy()");
  if (step.is_group()) refuse_step(step, "greedy() is for single steps, not for groups");
  if (step.quantifier == Step::Quantifier::single) {
    refuse_step(step, "greedy() is for loops: write it behind times() or one_or_more()");
  }
  if (step.inner == Contiguity::any) {
    refuse_step(step, "greedy() and allow_combinations() exclude each other");
  }
  step.greedy = true;
}

void Definition::quantify(Step::Quantifier quantifier, std::optional<Millis> window) {
  Step& step = last();
  refuse_not(step, "times() or one_or_more()");
  if (step.quantifier != Step::Quantifier::single) {
    refuse_step(step, "how often it comes was said already");
  }
  if (step.optional) {
    refuse_step(step, "optional() comes behind times() or one_or_more(), which would undo it");
  }
  if (window && window->count() <= 0) {
    refuse_step(step, "a window of ", window->count(), " ms between its events: must be positive");
  }
  step.quantifier = quantifier;
  step.loop_window = window;
}

void Definition::times(int from, int to, std::optional<Millis> window) {
  quantify(Step::Quantifier::times, window);
  Step& step = last();
  if (from < 0 || to < 1 || to < from) {
    refuse_step(step, "times(", from, ", ", to,
                "): the first must not be negative, the second positive and not less");
  }
  step.optional = from == 0;
  step.from = from == 0 ? 1 : from;
  step.to = to;
}

void Definition::times_or_more(int from, std::optional<Millis> window) {
  quantify(Step::Quantifier::looping, window);
  if (from < 1) refuse_step(last(), "times_or_more(", from, "): must be positive");
  last().from = last().to = from;
}

void Definition::allow_combinations() {
  Step& step = last();
  if (step.quantifier == Step::Quantifier::single) {
    refuse_step(step, "allow_combinations() is for loops: write it behind times() or the like");
  }
  if (step.inner == Contiguity::strict) {
    refuse_step(step, "consecutive() and allow_combinations() exclude each other");
  }
  if (step.inner == Contiguity::any) refuse_step(step, "it allows combinations already");
  if (step.greedy) refuse_step(step, "greedy() and allow_combinations() exclude each other");
  step.inner = Contiguity::any;
}

void Definition::consecutive() {
  Step& step = last();
  if (step.quantifier == Step::Quantifier::single) {
    refuse_step(step, "consecutive() is for loops: write it behind times() or the like");
  }
  if (step.inner == Contiguity::any) {
    refuse_step(step, "consecutive() and allow_combinations() exclude each other");
  }
  if (step.inner == Contiguity::strict) refuse_step(step, "it is consecutive already");
  step.inner = Contiguity::strict;
}

void Definition::within(Millis time, WithinType type) {
  Step& step = last();
  if (time.count() <= 0) {
    refuse_step(step, "within(", time.count(),
                " ms): nothing can match in no time; must be "
                "positive");
  }
  (type == WithinType::first_and_last ? step.within_match : step.within_previous) = time;
}

}  // namespace cep
}  // namespace flink
