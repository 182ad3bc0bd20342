// SPDX-License-Identifier: Apache-2.0
#include "entry/version.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "base/ids.h"
#include "base/text.h"

namespace flink::entry {
namespace {

// dl_iterate_phdr's callback: the first object is the executable itself.
int find_note(dl_phdr_info* info, std::size_t, void* out) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
    const auto* end = at + header.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof note);
      const auto* name = at + sizeof note;
      const auto* text = name + ((note.n_namesz + 3u) & ~3u);
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
          std::memcmp(name, "GNU", 4) == 0) {
        base::append_hex(*static_cast<std::string*>(out), {text, note.n_descsz});
        return 1;
      }
      at = text + ((note.n_descsz + 3u) & ~3u);
    }
  }
  return 1;
}

std::string hash_of_executable() {
  const int fd = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "unknown";
  std::vector<char> block(1 << 20);
  std::uint64_t high = 0x9e3779b97f4a7c15ull;
  std::uint64_t low = 0xbf58476d1ce4e5b9ull;
  for (ssize_t got; (got = ::read(fd, block.data(), block.size())) > 0;) {
    for (ssize_t i = 0; i < got; i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, block.data() + i, static_cast<std::size_t>(std::min<ssize_t>(8, got - i)));
      high = (high ^ word) * 0x94d049bb133111ebull;
      low = (low + word) * 0xd6e8feb86659fd93ull ^ (high >> 29);
    }
  }
  ::close(fd);
  return base::hex128(high, low);
}

}  // namespace

std::string build_id() {
  std::string id;
  dl_iterate_phdr(find_note, &id);
  return id.empty() ? hash_of_executable() : id;
}

}  // namespace flink::entry
