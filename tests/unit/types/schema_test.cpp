// SPDX-License-Identifier: Apache-2.0
// Golden values: a change here changes what stored state can be read.
#include <doctest/doctest.h>
#include <flink/types/schema.h>

#include "unit/types/records.h"

class Amount {
 public:
  Amount() = default;

 private:
  int value_ = 0;
};
template <>
struct flink::Serializer<Amount> {
  static void write(ByteWriter&, const Amount&);
  static void read(ByteReader&, Amount&);
};
class Price : public Amount {};
template <>
struct flink::Serializer<Price> {
  static void write(ByteWriter&, const Price&);
  static void read(ByteReader&, Price&);
  static std::string schema() { return "i64"; }
};

namespace {

using namespace types_test;
using flink::schema_fingerprint;
using flink::schema_of;

struct Renamed {
  std::string_view word;
  std::int64_t count;
};
struct Tree {
  int value;
  std::vector<Tree> children;
};
struct Forest {
  std::map<std::string, Tree> trees;
  std::vector<Forest> more;
};

TEST_CASE("schemas of records") {
  CHECK(schema_of<WordCount>() == "{word:string,count:i64}");
  CHECK(schema_of<Renamed>() == schema_of<WordCount>());
  CHECK(schema_of<Tree>() == "{value:i32,children:list<^1>}");
  CHECK(schema_of<Forest>() == "{trees:map<string,{value:i32,children:list<^1>}>,more:list<^1>}");
  CHECK(schema_of<Everything>() ==
        "{flag:bool,letter:char,tiny:i8,big:u64,ratio:f32,price:f64,color:u8,text:string,"
        "took:duration<i64,1/1000>,at:time<i64,1/1000000>,note:optional<string>,"
        "any:variant<{},i32,string,{x:i32,y:i32}>,pair:tuple<i32,string>,"
        "points:tuple<{x:i32,y:i32},{a:i8,b:i64}>,two:array<string,2>,path:list<{x:i32,y:i32}>,"
        "bits:list<bool>,flags:list<{a:bool,b:u8,c:array<bool,2>}>,queue:list<string>,"
        "ids:set<i32>,series:map<string,list<f64>>,names:map<i32,string>,tags:set<string>,"
        "nothing:{},children:list<^1>}");
}

TEST_CASE("schemas of single values and of classes with a serializer") {
  CHECK(schema_of<std::byte>() == "u8");
  CHECK(schema_of<std::vector<std::byte>>() == "bytes");
  CHECK(schema_of<std::span<const char>>() == "bytes");
  CHECK(schema_of<unsigned __int128>() == "u128");
  CHECK(schema_of<long long>() == schema_of<long>());
  CHECK(schema_of<std::tuple<>>() == "tuple<>");
  CHECK(schema_of<Amount>() == "opaque<Amount>");
  CHECK(schema_of<std::vector<Price>>() == "list<i64>");
}

TEST_CASE("fingerprints") {
  CHECK(schema_fingerprint<WordCount>() == schema_fingerprint<Renamed>());
  CHECK(schema_fingerprint<WordCount>() != schema_fingerprint<Point>());
  CHECK(schema_fingerprint<WordCount>() == 0x9faa6a0815901b8aull);
  CHECK(schema_fingerprint<Everything>() == 0xada51b55290a3056ull);
}

}  // namespace
