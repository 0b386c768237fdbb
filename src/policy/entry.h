// policy/entry.h - one line of the black list, the white list or the bans
//
// PURPOSE
//   What an administrator puts on a list: a network of client addresses, a host, a sender, a recipient or a HELO name,
//   for whom it counts, who put it there and why, and its end. A ban is an entry of a list of its own.
// CONTRACT
//   Values are held in one form (canonical()), so that one thing is one entry: networks as Network writes them; senders
//   and recipients in lower case as "user@domain", "*@domain" or a pattern in which each * stands for any octets, a
//   sender also as "<>" (the null reverse-path), and a bare domain as "*@domain"; hosts and HELO names in lower case
//   without a dot at the end, or a pattern; accounts as their address in lower case. Pure.
// FORMAT
//   encode_record() and decode(): doc/formats/policy-state.md, records of version 2, and those of version 1 that older
//   releases wrote. text: doc/formats/policy-state.md, "Text".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace md::policy {

/// The numbers stand on disk.
enum class List : std::uint8_t { black = 1, white = 2, ban = 3 };

/// The numbers stand on disk.
enum class Kind : std::uint8_t { ip = 1, sender = 2, host = 3, recipient = 4, helo = 5, account = 6 };

/// Can that list hold that kind? Bans have ip, account and sender, the others all but account.
[[nodiscard]] bool holds(List list, Kind kind) noexcept;
/// "ip, host, sender, recipient or helo"
[[nodiscard]] std::string_view kinds_of(List list) noexcept;

[[nodiscard]] std::string_view name(List list) noexcept;
[[nodiscard]] std::string_view name(Kind kind) noexcept;
[[nodiscard]] std::optional<List> parse_list(std::string_view text) noexcept;
[[nodiscard]] std::optional<Kind> parse_kind(std::string_view text) noexcept;

inline constexpr std::size_t kLongestValue = 320;
inline constexpr std::size_t kLongestComment = 1024;
inline constexpr std::size_t kLongestWho = 64;

struct Entry {
    List list = List::black;
    Kind kind = Kind::ip;
    /// For whose mail it counts: empty, the whole installation; a domain; or an account's address. In lower case.
    std::string scope;
    std::string value;    ///< canonical
    std::string comment;  ///< one line of UTF-8; of a ban its reason
    std::string who;      ///< put it there: a login name, or the part of the service that did; may be unknown
    WallTime created{};
    std::optional<WallTime> expires;

    [[nodiscard]] bool expired(WallTime now) const noexcept { return expires && *expires <= now; }
    friend bool operator==(const Entry&, const Entry&) = default;
};

struct ValueFault {
    std::string expected;  ///< "an address or a network such as 192.0.2.0/24"
};

/// As names and addresses are compared: lower case, a domain beyond ASCII as its A-labels (RFC 5891).
[[nodiscard]] std::string comparable(std::string_view text);
/// The one form of a value, or what was expected instead.
[[nodiscard]] Result<std::string, ValueFault> canonical(Kind kind, std::string_view text);
/// The one form of a scope; none: neither a domain nor an address.
[[nodiscard]] std::optional<std::string> canonical_scope(std::string_view text);
/// Made fit: control octets become blanks, what is too long is cut.
[[nodiscard]] std::string clean_comment(std::string_view text, std::size_t longest = kLongestComment);
/// Has it a * beyond that of "*@domain"?
[[nodiscard]] bool is_pattern(std::string_view value) noexcept;
/// A pattern whose only * stands first, with a domain behind it: "*.example.org", "*@*.example.org" (there both). These
/// are found by their end, all other patterns are tried one by one.
[[nodiscard]] bool is_suffix(Kind kind, std::string_view value) noexcept;
/// The larger, the more of the thing an entry of its kind names: bits of a prefix; a whole name before "*@domain"
/// before patterns, and these by their octets that are not *.
[[nodiscard]] std::size_t precision(Kind kind, std::string_view value) noexcept;
/// Each * stands for any octets, none included. Linear in text times stars at worst.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text) noexcept;

/// What the entry is found by in the state, and the order in which entries are listed.
[[nodiscard]] std::string key_of(const Entry& entry);
/// What all keys of one list, kind and scope begin with; the value follows.
void put_key_prefix(std::string& out, List list, Kind kind, std::string_view scope);
/// The rest of it.
[[nodiscard]] std::string encode_record(const Entry& entry);

/// A key taken apart; views into it.
struct KeyParts {
    List list = List::black;
    Kind kind = Kind::ip;
    std::string_view scope;
    std::string_view value;
};
/// none: of a list or a kind that we do not know, or damaged. The value is not looked at.
[[nodiscard]] std::optional<KeyParts> split_key(std::string_view key) noexcept;
/// Of a record; none: not of a version that we know, or damaged.
struct RecordParts {
    WallTime created{};
    std::optional<WallTime> expires;
    std::string_view comment;
    std::string_view who;
};
[[nodiscard]] std::optional<RecordParts> split_record(std::string_view record) noexcept;
/// none: not of a version that we know, or damaged.
[[nodiscard]] std::optional<Entry> decode(std::string_view key, std::string_view record);

}  // namespace md::policy
