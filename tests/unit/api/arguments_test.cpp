// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <flink/arguments.h>

using flink::Arguments;

TEST_CASE("arguments: the three forms, defaults and numbers") {
  const Arguments args{{"--input", "a b", "--n=-5", "--verbose", "--rate", "-1.5", "-k", "v"}};
  CHECK(args.get("input", "x") == "a b");
  CHECK(args.get("n", 0) == -5);
  CHECK(args.get("verbose", false));
  CHECK(args.get("rate", 0.0) == -1.5);
  CHECK(args.get("k", "") == "v");
  CHECK(args.get("absent", "fallback") == "fallback");
  CHECK(args.has("n"));
  CHECK_FALSE(args.has("m"));
}

TEST_CASE("arguments: what is wrong is said") {
  CHECK_THROWS_WITH_AS(Arguments({"input"}), doctest::Contains("--name value"), flink::Error);
  CHECK_THROWS_WITH_AS(Arguments({"--input", "a.csv", "b.csv"}),
                       doctest::Contains("(--input is \"a.csv\" already; of a pattern"),
                       flink::Error);
  CHECK_THROWS_WITH_AS(Arguments({"--n", "1", "2"}), doctest::Contains("(--n is \"1\" already):"),
                       flink::Error);
  CHECK_THROWS_WITH_AS(Arguments({"--n", "1", "--n=2"}),
                       doctest::Contains("--n is given twice, as \"1\" and \"2\""), flink::Error);
  const Arguments args{{"--n", "many"}};
  CHECK_THROWS_WITH_AS(args.get("n", 1), doctest::Contains("a whole number"), flink::Error);
  const Arguments bare{{"--input", "--port", "--tag="}};
  CHECK_THROWS_WITH_AS(bare.require("input"),
                       doctest::Contains("--input has no value: write --input VALUE"),
                       flink::Error);
  CHECK_THROWS_WITH_AS(bare.get("port", 80), doctest::Contains("--port has no value"),
                       flink::Error);
  CHECK(bare.get("port", false));
  CHECK(bare.get("tag", "x").empty());
  CHECK_THROWS_WITH_AS(args.require<int>("m"), doctest::Contains("-- --m VALUE"), flink::Error);
}

TEST_CASE("arguments: a described job gets placeholders, a run one hears of unused names") {
  const Arguments describing{{}, true};
  CHECK(describing.require("input") == "<input>");
  CHECK(describing.require<int>("n") == 1);
  CHECK(describing.placeholders() == std::set<std::string>{"input", "n"});
  const Arguments args{{"--inptu", "x"}};
  CHECK(args.get("input", "y") == "y");
  CHECK(args.unused() == std::vector<std::string>{"inptu"});
}
