// SPDX-License-Identifier: Apache-2.0
// word_count: two threads. Each reads its half of the file in blocks, splits it at the six ASCII
// white spaces, partitions the words by hash, exchanges batches of views into counted blocks,
// counts in its own table and writes every update as `word,count` (RFC 4180) to its own file.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <deque>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "baseline.h"
#include "ring.h"

namespace bench {
namespace {

constexpr std::size_t block_bytes = 1 << 20;
constexpr std::size_t word_bytes_max = 64 << 10;

constexpr std::array<bool, 256> white = [] {
  std::array<bool, 256> table{};
  for (const unsigned char c : {' ', '\t', '\n', '\v', '\f', '\r'}) table[c] = true;
  return table;
}();

// A piece of the file that views point into; its reader uses it again when nobody does.
struct Block {
  std::atomic<int> users{0};
  std::size_t size = 0;
  std::vector<char> bytes = std::vector<char>(block_bytes + word_bytes_max);
};

struct Word {
  std::uint64_t hash;
  const char* data;
  std::uint32_t size;
};

// All words of a batch lie in one block.
struct WordBatch : Batch<Word> {
  Block* block = nullptr;
};
using WordRing = Ring<WordBatch>;

// Buffers a part file; a full disk ends the program.
class PartFile {
 public:
  explicit PartFile(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
    if (file_ < 0) throw std::runtime_error("cannot write " + path);
  }
  ~PartFile() { ::close(file_); }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  char* room(std::size_t bytes) {
    if (buffer_.size() - used_ < bytes) flush();
    if (buffer_.size() < bytes) buffer_.resize(bytes);
    return buffer_.data() + used_;
  }
  void used_until(const char* end) { used_ = static_cast<std::size_t>(end - buffer_.data()); }
  void flush() {
    for (std::size_t done = 0; done < used_;) {
      const ssize_t n = ::write(file_, buffer_.data() + done, used_ - done);
      if (n <= 0) throw std::runtime_error("cannot write a part file");
      done += static_cast<std::size_t>(n);
    }
    used_ = 0;
  }

 private:
  int file_;
  std::vector<char> buffer_ = std::vector<char>(256 << 10);
  std::size_t used_ = 0;
};

class WordTable {
 public:
  struct Entry {
    std::uint64_t hash = 0;
    std::uint64_t count = 0;
    std::string_view word;  // in the arena
    bool quoted = false;
  };

  WordTable() : slots_(1024) {}
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask()], 1); }

  const Entry& add(const Word& word) {
    for (std::size_t at = word.hash & mask();; at = (at + 1) & mask()) {
      Entry& entry = slots_[at];
      if (entry.hash == word.hash && entry.word == std::string_view(word.data, word.size)) {
        ++entry.count;
        return entry;
      }
      if (entry.count == 0) return insert(word);
    }
  }

 private:
  std::size_t mask() const { return slots_.size() - 1; }

  const Entry& insert(const Word& word) {
    if (++size_ * 2 > slots_.size()) {
      std::vector<Entry> old(slots_.size() * 2);
      old.swap(slots_);
      for (const Entry& entry : old) {
        if (entry.count > 0) free_slot(entry.hash) = entry;
      }
    }
    const std::string_view seen(word.data, word.size);
    const std::string& kept = arena_.emplace_back(seen);
    Entry& entry = free_slot(word.hash);
    entry = {word.hash, 1, kept, seen.find_first_of(",\"\r\n") != std::string_view::npos};
    return entry;
  }
  Entry& free_slot(std::uint64_t hash) {
    std::size_t at = hash & mask();
    while (slots_[at].count > 0) at = (at + 1) & mask();
    return slots_[at];
  }

  std::vector<Entry> slots_;
  std::deque<std::string> arena_;
  std::size_t size_ = 0;
};

std::uint64_t hash_of(const char* data, std::size_t size) {
  std::uint64_t hash = size * 0x9e3779b97f4a7c15U;
  while (size >= 8) {
    std::uint64_t chunk;
    std::memcpy(&chunk, data, 8);
    hash = mix(hash ^ chunk);
    data += 8;
    size -= 8;
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, data, size);
  return mix(mix(hash ^ rest) >> 7);
}

class Worker {
 public:
  Worker(int self, const Arguments& arguments, WordRing& outgoing, WordRing& incoming)
      : self_(static_cast<std::uint64_t>(self)),
        input_(arguments.input),
        outgoing_(outgoing),
        incoming_(incoming),
        part_(arguments.output + "/part-" + std::to_string(self) + ".csv") {}

  Result run() {
    read_half();
    outgoing_.finish();
    Patience patience;
    while (!incoming_.ended()) {
      if (!poll()) patience.wait();
    }
    part_.flush();
    return {words_, bytes_};
  }

