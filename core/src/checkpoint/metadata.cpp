// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/metadata.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/evolution.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "types/conversion.h"

namespace flink::checkpoint {
namespace {

using detail::concat;

constexpr std::array<unsigned char, 8> magic{0x89, 'F', 'L', 'K', 'C', '\r', '\n', 0x1a};
constexpr std::array<unsigned char, 4> flink_magic{0x49, 0x60, 0x67,
                                                   0x2d};  // of Apache Flink's own
constexpr std::size_t header_bytes = magic.size() + 4 + 4 + 8;
constexpr std::size_t checksum_bytes = 8;

template <class T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return static_cast<T>(value);
}

bool below(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() + 1 && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

// The part of a path below a directory.
std::string relative(const std::string& path, const std::string& directory) {
  if (below(path, directory)) return path.substr(directory.size() + 1);
  const auto parent = parent_of(directory);
  if (parent != "." && parent != "/" && below(path, parent)) {
    return concat("../", path.substr(parent.size() + 1));
  }
  return path;
}

std::string absolute(const std::string& path, const std::string& directory) {
  if (path.starts_with('/')) return path;
  if (path.starts_with("../")) return concat(parent_of(directory), "/", path.substr(3));
  return concat(directory, "/", path);
}

[[noreturn]] void refuse(const std::string& path, std::string_view what) {
  throw Error{ErrorKind::user, concat("cannot restore from '", path, "': ", what)};
}

void check_shape(std::string_view bytes, const std::string& path) {
  const auto starts_with = [&](const auto& wanted) {
    return bytes.size() >= wanted.size() &&
           std::memcmp(bytes.data(), wanted.data(), wanted.size()) == 0;
  };
  if (bytes.empty()) refuse(path, "the file is empty; take an earlier checkpoint or savepoint");
  if (starts_with(flink_magic)) {
    refuse(path,
           "it was written by Apache Flink, whose state only Flink reads; start the job without "
           "it, or let it read its input again from the beginning");
  }
  const auto present = std::min(bytes.size(), magic.size());
  if (std::memcmp(bytes.data(), magic.data(), present) != 0) {
    refuse(path,
           "it is not the _metadata of a checkpoint or savepoint; name its directory, or "
           "the file _metadata in it");
  }
  constexpr std::string_view damaged =
      "; take an earlier checkpoint or savepoint, or a copy of this one";
  if (bytes.size() < header_bytes + checksum_bytes) {
    refuse(path, concat("the file is cut short at ", bytes.size(), " bytes", damaged));
  }
  const auto body = bytes.size() - checksum_bytes;
  if (XXH3_64bits(bytes.data(), body) != get<std::uint64_t>(bytes, body)) {
    refuse(path, concat("the file is damaged or cut short: its checksum is wrong", damaged));
  }
}

// Files of older versions lack fields, which get their defaults. Fields that only a newer version
// knows are not dropped silently.
void read_content(std::string_view schema, std::string_view content, Metadata& metadata) {
  types::Conversion conversion{schema, schema_of<Metadata>()};
  std::string problems;
  for (const auto& line : conversion.problems()) problems += (problems.empty() ? "" : "; ") + line;
  if (problems.empty() && conversion.drops_fields()) problems = "it has fields of another version";
  if (!problems.empty()) {
    throw Error{ErrorKind::user,
                concat(problems, "; build the job with the version that wrote it")};
  }
  ByteWriter converted;
  if (!conversion.identity()) {
    conversion.set_defaults(schema_defaults<Metadata>());
    ByteReader from{content};
    conversion.run(from, converted);
    if (!from.at_end()) from.fail("the end of the content");
  }
  ByteReader in{conversion.identity() ? content : converted.view()};
  Serializer<Metadata>::read(in, metadata);
  if (!in.at_end()) in.fail("the end of the content");
}

// Each file of a subtask's state. `State` may be const.
template <class State, class Visit>
void visit_files(State& state, const Visit& visit) {
  for (auto& run : state.keyed.runs) visit(run.file);
  for (auto& [name, list] : state.stored) {
    for (auto& part : list.parts) visit(part.file);
  }
  for (auto& channel : state.channels) {
    for (auto& part : channel.stored) visit(part.file);
  }
}
template <class AnyMetadata, class Visit>
void visit_all_files(AnyMetadata& metadata, const Visit& visit) {
  for (auto& op : metadata.operators) {
    for (auto& subtask : op.subtasks) visit_files(subtask.state, visit);
  }
}

}  // namespace

bool OperatorState::fully_finished() const {
  return !subtasks.empty() && std::all_of(subtasks.begin(), subtasks.end(),
                                          [](const SubtaskState& s) { return s.finished; });
}

bool OperatorState::has_state() const {
  if (coordinator && !coordinator->empty()) return true;
  return std::any_of(subtasks.begin(), subtasks.end(), [](const SubtaskState& s) {
    const auto& lists = s.state.operator_state;
    return !s.state.keyed.runs.empty() || !s.state.channels.empty() || !s.state.stored.empty() ||
           std::any_of(lists.begin(), lists.end(),
                       [](const auto& named) { return !named.second.items.empty(); });
  });
}

std::string OperatorState::shown() const {
  return uid.empty() ? concat("'", name, "'") : concat("'", name, "' (uid ", uid, ")");
}

void for_each_file(const Metadata& metadata, const std::function<void(FileRef)>& visit) {
  visit_all_files(metadata, [&](const auto& file) {
    visit({file.path, file.bytes, file.checksums});
  });
}

std::set<std::string> files_of(const Metadata& metadata) {
  std::set<std::string> out;
  visit_all_files(metadata, [&](const auto& file) { out.insert(file.path); });
  return out;
}

std::set<std::string> files_of(const state::TaskSnapshot& snapshot) {
  std::set<std::string> out;
  for (const auto& op : snapshot.operators) {
    visit_files(op, [&](const auto& file) { out.insert(file.path); });
  }
  return out;
}

std::string encode_metadata(Metadata metadata, const std::string& directory) {
  visit_all_files(metadata, [&](auto& file) { file.path = relative(file.path, directory); });
  ByteWriter content;
  Serializer<Metadata>::write(content, metadata);
  const auto schema = schema_of<Metadata>();
  std::string out(reinterpret_cast<const char*>(magic.data()), magic.size());
  put(out, metadata_version);
  put(out, static_cast<std::uint32_t>(schema.size()));
  put(out, static_cast<std::uint64_t>(content.size()));
  out += schema;
  out += content.view();
  put(out, static_cast<std::uint64_t>(XXH3_64bits(out.data(), out.size())));
  return out;
}

Metadata decode_metadata(std::string_view bytes, const std::string& path) {
  check_shape(bytes, path);
  const auto version = get<std::uint32_t>(bytes, magic.size());
  if (version > metadata_version) {
    refuse(path, concat("it has format ", version, " of a newer version; this one reads up to ",
                        metadata_version, ": build the job with the version that wrote it"));
  }
  const std::uint64_t schema_bytes = get<std::uint32_t>(bytes, magic.size() + 4);
  const auto content_bytes = get<std::uint64_t>(bytes, magic.size() + 8);
  const auto room = bytes.size() - header_bytes - checksum_bytes;
  if (version == 0 || schema_bytes > room || content_bytes != room - schema_bytes) {
    refuse(path, "its header contradicts itself: it was written by a faulty program");
  }
  const auto schema = bytes.substr(header_bytes, schema_bytes);
  Metadata metadata;
  try {
    read_content(schema, bytes.substr(header_bytes + schema_bytes, content_bytes), metadata);
  } catch (const Error& error) {
    refuse(path, concat("its content cannot be read by this version: ", error.message()));
  }
  const auto directory = parent_of(path);
  visit_all_files(metadata, [&](auto& file) { file.path = absolute(file.path, directory); });
  return metadata;
}

}  // namespace flink::checkpoint
