// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_file_system.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace flink::sim {
namespace {

[[noreturn]] void fail(ErrorKind kind, std::string_view operation, const std::string& path,
                       std::string_view reason) {
  throw Error{kind, detail::concat("cannot ", operation, " '", path, "': ", reason)};
}

std::string parent(const std::string& path) { return base::Path{path}.parent().text(); }

}  // namespace

class SimDisk::Reader final : public base::ReadableFile {
 public:
  Reader(SimDisk& disk, LifeRef life, std::string path, FileRef file)
      : disk_(disk), life_(std::move(life)), path_(std::move(path)), file_(std::move(file)) {}
  std::size_t read_at(std::uint64_t offset, std::span<char> out) override {
    disk_.trouble(life_, "read", path_);
    if (offset >= file_->bytes.size()) return 0;
    const std::size_t bytes = std::min<std::uint64_t>(out.size(), file_->bytes.size() - offset);
    std::memcpy(out.data(), file_->bytes.data() + offset, bytes);
    disk_.flip_if_told(life_, path_, out.first(bytes));
    return bytes;
  }
  std::uint64_t size() override { return file_->bytes.size(); }

 private:
  SimDisk& disk_;
  LifeRef life_;
  std::string path_;
  FileRef file_;
};

class SimDisk::Writer final : public base::WritableFile {
 public:
  Writer(SimDisk& disk, LifeRef life, std::string path, FileRef file)
      : disk_(disk), life_(std::move(life)), path_(std::move(path)), file_(std::move(file)) {}
  void append(std::span<const char> bytes) override {
    if (!life_->alive) return;
    std::size_t partial = bytes.size();
    const auto write = [&](std::size_t size) {
      file_->bytes.append(bytes.data(), size);
      file_->appended_at = disk_.queue_.now();
      disk_.trace_.event("append", file_->bytes.size());
      disk_.trace_.add(std::string_view{bytes.data(), size});
    };
    if (disk_.crash_points != nullptr) {
      using Fate = CrashPoints::Fate;
      const Fate fate = disk_.crash_points->pass(life_, point_name("append", path_), true);
      if (fate == Fate::middle) write(disk_.random_.below(bytes.size() + 1));
      else if (fate == Fate::after) write(bytes.size());
      if (fate != Fate::lives) return disk_.crash_points->kill(life_);
    }
    try {
      disk_.trouble(life_, "write", path_, &partial);
    } catch (...) {
      write(partial);
      throw;
    }
    write(bytes.size());
  }
  void sync() override {
    if (!life_->alive) return;
    disk_.trouble(life_, "sync", path_);
    disk_.act(life_, "sync", path_, [&] {
      file_->durable = file_->bytes.size();
      disk_.trace_.event("sync", file_->durable);
    });
  }
  void close() override {}

 private:
  SimDisk& disk_;
  LifeRef life_;
  std::string path_;
  FileRef file_;
};

void SimDisk::trouble(const LifeRef& life, const char* operation, const std::string& path,
                      std::size_t* partial) {
  if (!life->alive) fail(ErrorKind::transient, operation, path, "the process is dead");
  const auto found = troubles_.find(life->id);
  if (found == troubles_.end()) return;
  Trouble& trouble = found->second;
  std::string_view reason;
  if (trouble.fails_in && (*trouble.fails_in)-- == 0) {
    trouble.fails_in.reset();
    reason = "Input/output error";
  } else if (partial != nullptr && trouble.full_until > queue_.now()) {
    reason = "No space left on device";
  } else {
    return;
  }
  if (partial != nullptr) *partial = random_.below(*partial + 1);
  ++errors_injected_;
  trace_.event("file trouble", life->id);
  fail(partial != nullptr ? ErrorKind::resource : ErrorKind::transient, operation, path, reason);
}

void SimDisk::flip_if_told(const LifeRef& life, const std::string& path, std::span<char> bytes) {
  const auto found = troubles_.find(life->id);
  if (found == troubles_.end() || !found->second.flips || bytes.empty()) return;
  if (!has_checksums || !has_checksums(path)) return;
  found->second.flips = false;
  ++bits_flipped_;
  const auto bit = random_.below(bytes.size() * 8);
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  trace_.event("bit flip", life->id, bit);
}

