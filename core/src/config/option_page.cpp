// SPDX-License-Identifier: Apache-2.0
// docs/options.md.
#include "config/option_table.h"

namespace flink::config {

std::string options_markdown() {
  std::string out =
      "# Options\n\n"
      "Printed from the table in `core/src/config/options.h`; a test compares the two.\n\n"
      "## Where values come from\n\n"
      "The first of these that sets a key wins; `--show-config` shows each value with its "
      "origin.\n\n"
      "1. code: the job's own calls, such as `set_parallelism`\n"
      "2. flags: `-p 4`, `--slots 2`, `--taskmanagers 2`\n"
      "3. `-Dkey=value`; the last of several wins\n"
      "4. the environment: `FLINKC_CONF_<KEY>`, the key in capitals with `_` for `.` and `-`, such "
      "as\n"
      "   `FLINKC_CONF_REST_PORT=8090`; then `FLINK_PROPERTIES`, lines of YAML as in Flink's "
      "container\n"
      "   images\n"
      "5. `config.yaml`, flat or nested keys: in `$FLINK_CONF_DIR`, else `./conf`, else `../conf` "
      "beside\n"
      "   the executable\n"
      "6. the default\n\n"
      "Keys and syntax are Flink's. Any other key that Flink 2.3 knows is accepted with a warning "
      "that it\n"
      "has no effect here; an unknown key is an error that names the nearest known one. Older keys "
      "are\n"
      "accepted and lose against the current key.\n\n"
      "## Syntax\n\n"
      "| Type | Written as |\n|---|---|\n";
  for (Kind kind : {Kind::boolean, Kind::int32, Kind::float64, Kind::duration, Kind::memory_size,
                    Kind::port_range, Kind::list, Kind::map}) {
    out.append("| ").append(name_of(kind)).append(" | ").append(syntax_of(kind)).append(" |\n");
  }
  for (const OptionSection& section : option_sections()) {
    out.append("\n## ").append(section.title);
    out += "\n\n| Key | Type | Default | Meaning |\n|---|---|---|---|\n";
    for (const OptionInfo* option : section.options) {
      out.append("| `")
          .append(option->key)
          .append("` | ")
          .append(name_of(option->kind))
          .append(" | ");
      if (option->default_text.empty()) out += "(none)";
      else out.append("`").append(option->default_text).append("`");
      out.append(" | ").append(option->description);
      if (!option->choices.empty())
        out.append(" One of ").append(choice_words(*option)).append(".");
      if (!option->least_text.empty())
        out.append(" At least ").append(option->least_text).append(".");
      if (!option->most_text.empty()) out.append(" At most ").append(option->most_text).append(".");
      if (!option->note.empty()) out.append(" *").append(option->note).append("*");
      for_each_part(option->fallback_keys, [&](std::string_view key) {
        out.append(" Not set: `").append(key).append("` is used if that is set.");
      });
      for_each_part(option->older_keys, [&](std::string_view key) {
        out.append(" Older key: `").append(key).append("`.");
      });
      out += " |\n";
    }
  }
  return out;
}

}  // namespace flink::config
