// store/summary.h - what is computed once of a message, for FETCH, SEARCH and SORT, and kept in mdmail.cache
//
// CONTRACT
//   Pure. A summary is a value of its message's octets alone, which never change; decode_*() takes whatever a damaged
//   file may hold and gives none for it. Bounded by the limits of mail/structure.h and proto/imap/envelope.h.
// FORMAT
//   doc/formats/mailbox-cache.md
// RFC
//   3501 §7.4.2
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mail/structure.h"
#include "mail/transfer_decoder.h"
#include "store/header_keys.h"
#include "store/types.h"

namespace md::store {

/// Needs the message's header alone.
struct HeaderSummary {
    std::string envelope;  ///< as IMAP's ENVELOPE tells it
    /// The fields that clients ask for by name (is_common_field), in their order, with LF or CRLF as in the file, and
    /// the blank line if there is one.
    std::string fields;
    HeaderKeys keys;  ///< of these fields
    friend bool operator==(const HeaderSummary&, const HeaderSummary&) = default;
};

/// Where one part lies; see mail::Part, whose words these are.
struct PartPlace {
    mail::Part::Kind kind = mail::Part::Kind::leaf;
    mail::Encoding encoding = mail::Encoding::identity;
    std::uint32_t next = 0;
    std::uint64_t header = 0;
    std::uint64_t body = 0;
    std::uint64_t end = 0;
    std::uint64_t header_size = 0;
    std::uint64_t body_size = 0;
    friend bool operator==(const PartPlace&, const PartPlace&) = default;
};

/// Needs the whole message.
struct BodySummary {
    std::string structure;           ///< as IMAP's BODY tells it
    std::string extended_structure;  ///< BODYSTRUCTURE
    std::uint64_t file_size = 0;     ///< of the file that the places are of
    std::vector<PartPlace> parts;    ///< in prefix order

    [[nodiscard]] const PartPlace* find(std::span<const std::uint32_t> section) const noexcept;
    friend bool operator==(const BodySummary&, const BodySummary&) = default;
};

/// What of a message's summaries is wanted.
struct SummaryKinds {
    bool header = false;
    bool body = false;
};
struct MessageSummary {
    std::optional<HeaderSummary> header;
    std::optional<BodySummary> body;
};

/// Whether HeaderSummary::fields has every field of this name.
[[nodiscard]] bool is_common_field(std::string_view name) noexcept;

/// `header`: the message up to its blank line, or more.
[[nodiscard]] HeaderSummary summarise_header(std::string_view header);
[[nodiscard]] BodySummary summarise_body(const mail::Structure& structure);

/// The records of the cache.
[[nodiscard]] std::string encode_frame(Uid uid, const HeaderSummary& summary);
[[nodiscard]] std::string encode_frame(Uid uid, const BodySummary& summary);

enum class CacheRecord : std::uint32_t { owner = 1, header = 2, body = 3 };
/// The first record of a frame's payload: its kind and whose it is. None: no summary of this version.
struct CacheKey {
    CacheRecord type;
    Uid uid;
};
[[nodiscard]] std::optional<CacheKey> decode_key(std::string_view payload) noexcept;
[[nodiscard]] std::optional<HeaderSummary> decode_header(std::string_view payload);
[[nodiscard]] std::optional<BodySummary> decode_body(std::string_view payload);

}  // namespace md::store
