// SPDX-License-Identifier: Apache-2.0
#include "spill/block.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <lz4.h>
#include <zstd.h>

#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace flink::spill {

namespace {

constexpr std::uint32_t magic = 0x42534c46;  // "FLSB"
constexpr std::size_t sealed_bytes = 16;     // of the header, before the checksum

struct Header {
  std::uint32_t magic = 0;
  std::uint8_t codec = 0, zero8 = 0;
  std::uint16_t zero16 = 0;
  std::uint32_t raw = 0, stored = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(Header) == block_header_bytes);

std::uint64_t checksum_of(const Header& header, std::span<const char> stored) {
  const auto seed = XXH3_64bits(&header, sealed_bytes);
  return XXH3_64bits_withSeed(stored.data(), stored.size(), seed);
}

[[noreturn]] void fail_block(std::string_view what) {
  throw Error{ErrorKind::transient, detail::concat("a block of it is damaged: ", what)};
}

Header read_header(std::span<const char> stored, std::size_t bytes_max) {
  Header header;
  if (stored.size() < sizeof header) fail_block("it is cut off");
  std::memcpy(&header, stored.data(), sizeof header);
  if (header.magic != magic) fail_block("it does not begin as a block does");
  const auto bytes = stored.subspan(sizeof header);
  if (header.stored != bytes.size()) fail_block("its length is wrong");
  if (header.checksum != checksum_of(header, bytes)) fail_block("its checksum is wrong");
  // Beyond this it is as it was written, unless somebody made it up.
  if (header.zero8 != 0 || header.zero16 != 0) fail_block("it has unknown flags");
  if (header.raw > bytes_max) fail_block("it is larger than it can be");
  return header;
}

}  // namespace

struct BlockEncoder::Zstd {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context{ZSTD_createCCtx()};
};

BlockEncoder::BlockEncoder(Codec codec) : codec_(codec) {
  if (codec == Codec::zstd) zstd_ = std::make_unique<Zstd>();
}
BlockEncoder::~BlockEncoder() = default;
BlockEncoder::BlockEncoder(BlockEncoder&&) noexcept = default;

// 0: it does not get smaller.
std::size_t BlockEncoder::compress(std::span<const char> bytes, std::span<char> to) {
  switch (codec_) {
    case Codec::none:
      return 0;
    case Codec::lz4: {
      const int size = LZ4_compress_default(bytes.data(), to.data(), static_cast<int>(bytes.size()),
                                            static_cast<int>(to.size()));
      return static_cast<std::size_t>(size);
    }
    case Codec::zstd: {
      constexpr int level = 1;  // it is read once or twice: speed counts
      const auto size = ZSTD_compressCCtx(zstd_->context.get(), to.data(), to.size(), bytes.data(),
                                          bytes.size(), level);
      return ZSTD_isError(size) != 0 ? 0 : size;
    }
  }
  return 0;
}

std::size_t BlockEncoder::encode(std::span<const char> bytes, std::string& out) {
  FLINK_CHECK(bytes.size() <= block_bytes_max, bytes.size());
  const std::size_t begin = out.size();
  out.resize(begin + sizeof(Header) + bytes.size());
  char* to = out.data() + begin + sizeof(Header);
  Header header;
  header.magic = magic;
  header.raw = static_cast<std::uint32_t>(bytes.size());
  const std::size_t small =
      bytes.size() < 2 ? 0 : compress(bytes, {to, bytes.size() - 1});  // or it is not worth it
  header.codec = static_cast<std::uint8_t>(small == 0 ? Codec::none : codec_);
  if (small == 0 && !bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  header.stored = static_cast<std::uint32_t>(small == 0 ? bytes.size() : small);
  header.checksum = checksum_of(header, {to, header.stored});
  std::memcpy(out.data() + begin, &header, sizeof header);
  out.resize(begin + sizeof header + header.stored);
  return sizeof header + header.stored;
}

BufferRef decode_block(std::span<const char> stored, std::size_t bytes_max) {
  const Header header = read_header(stored, bytes_max);
  const auto bytes = stored.subspan(sizeof header);
  auto out = make_ref<Buffer>(header.raw);
  std::size_t size = 0;
  switch (static_cast<Codec>(header.codec)) {
    case Codec::none:
      if (bytes.size() == header.raw && header.raw > 0) {
        std::memcpy(out->data(), bytes.data(), bytes.size());
      }
      size = bytes.size();
      break;
    case Codec::lz4: {
      const int got = LZ4_decompress_safe(bytes.data(), out->data(), static_cast<int>(bytes.size()),
                                          static_cast<int>(header.raw));
      size = got < 0 ? SIZE_MAX : static_cast<std::size_t>(got);
      break;
    }
    case Codec::zstd:
      size = ZSTD_decompress(out->data(), header.raw, bytes.data(), bytes.size());
      break;
    default:
      fail_block("its codec is unknown");
  }
  if (size != header.raw) fail_block("it does not decompress to what it says");
  return out;
}

}  // namespace flink::spill
