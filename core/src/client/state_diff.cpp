// SPDX-License-Identifier: Apache-2.0
// diff_states(): two savepoints walked side by side, in the order of their entries.
#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

#include "client/savepoint.h"
#include "client/state_commands.h"
#include "client/state_json.h"
#include "json/json_writer.h"

namespace flink::client {
namespace {

using checkpoint::OperatorState;
using flink::detail::concat;
using state::StateDescriptor;

// Differs with the moment of the checkpoint, or cannot be read at all.
bool is_internal(const std::string& name, const OperatorListState& list) {
  return list.schema.empty() || name == reader_state_name || name == committables_name ||
         name == writer_state_name;
}

class Diff {
 public:
  Diff(base::FileSystem& files, const std::string& a, const std::string& b,
       const DiffOptions& options, const PrintLine& print)
      : a_(files, a), b_(files, b), options_(options), print_(print) {}

  std::uint64_t run() {
    for (const OperatorState& op : a_.metadata().operators) {
      if (!chosen(a_, op)) continue;
      if (const OperatorState* other = same(b_, op)) operators(op, *other);
      else if (op.has_state()) report(op, "", "", "in the first savepoint only", "");
    }
    for (const OperatorState& op : b_.metadata().operators) {
      if (!chosen(b_, op) || same(a_, op) != nullptr || !op.has_state()) continue;
      report(op, "", "", "", "in the second savepoint only");
    }
    return differences_;
  }

 private:
  bool chosen(const Savepoint& savepoint, const OperatorState& op) const {
    const std::string& uid = options_.filter.uid;
    return uid.empty() || &savepoint.find(uid) == &op;
  }
  bool chosen(const std::string& state) const {
    return options_.filter.state.empty() || options_.filter.state == state;
  }
  static const OperatorState* same(const Savepoint& savepoint, const OperatorState& op) {
    for (const OperatorState& other : savepoint.metadata().operators) {
      if (other.id() == op.id()) return &other;
    }
    return nullptr;
  }

  // `names`: of the entry, as JSON members; `a`, `b`: likewise, or what is to be said; empty:
  // absent.
  void report(const OperatorState& op, const std::string& state, const std::string& names,
              const std::string& a, const std::string& b) {
    if (differences_++ >= options_.lines_max) return;
    if (options_.json) {
      const auto side = [&](const std::string& text) -> std::string {
        if (text.empty()) return "null";
        if (text.front() == '"') return concat("{", text, "}");
        std::string out;
        json::append_json_string(out, text);
        return out;
      };
      print_(concat("{", state_names(op, state), names.empty() ? "" : ",", names,
                    ",\"a\":", side(a), ",\"b\":", side(b), "}"));
      return;
    }
    const std::string where = concat(op.uid.empty() ? op.name : op.uid, state.empty() ? "" : "/",
                                     state, names.empty() ? "" : " ", names);
    const auto line = [&](char sign, const std::string& text) {
      if (!text.empty()) print_(concat(sign, " ", where, "  ", text));
    };
    line('-', a);
    line('+', b);
  }

  void operators(const OperatorState& a, const OperatorState& b) {
    const auto in_a = a_.keyed_states(a), in_b = b_.keyed_states(b);
    if (!in_a.empty() && !in_b.empty() && a.max_parallelism != b.max_parallelism) {
      return report(a, "", "", concat("maximum parallelism ", a.max_parallelism),
                    concat("maximum parallelism ", b.max_parallelism,
                           ": keys lie in other groups, entries are not compared"));
    }
    // A state that is on one side only still has to be empty to count as equal.
    std::map<std::string, std::pair<const StateDescriptor*, const StateDescriptor*>> pairs;
    for (const StateDescriptor& state : in_a) pairs[state.name].first = &state;
    for (const StateDescriptor& state : in_b) pairs[state.name].second = &state;
    for (const auto& [name, pair] : pairs) {
      if (!chosen(name)) continue;
      const StateDescriptor& first = pair.first != nullptr ? *pair.first : *pair.second;
      const StateDescriptor& second = pair.second != nullptr ? *pair.second : *pair.first;
      if (types_differ(a, first, second)) continue;
      entries(a, name, a_.entries(a, first), b_.entries(b, second));
    }
    lists(a, b);
  }

