// SPDX-License-Identifier: Apache-2.0
// An option as a connector's context tells it: typed, with the default of the table of options.
#pragma once

#include "config/configuration.h"

namespace flink::endpoints {

// `context` has option(key), the effective configuration's text. Throws Error for what does not
// fit.
template <class T, class Context>
T option_of(const Context& context, const config::ConfigOption<T>& option) {
  config::Configuration told;
  const std::string text = context.option(option.key());
  if (!text.empty()) {
    told.set_text(option.key(), text, {config::Source::property, std::string{option.key()}});
  }
  return told.get(option);
}

}  // namespace flink::endpoints
