// SPDX-License-Identifier: Apache-2.0
#include "codegen/sql_source.h"

#include "codegen/cache.h"
#include "flink/base/check.h"

namespace flink::codegen {
namespace {

// As a literal of C++, a line a line.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') out += "\\n\"\n    \"";
    else if (c == '"' || c == '\\' || c == '?') out += {'\\', c};
    else if (byte >= 0x20 && byte != 0x7F) out += c;
    else {
      const char digits[] = {'\\', static_cast<char>('0' + byte / 64),
                             static_cast<char>('0' + byte / 8 % 8),
                             static_cast<char>('0' + byte % 8)};
      out.append(digits, sizeof digits);
    }
  }
  return out + "\"";
}

}  // namespace

std::string sql_job_source(std::string_view script, std::string_view name) {
  return detail::concat(
      "// Made by flinkc of a script of SQL.\n"
      "#include <flink/sql_job/define_sql_job.h>\n\n"
      "void define_job(flink::StreamExecutionEnvironment& env) {\n"
      "  static constexpr char script[] =\n    ",
      quoted(script), ";\n  flink::define_sql_job(env, {script, sizeof script - 1}, ", quoted(name),
      ");\n}\n");
}

fs::path write_sql_job(const fs::path& script) {
  const auto source = sql_job_source(read_file(script), script.string());
  const auto path = Cache{}.generated_dir(hash_text(fs::absolute(script).string())) /
                    (script.stem().string() + ".cpp");
  if (try_read_file(path) != source) write_file(path, source);
  return path;
}

}  // namespace flink::codegen