  bool types_differ(const OperatorState& op, const StateDescriptor& a, const StateDescriptor& b) {
    const auto type = [](const StateDescriptor& s) {
      return concat(s.kind, " of ", s.key_schema, ", ", s.namespace_schema, ", ", s.subkey_schema,
                    ", ", s.value_schema);
    };
    if (type(a) == type(b)) return false;
    report(op, a.name, "", type(a), type(b));
    return true;
  }

  std::string content(const StateEntry& entry) {
    std::string out = json_.contents(entry, options_.ttl);
    return out.starts_with(',') ? out.substr(1) : out.empty() ? "\"present\":true" : out;
  }
  bool equal(const StateEntry& a, const StateEntry& b) {
    if (options_.ttl && a.last_access_millis != b.last_access_millis) return false;
    const std::string& schema_a = a.state->value_schema;
    const std::string& schema_b = b.state->value_schema;
    if (a.value == b.value && schema_a == schema_b) return true;
    return json_.canonical(schema_a, a.value) == json_.canonical(schema_b, b.value) &&
           schema_a == schema_b;
  }

  void entries(const OperatorState& op, const std::string& state, StateEntries in_a,
               StateEntries in_b) {
    StateEntry a, b;
    bool more_a = in_a.next(a), more_b = in_b.next(b);
    while (more_a || more_b) {
      const int order = !more_a ? 1 : !more_b ? -1 : a.order.compare(b.order);
      if (order < 0) {
        report(op, state, json_.names(a), content(a), "");
      } else if (order > 0) {
        report(op, state, json_.names(b), "", content(b));
      } else if (!equal(a, b)) {
        report(op, state, json_.names(a), content(a), content(b));
      }
      if (order <= 0) more_a = in_a.next(a);
      if (order >= 0) more_b = in_b.next(b);
    }
  }

  void lists(const OperatorState& a, const OperatorState& b) {
    auto in_a = a_.operator_lists(a), in_b = b_.operator_lists(b);
    for (const auto& [name, list] : in_b)
      in_a.try_emplace(name, OperatorListState{list.mode, list.schema, {}});
    for (const auto& [name, list] : in_a) {
      if (!chosen(name) || (is_internal(name, list) && !options_.internal)) continue;
      const auto found = in_b.find(name);
      list_items(a, name, list, found == in_b.end() ? OperatorListState{} : found->second);
    }
  }

  void list_items(const OperatorState& op, const std::string& name, const OperatorListState& a,
                  const OperatorListState& b) {
    if (!b.items.empty() && a.schema != b.schema) return report(op, name, "", a.schema, b.schema);
    const auto sorted = [this](const OperatorListState& list) {
      std::vector<std::string> out;
      for (const std::string& item : list.items) out.push_back(json_.canonical(list.schema, item));
      std::sort(out.begin(), out.end());
      return out;
    };
    const auto items_a = sorted(a), items_b = sorted(b);
    const std::string schema = a.schema.empty() ? "opaque<bytes>" : a.schema;
    const auto shown = [&](const std::string& item) {
      return concat("\"value\":", json_.value(schema, item));
    };
    std::vector<std::string> only;
    std::set_difference(items_a.begin(), items_a.end(), items_b.begin(), items_b.end(),
                        std::back_inserter(only));
    for (const std::string& item : only) report(op, name, "", shown(item), "");
    only.clear();
    std::set_difference(items_b.begin(), items_b.end(), items_a.begin(), items_a.end(),
                        std::back_inserter(only));
    for (const std::string& item : only) report(op, name, "", "", shown(item));
  }

  Savepoint a_, b_;
  const DiffOptions& options_;
  const PrintLine& print_;
  StateJson json_;
  std::uint64_t differences_ = 0;
};

}  // namespace

std::uint64_t diff_states(base::FileSystem& files, const std::string& a, const std::string& b,
                          const DiffOptions& options, const PrintLine& print) {
  return Diff(files, a, b, options, print).run();
}

}  // namespace flink::client
