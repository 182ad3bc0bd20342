// SPDX-License-Identifier: Apache-2.0
// Merges of random stacks of runs against a model: a map that every run's changes are applied to.
#include "state/run_merge.h"

#include "unit/state/run_support.h"

using namespace flink;
using namespace flink::state;
using namespace flink::state::test;
using namespace std::literals;

namespace {

constexpr KeyGroupRange all_groups{0, 7};

std::string random_stored_key(base::Random& random) {
  return stored_key({static_cast<std::uint16_t>(random.below(8)),
                     static_cast<std::uint32_t>(random.below(2)), random_bytes(random, 1), "",
                     random_bytes(random, random.below(3))});
}

std::string prefix_of(const std::string& key) { return key.substr(0, prefix_size(key)); }

// Tombstones may stand at prefixes only as prefix tombstones, as maps have it.
Entries random_changes(base::Random& random, std::size_t count) {
  Entries out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string key = random_stored_key(random);
    if (prefix_of(key) == key) out[key] = "\2"s;
    else if (random.below(4) == 0) out[key] = "\0"s;
    else out[key] = "\1" + std::to_string(random.below(1000));
  }
  return out;
}

struct Stack {
  std::vector<Entries> runs;  // oldest first
  std::vector<MergeInput> inputs;

  // What is there, by the rules, key by key.
  Entries visible(std::size_t from, std::size_t to) const {
    Entries out;
    for (std::size_t i = from; i < to; ++i) {
      for (const auto& [key, value] : runs[i]) {
        if (value[0] == 2)
          std::erase_if(out, [&](const auto& e) { return e.first.starts_with(key); });
      }
      for (const auto& [key, value] : runs[i]) {
        if (!inputs[i].groups.contains(group_of(key))) continue;
        if (value[0] == 1) out[key] = value;
        else out.erase(key);
      }
    }
    return out;
  }
};

Stack random_stack(base::Random& random, const Scratch& directory, const std::string& name) {
  Stack stack;
  const std::size_t count = 1 + random.below(6);
  for (std::size_t i = 0; i < count; ++i) {
    stack.runs.push_back(random_changes(random, random.below(60)));
    const auto file = build_run(directory / (name + "-" + std::to_string(i)), stack.runs.back());
    stack.inputs.push_back({open_run(file), all_groups});
  }
  return stack;
}

Entries merged(RunMerge merge) {
  Entries out;
  std::string last;
  for (; merge.valid(); merge.next()) {
    CHECK((out.empty() || last < merge.key()));
    last = merge.key();
    out.emplace(merge.key(), merge.value());
  }
  return out;
}

std::vector<MergeInput> part(const Stack& stack, std::size_t from, std::size_t to) {
  return {stack.inputs.begin() + static_cast<std::ptrdiff_t>(from),
          stack.inputs.begin() + static_cast<std::ptrdiff_t>(to)};
}

}  // namespace

TEST_CASE("the merge of all runs is what the newest say; point reads agree") {
  Scratch directory;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random(seed);
    const Stack stack = random_stack(random, directory, std::to_string(seed));
    const Entries wanted = stack.visible(0, stack.runs.size());
    CHECK(merged(RunMerge(stack.inputs, all_groups, true)) == wanted);
    std::vector<RunLayer> layers;
    for (const MergeInput& input : stack.inputs) {
      layers.push_back({RunReader(input.run), input.groups});
    }
    for (int i = 0; i < 200; ++i) {
      const std::string key = random_stored_key(random);
      const auto found = get_newest(layers, key);
      CHECK(found.has_value() == wanted.contains(key));
      if (found && wanted.contains(key)) CHECK(*found == wanted.at(key));
      const std::string prefix = prefix_of(key);
      Entries under;
      for (const auto& [k, value] : wanted) {
        if (k.starts_with(prefix)) under.emplace(k, value);
      }
      CHECK(merged(RunMerge(stack.inputs, prefix)) == under);
    }
  }
}

