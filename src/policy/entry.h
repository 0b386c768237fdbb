// policy/entry.h - one line of the black or the white list
//
// PURPOSE
//   What an administrator puts on a list: a network of client addresses or a sender, with a comment and an end.
// CONTRACT
//   Values are held in one form (canonical()), so that one thing is one entry: networks as Network writes them,
//   senders in lower case as "user@domain", "*@domain", "<>" (the null reverse-path) or a pattern in which each *
//   stands for any octets. A bare domain is "*@domain". Pure.
// FORMAT
//   encode() and decode(): doc/formats/policy-state.md, version 1. text: doc/formats/policy-state.md, "Text".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace md::policy {

enum class List : std::uint8_t { black = 1, white = 2 };

/// The numbers stand on disk. 3 to 5 are those of host, recipient and helo.
enum class Kind : std::uint8_t { ip = 1, sender = 2 };

[[nodiscard]] std::string_view name(List list) noexcept;
[[nodiscard]] std::string_view name(Kind kind) noexcept;
[[nodiscard]] std::optional<List> parse_list(std::string_view text) noexcept;
[[nodiscard]] std::optional<Kind> parse_kind(std::string_view text) noexcept;

inline constexpr std::size_t kLongestValue = 320;
inline constexpr std::size_t kLongestComment = 1024;

struct Entry {
    List list = List::black;
    Kind kind = Kind::ip;
    std::string value;    ///< canonical
    std::string comment;  ///< one line of UTF-8
    WallTime created{};
    std::optional<WallTime> expires;

    [[nodiscard]] bool expired(WallTime now) const noexcept { return expires && *expires <= now; }
    friend bool operator==(const Entry&, const Entry&) = default;
};

struct ValueFault {
    std::string expected;  ///< "an address or a network such as 192.0.2.0/24"
};

/// The one form of a value, or what was expected instead.
[[nodiscard]] Result<std::string, ValueFault> canonical(Kind kind, std::string_view text);
/// Made fit: control octets become blanks, what is too long is cut.
[[nodiscard]] std::string clean_comment(std::string_view text);
/// Has it a * beyond that of "*@domain"?
[[nodiscard]] bool is_pattern(std::string_view sender) noexcept;
/// Each * stands for any octets, none included. Linear in text times stars at worst.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text) noexcept;

/// What the entry is found by in the state, and the order in which entries are listed.
[[nodiscard]] std::string key_of(const Entry& entry);
/// The rest of it.
[[nodiscard]] std::string encode_record(const Entry& entry);
/// none: not of a version that we know, or damaged.
[[nodiscard]] std::optional<Entry> decode(std::string_view key, std::string_view record);

}  // namespace md::policy