void SimDisk::fail_operation(ProcessId process, std::uint64_t countdown) {
  troubles_[process].fails_in = countdown;
}
void SimDisk::fill_until(ProcessId process, TimePoint time) {
  troubles_[process].full_until = time;
}

SimDisk::FileRef SimDisk::find(const std::string& path) const {
  const auto it = files_.find(path);
  return it == files_.end() ? nullptr : it->second;
}

bool SimDisk::is_directory(const std::string& path) const {
  if (path == "/" || path == "." || directories_.contains(path)) return true;
  if (beneath_ == nullptr || hidden(path) || find(path)) return false;
  const auto real = beneath_->status(path);
  return real && real->is_directory;
}

void SimDisk::set(const std::string& path, const FileRef& file, bool hide, bool machine_lost,
                  ProcessId by) {
  if (file) files_[path] = file;
  else files_.erase(path);
  if (hide) hidden_.insert(path);
  else hidden_.erase(path);
  if (!on_name) return;
  on_name({path, file ? &file->bytes : nullptr, queue_.now(),
           file ? file->appended_at : TimePoint{}, machine_lost, by});
}

void SimDisk::change(const LifeRef& by, const std::string& directory,
                     std::vector<std::pair<std::string, FileRef>> names) {
  NameChange change{by, {}};
  for (auto& [path, after] : names) {
    change.names.push_back({path, find(path), after, hidden(path)});
    set(path, after, true, false, by->id);
    trace_.event(after ? "name" : "unname");
    trace_.add(std::string_view{path});
  }
  unsynced_names_[directory].push_back(std::move(change));
}

void SimDisk::machine_lost(const Life& life) {
  for (auto& [directory, changes] : unsynced_names_) {
    const auto mine = std::count_if(changes.begin(), changes.end(),
                                    [&](const auto& change) { return change.by->id == life.id; });
    auto undone = random_.below(static_cast<std::uint64_t>(mine) + 1);
    for (auto it = changes.rbegin(); it != changes.rend() && undone > 0; ++it) {
      if (it->by->id != life.id) continue;
      --undone;
      for (auto name = it->names.rbegin(); name != it->names.rend(); ++name) {
        if (find(name->path) == name->after)
          set(name->path, name->before, name->hidden_before, true, life.id);
      }
    }
    std::erase_if(changes, [&](const auto& change) { return change.by->id == life.id; });
  }
  for (auto& [path, file] : files_) {
    const std::size_t unsynced = file->bytes.size() - file->durable;
    if (file->writer->id != life.id || unsynced == 0) continue;
    file->bytes.resize(file->durable + random_.below(unsynced + 1));
    const std::size_t kept = file->bytes.size() - file->durable;
    if (kept > 0 && random_.below(4) == 0) {
      const std::size_t hole = file->durable + random_.below(kept);
      const std::size_t length = std::min<std::size_t>(4096, file->bytes.size() - hole);
      std::memset(file->bytes.data() + hole, 0, length);
    }
  }
}

std::map<std::string, std::string> SimDisk::files() const {
  std::map<std::string, std::string> out;
  for (const auto& [path, file] : files_) out.emplace(path, file->bytes);
  return out;
}

std::vector<std::string> SimDisk::names() const {
  std::vector<std::string> out;
  for (const auto& [path, file] : files_) out.push_back(path);
  return out;
}

std::unique_ptr<base::ReadableFile> SimFileSystem::open_read(const base::Path& name) {
  const std::string path = name.text();
  disk_.trouble(life_, "open", path);
  if (auto file = disk_.find(path)) {
    return std::make_unique<SimDisk::Reader>(disk_, life_, path, std::move(file));
  }
  if (disk_.is_directory(path)) fail(ErrorKind::user, "open", path, "Is a directory");
  if (disk_.beneath_ == nullptr || disk_.hidden(path)) {
    fail(ErrorKind::user, "open", path, "No such file or directory");
  }
  return disk_.beneath_->open_read(path);
}

std::unique_ptr<base::WritableFile> SimFileSystem::create(const base::Path& name, bool truncate) {
  const std::string path = name.text();
  disk_.trouble(life_, "create", path);
  if (disk_.is_directory(path)) fail(ErrorKind::user, "create", path, "Is a directory");
  if (!disk_.is_directory(parent(path))) {
    fail(ErrorKind::user, "create", path, "No such file or directory");
  }
  if (!truncate && status(path)) fail(ErrorKind::user, "create", path, "File exists");
  auto file = std::make_shared<SimDisk::File>();
  file->writer = life_;
  disk_.act(life_, "create", path, [&] { disk_.change(life_, parent(path), {{path, file}}); });
  return std::make_unique<SimDisk::Writer>(disk_, life_, path, std::move(file));
}

