// ipc/frame.h - what goes over a Unix socket between our own processes
//
// FORMAT
//   doc/formats/ipc-frame.md, version 1: a header of 16 octets, little-endian, then the payload.
// CONTRACT
//   Pure: no I/O. A header that is no header of this version, or whose payload is larger than the receiver takes, is
//   refused before memory is taken for it; the connection is over then, for nothing after it can be trusted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace md::ipc {

inline constexpr std::size_t kHeaderSize = 16;
inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kMaxPayload = 4U << 20U;
inline constexpr std::size_t kMaxDescriptors = 16;

enum class Kind : std::uint8_t {
    request = 1,
    reply = 2,
    refusal = 3,  ///< the request was not carried out; the payload is a text for the log
};

struct Header {
    std::uint32_t payload_bytes = 0;
    Kind kind = Kind::request;
    std::uint16_t type = 0;  ///< which request; a reply repeats it
    std::uint32_t id = 0;    ///< chosen by who asks, repeated by who answers
    std::uint16_t descriptors = 0;
};

enum class HeaderFault : std::uint8_t { version, kind, too_large, descriptors, reserved };

[[nodiscard]] std::string encode(const Header& header);
/// `octets` is kHeaderSize long.
[[nodiscard]] Result<Header, HeaderFault> decode(std::string_view octets, std::size_t max_payload) noexcept;

/// A whole message.
struct Frame {
    Frame() = default;
    Frame(Kind k, std::uint16_t t, std::uint32_t i, std::string text, std::vector<Fd> fds)
        : kind(k), type(t), id(i), payload(std::move(text)), descriptors(std::move(fds)) {}

    Kind kind = Kind::request;
    std::uint16_t type = 0;
    std::uint32_t id = 0;
    std::string payload;
    std::vector<Fd> descriptors;
};

}  // namespace md::ipc