TEST_CASE("merging any neighbours first changes nothing") {
  Scratch directory;
  fs::LocalFileSystem files;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random(seed);
    const std::string name = std::to_string(seed);
    const Stack stack = random_stack(random, directory, name);
    const std::size_t from = random.below(stack.runs.size());
    const std::size_t to = from + 1 + random.below(stack.runs.size() - from);
    MergeOptions options{.within = all_groups,
                         .bottom = from == 0 && random.below(2) == 0,
                         .scratch_file = directory / "scratch"};
    const RunFile file =
        merge_runs(part(stack, from, to), options, files, directory / (name + "-merged"));
    auto inputs = part(stack, 0, from);
    inputs.push_back({open_run(file), all_groups});
    for (const MergeInput& input : part(stack, to, stack.runs.size())) inputs.push_back(input);
    CHECK(merged(RunMerge(inputs, all_groups, true)) == stack.visible(0, stack.runs.size()));
    if (options.bottom) CHECK(inputs[0].run->info().tombstones == 0);
  }
}

TEST_CASE("ranges of key groups: of a reference, and of a merge") {
  Scratch directory;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random(seed);
    Stack stack = random_stack(random, directory, std::to_string(seed));
    for (MergeInput& input : stack.inputs) {
      input.groups.first = static_cast<int>(random.below(8));
      input.groups.last = static_cast<int>(random.below(9)) - 1;
    }
    // Prefix tombstones outside a reference's groups count for nothing.
    Stack inside = stack;
    for (std::size_t i = 0; i < stack.runs.size(); ++i) {
      std::erase_if(inside.runs[i], [&](const auto& entry) {
        return !stack.inputs[i].groups.contains(group_of(entry.first));
      });
    }
    Entries wanted = inside.visible(0, stack.runs.size());
    CHECK(merged(RunMerge(stack.inputs, all_groups, true)) == wanted);
    std::vector<RunLayer> layers;
    for (const MergeInput& input : stack.inputs) {
      layers.push_back({RunReader(input.run), input.groups});
    }
    for (int i = 0; i < 100; ++i) {
      const std::string key = random_stored_key(random);
      CHECK(get_newest(layers, key).has_value() == wanted.contains(key));
    }
    const KeyGroupRange within{2, 5};
    std::erase_if(wanted,
                  [&](const auto& entry) { return !within.contains(group_of(entry.first)); });
    CHECK(merged(RunMerge(stack.inputs, within, true)) == wanted);
  }
}

TEST_CASE("values of another schema are converted, of an incompatible one refused") {
  Scratch directory;
  fs::LocalFileSystem files;
  const StateDescriptor old_state{.name = "s",
                                  .id = 1,
                                  .kind = "value",
                                  .key_schema = "string",
                                  .value_schema = "i32",
                                  .ttl = true};
  StateDescriptor new_state = old_state;
  new_state.value_schema = "i64";
  const auto entry = [](std::string_view bytes) {
    std::string out;
    append_value_header(out, {}, 5);
    return out.append(bytes);
  };
  const auto key = [](std::string_view k) { return stored_key({0, 1, k, "", ""}); };
  const auto old_run = open_run(
      build_run(directory / "old", {{key("a"), entry("1")}, {key("b"), entry("2")}}, {old_state}));
  const auto new_run =
      open_run(build_run(directory / "new", {{key("b"), entry("x")}}, {new_state}));
  const std::vector<MergeInput> inputs{{old_run, all_groups}, {new_run, all_groups}};
  MergeOptions options{.within = all_groups, .bottom = true, .scratch_file = directory / "scratch"};
  const auto merge = [&] { return merge_runs(inputs, options, files, directory / "merged"); };

  const std::string refused = message_of([&] { merge(); });
  CHECK(has(refused, "state 's': its type was i32"));
  CHECK(has(refused, "is i64 now"));
  options.conversion = [](const StateDescriptor& from, const StateDescriptor& to) -> ConvertValue {
    CHECK(from.value_schema == "i32");
    CHECK(to.value_schema == "i64");
    return [](std::string_view bytes, std::string& out) { out.append("wide ").append(bytes); };
  };
  const auto run = open_run(merge());
  CHECK(run->find_state(1)->value_schema == "i64");
  CHECK(all_of(RunReader(run).scan({})) ==
        Entries{{key("a"), entry("wide 1")}, {key("b"), entry("x")}});

  options.keep = [](const StateDescriptor&, const EntryValue& value) {
    CHECK(value.last_access_millis == 5);
    return value.bytes != "1";
  };
  CHECK(all_of(RunReader(open_run(merge())).scan({})) == Entries{{key("b"), entry("x")}});
  options.bottom = false;
  CHECK(all_of(RunReader(open_run(merge())).scan({})) ==
        Entries{{key("a"), "\0"s}, {key("b"), entry("x")}});
}
