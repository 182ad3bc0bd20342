// SPDX-License-Identifier: Apache-2.0
// Digests.
#include "table/families/families.h"
#include "table/fn/digest.h"
#include "table/function.h"

namespace flink::table {

namespace {

std::string_view md5(Context& context, std::string_view text) {
  return context.memory().copy(fn::md5(text));
}
std::string_view sha1(Context& context, std::string_view text) {
  return context.memory().copy(fn::sha1(text));
}
template <int bits>
std::string_view sha2(Context& context, std::string_view text) {
  return context.memory().copy(fn::sha2(text, bits));
}
// Bits of 0 are 256; SHA-1 counts as 1, as in Flink.
std::optional<std::string_view> sha2_of(Context& context, std::string_view text,
                                        std::int32_t bits) {
  if (bits == 1) return sha1(context, text);
  const std::string out = fn::sha2(text, bits == 0 ? 256 : bits);
  if (out.empty())
    return context.fail("SHA2 has 224, 256, 384 or 512 bits, not " + std::to_string(bits));
  return context.memory().copy(out);
}

LogicalType sha2_type(const Binding& binding) {
  if (!binding.is_literal(1) || (binding.literals[0] && binding.literals[0]->null))
    return LogicalType{TypeRoot::varchar, 128};
  const int bits = binding.literals[1]->get<std::int32_t>();
  if (bits != 224 && bits != 256 && bits != 384 && bits != 512) {
    return LogicalType{TypeRoot::varchar, 128};
  }
  return LogicalType{TypeRoot::varchar, bits / 4};
}

}  // namespace

void add_hash(Registry& registry) {
  const auto add = [&](std::string_view name, int length, const Implementation& loop) {
    registry.add({name,
                  Category::hash,
                  {want::string_or_binary},
                  result::is(LogicalType{TypeRoot::char_, length}),
                  Nullability::of_arguments,
                  loop});
  };
  add("MD5", 32, implementation<&md5>());
  add("SHA1", 40, implementation<&sha1>());
  add("SHA224", 56, implementation<&sha2<224>>());
  add("SHA256", 64, implementation<&sha2<256>>());
  add("SHA384", 96, implementation<&sha2<384>>());
  add("SHA512", 128, implementation<&sha2<512>>());
  registry.add({"SHA2",
                Category::hash,
                {want::string_or_binary, want::as_int},
                &sha2_type,
                Nullability::of_arguments,
                implementation<&sha2_of>()});
}

}  // namespace flink::table