std::optional<base::FileStatus> SimFileSystem::status(const base::Path& name) {
  const std::string path = name.text();
  if (auto file = disk_.find(path)) return base::FileStatus{path, file->bytes.size(), false};
  if (disk_.directories_.contains(path)) return base::FileStatus{path, 0, true};
  if (disk_.beneath_ == nullptr || disk_.hidden(path)) return std::nullopt;
  return disk_.beneath_->status(path);
}

std::vector<base::FileStatus> SimFileSystem::list(const base::Path& name) {
  const std::string directory = name.text();
  if (!disk_.is_directory(directory)) {
    fail(ErrorKind::user, "list", directory, "No such directory");
  }
  std::map<std::string, base::FileStatus> found;
  if (disk_.beneath_ != nullptr) {
    const auto real = disk_.beneath_->status(directory);
    if (real && real->is_directory) {
      for (auto& status : disk_.beneath_->list(directory)) {
        if (!disk_.hidden(status.path)) found.emplace(status.path, status);
      }
    }
  }
  for (const auto& [path, file] : disk_.files_) {
    if (parent(path) == directory) {
      found.insert_or_assign(path, base::FileStatus{path, file->bytes.size(), false});
    }
  }
  for (const auto& path : disk_.directories_) {
    if (path != directory && parent(path) == directory) {
      found.try_emplace(path, base::FileStatus{path, 0, true});
    }
  }
  std::vector<base::FileStatus> out;
  for (auto& [path, status] : found) out.push_back(std::move(status));
  return out;
}

void SimFileSystem::create_directories(const base::Path& name) {
  if (!life_->alive) return;
  for (std::string path = name.text(); life_->alive && !disk_.is_directory(path);
       path = parent(path)) {
    if (status(path)) fail(ErrorKind::user, "create directory", path, "Not a directory");
    disk_.act(life_, "create directory", path, [&] {
      disk_.directories_.insert(path);
      if (disk_.on_directory) disk_.on_directory(path, life_->id);
    });
  }
}

void SimFileSystem::rename(const base::Path& from_name, const base::Path& to_name) {
  if (!life_->alive) return;
  const std::string from = from_name.text(), to = to_name.text();
  disk_.trouble(life_, "rename", from);
  auto file = disk_.find(from);
  if (!file) {
    if (disk_.is_directory(from)) fail(ErrorKind::internal, "rename", from, "is a directory");
    // A real file: it stays where it is, and its bytes go on under the new name.
    const auto real = open_read(from);
    file = std::make_shared<SimDisk::File>();
    file->bytes.resize(real->size());
    file->bytes.resize(real->read_at(0, file->bytes));
    file->durable = file->bytes.size();
    file->writer = life_;
  }
  if (!disk_.is_directory(parent(to))) {
    fail(ErrorKind::user, "rename to", to, "No such file or directory");
  }
  disk_.act(life_, "rename", to, [&] {
    disk_.change(life_, parent(to), {{from, nullptr}, {to, file}});
  });
}

bool SimFileSystem::remove(const base::Path& name) {
  if (!life_->alive) return false;
  const std::string path = name.text();
  disk_.trouble(life_, "remove", path);
  const auto what = status(path);
  if (!what) return false;
  if (!what->is_directory) {
    disk_.act(life_, "remove", path, [&] { disk_.change(life_, parent(path), {{path, nullptr}}); });
  } else {
    if (!list(path).empty()) fail(ErrorKind::user, "remove", path, "Directory not empty");
    disk_.act(life_, "remove directory", path, [&] { disk_.directories_.erase(path); });
  }
  return true;
}

void SimFileSystem::sync_directory(const base::Path& name) {
  if (!life_->alive) return;
  const std::string path = name.text();
  disk_.trouble(life_, "sync directory", path);
  disk_.act(life_, "sync directory", path, [&] {
    disk_.unsynced_names_.erase(path);
    disk_.trace_.event("sync directory");
  });
}

}  // namespace flink::sim