 private:
  // A word belongs to the half in which it begins.
  void read_half() {
    const int file = ::open(input_.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (file < 0 || ::fstat(file, &status) != 0) throw std::runtime_error("cannot read " + input_);
    const off_t size = status.st_size;
    off_t at = self_ == 0 ? 0 : size / 2;
    const off_t end = self_ == 0 ? size / 2 : size;
    bool in_word = false;  // the first bytes belong to a word that began before
    if (at > 0) {
      char before = ' ';
      if (::pread(file, &before, 1, at - 1) != 1) throw std::runtime_error("cannot read " + input_);
      in_word = !white[static_cast<unsigned char>(before)];
    }
    while (at < end) {
      Block& block = free_block();
      const off_t limit = std::min<off_t>(end - at, block_bytes);
      const ssize_t got = ::pread(file, block.bytes.data(), block.bytes.size(), at);
      if (got < limit) throw std::runtime_error(input_ + " became shorter");
      block.size = static_cast<std::size_t>(got);
      at += split(block, static_cast<std::size_t>(limit), in_word);
      in_word = false;
    }
    ::close(file);
  }

  // Words that begin before `limit`; answers where the next block begins.
  off_t split(Block& block, std::size_t limit, bool in_word) {
    block.users.store(1, std::memory_order_relaxed);
    std::array<WordBatch*, 2> batches;
    batches[self_] = &own_;
    batches[1 - self_] = reserve(block);
    own_.size = 0;
    const char* const begin = block.bytes.data();
    const char* const end = begin + block.size;
    const char* at = begin;
    if (in_word) at = word_end(at, end);
    while (true) {
      while (at < begin + limit && white[static_cast<unsigned char>(*at)]) ++at;
      if (at >= begin + limit) break;
      const char* const word = at;
      at = word_end(at, end);
      const auto size = static_cast<std::uint32_t>(at - word);
      const std::uint64_t hash = hash_of(word, size);
      const std::uint64_t owner = hash >> 63;
      WordBatch& batch = *batches[owner];
      batch.items[batch.size++] = {hash, word, size};
      if (batch.size < WordBatch::capacity) [[likely]]
        continue;
      if (owner == self_) {
        count(own_);
        own_.size = 0;
      } else {
        outgoing_.publish();
        batches[owner] = reserve(block);
      }
    }
    count(own_);
    outgoing_.publish();
    block.users.fetch_sub(1, std::memory_order_acq_rel);
    return at - begin;
  }
  static const char* word_end(const char* at, const char* end) {
    while (at < end && !white[static_cast<unsigned char>(*at)]) ++at;
    return at;
  }

  Block& free_block() {
    Patience patience;
    for (;;) {
      for (Block& block : blocks_) {
        if (block.users.load(std::memory_order_acquire) == 0) return block;
      }
      if (!poll()) patience.wait();
    }
  }
  WordBatch* reserve(Block& block) {
    poll();
    Patience patience;
    for (;;) {
      if (WordBatch* batch = outgoing_.reserve()) {
        batch->size = 0;
        batch->block = &block;
        block.users.fetch_add(1, std::memory_order_relaxed);
        return batch;
      }
      if (!poll()) patience.wait();
    }
  }
  bool poll() {
    WordBatch* batch = incoming_.front();
    if (!batch) return false;
    count(*batch);
    batch->block->users.fetch_sub(1, std::memory_order_acq_rel);
    incoming_.release();
    return true;
  }

  void count(const WordBatch& batch) {
    constexpr std::size_t group = 32;
    for (std::size_t start = 0; start < batch.size; start += group) {
      const std::size_t n = std::min(group, batch.size - start);
      for (std::size_t i = 0; i < n; ++i) table_.prefetch(batch.items[start + i].hash);
      for (std::size_t i = 0; i < n; ++i) write(table_.add(batch.items[start + i]));
    }
    words_ += batch.size;
  }
  void write(const WordTable::Entry& entry) {
    char* const begin = part_.room(entry.word.size() * 2 + 32);
    char* out = begin;
    if (entry.quoted) {
      *out++ = '"';
      for (const char c : entry.word) {
        if (c == '"') *out++ = '"';
        *out++ = c;
      }
      *out++ = '"';
    } else {
      out = std::copy(entry.word.begin(), entry.word.end(), out);
    }
    *out++ = ',';
    out = std::to_chars(out, out + 20, entry.count).ptr;
    *out++ = '\n';
    part_.used_until(out);
    bytes_ += static_cast<std::uint64_t>(out - begin);
  }

  std::uint64_t self_;
  std::string input_;
  WordRing& outgoing_;
  WordRing& incoming_;
  PartFile part_;
  std::array<Block, 4> blocks_;
  WordBatch own_;
  WordTable table_;
  std::uint64_t words_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Result word_count(const Arguments& arguments) {
  std::filesystem::create_directories(arguments.output);
  std::array<WordRing, 2> rings;
  // A block may still be read by the other when its own worker is done: both live until the end.
  std::array<std::unique_ptr<Worker>, 2> workers;
  for (int self = 0; self < 2; ++self) {
    workers[self] = std::make_unique<Worker>(self, arguments, rings[self], rings[1 - self]);
  }
  return on_two_threads([&](int self) { return workers[self]->run(); });
}

}  // namespace bench
