// SPDX-License-Identifier: Apache-2.0
// The plan behind SchemaConverter (evolution.h): two schema trees compared, and a step for each
// pair of nodes that meet. Immutable once made; any threads.
#pragma once

#include <flink/types/bytes.h>

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "types/schema_tree.h"

namespace flink::types {

class Conversion {
 public:
  Conversion(std::string_view writer, std::string_view reader);

  bool identity() const { return identity_; }
  const std::vector<std::string>& problems() const { return problems_; }
  // The writer had fields that the reader does not know.
  bool drops_fields() const { return drops_fields_; }
  // The reader's records' defaults, as schema_defaults() gives them; empty: zeros.
  void set_defaults(std::string_view defaults);
  void run(ByteReader& in, ByteWriter& out) const;

 private:
  struct FieldStep {
    enum class Kind : std::uint8_t { convert, skip, fill } kind;
    std::uint32_t field = 0;  // convert, skip: the writer's; fill: the reader's
    std::uint32_t step = 0;   // convert
    std::string bytes;        // fill
  };
  struct Step {
    enum class Kind : std::uint8_t {
      copy,
      integer,
      floating,
      record,
      gather,  // a record whose fields changed places
      parts,   // tuple, array, duration, time: one after the other
      optional,
      elements,  // list, set, map
      variant,
    } kind = Kind::copy;
    std::uint32_t writer = 0, reader = 0;
    std::vector<std::uint32_t> children;  // steps, in the order of the writer's children
    std::vector<FieldStep> fields;
  };

  std::uint32_t compile(std::uint32_t writer, std::uint32_t reader, const std::string& path,
                        bool keyed);
  Step step_for(std::uint32_t writer, std::uint32_t reader, const std::string& path, bool keyed);
  Step record_step(std::uint32_t writer, std::uint32_t reader, const std::string& path, bool keyed);
  Step number_step(std::uint32_t writer, std::uint32_t reader, const std::string& path);
  void problem(const std::string& path, std::string_view what);
  void differ(std::uint32_t writer, std::uint32_t reader, const std::string& path,
              std::string_view why);
  void refuse_opaque(std::string_view text, const std::string& path);

  void convert(std::uint32_t step, ByteReader& in, ByteWriter& out, int depth) const;
  void convert_record(const Step& step, ByteReader& in, ByteWriter& out, int depth) const;
  void gather_record(const Step& step, ByteReader& in, ByteWriter& out, int depth) const;
  void convert_elements(const Step& step, ByteReader& in, ByteWriter& out, int depth) const;
  void convert_variant(const Step& step, ByteReader& in, ByteWriter& out, int depth) const;

  SchemaTree writer_, reader_;
  bool identity_ = false;
  bool drops_fields_ = false;
  std::vector<Step> steps_;
  std::uint32_t root_ = 0;
  std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, std::uint32_t> known_;
  std::vector<std::string> problems_;
};

}  // namespace flink::types
