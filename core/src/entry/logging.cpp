// SPDX-License-Identifier: Apache-2.0
#define SPDLOG_HEADER_ONLY
#define FMT_HEADER_ONLY
#include "entry/logging.h"

#include <flink/base/check.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <filesystem>

#include "base/path.h"

namespace flink::entry {
namespace {

spdlog::level::level_enum level_of(base::LogLevel level) {
  switch (level) {
    case base::LogLevel::trace:
      return spdlog::level::trace;
    case base::LogLevel::debug:
      return spdlog::level::debug;
    case base::LogLevel::info:
      return spdlog::level::info;
    case base::LogLevel::warn:
      return spdlog::level::warn;
    case base::LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::level::level_enum level_named(const std::string& name) {
  if (name == "TRACE") return spdlog::level::trace;
  if (name == "DEBUG") return spdlog::level::debug;
  if (name == "WARN") return spdlog::level::warn;
  if (name == "ERROR") return spdlog::level::err;
  if (name == "OFF") return spdlog::level::off;
  return spdlog::level::info;
}

class FileLog final : public base::Log {
 public:
  FileLog(const std::string& path, const std::string& level)
      : logger_("flink", std::make_shared<spdlog::sinks::basic_file_sink_mt>(path, false)) {
    logger_.set_pattern("%Y-%m-%d %H:%M:%S,%e %-5l %v");
    logger_.set_level(level_named(level));
    logger_.flush_on(spdlog::level::trace);  // a killed process leaves everything it said
  }
  void write(base::LogLevel level, std::string_view message) override {
    logger_.log(level_of(level), spdlog::string_view_t{message.data(), message.size()});
  }

 private:
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<base::Log> open_log(const std::string& path, const std::string& level,
                                    std::string& problem) {
  try {
    const auto directory = std::filesystem::path{path}.parent_path();
    if (!directory.empty()) std::filesystem::create_directories(directory);
    return std::make_unique<FileLog>(path, level);
  } catch (const std::exception& exception) {
    problem = detail::concat("no log is written: ", exception.what());
    return std::make_unique<base::NoLog>();
  }
}

std::string log_path(const std::string& directory, const std::string& program, long process,
                     const std::string& name) {
  const auto file = detail::concat(base::Path{program}.name(), "-", process, "-", name, ".log");
  return (base::Path::absolute(directory, {}, "env.log.dir") / file).text();
}

}  // namespace flink::entry
