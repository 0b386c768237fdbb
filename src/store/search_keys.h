// store/search_keys.h - keys of a SEARCH (proto/imap/command.h) as questions to one message of the store
//
// PURPOSE
//   What a message's record or its Date field answers, for whoever runs a search program: sessions of IMAP over a view,
//   mdctl over what the undelete area keeps.
// CONTRACT
//   Pure.
// RFC
//   3501 §6.4.4; 5032; 7162 §3.1.5; 8474 §6
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mail/date.h"
#include "proto/imap/command.h"
#include "store/types.h"

namespace md::store {

/// The flags as they stand on the wire.
[[nodiscard]] imap::FlagBits wire_flags(Flags flags, bool recent) noexcept;
[[nodiscard]] Flags stored_flags(imap::FlagBits bits) noexcept;

/// By flags, keywords, dates, sizes, MODSEQ or EMAILID; none: the key asks for something else. `now` in seconds since
/// the epoch.
[[nodiscard]] std::optional<bool> by_record(const imap::SearchKey& key, const Message& message, bool recent,
                                            std::int64_t now);

[[nodiscard]] bool is_of_sent_day(imap::SearchKey::Kind kind) noexcept;
/// A key of that kind, by the Date field; without a date that can be read no message is found.
[[nodiscard]] bool by_sent_day(const imap::SearchKey& key, std::optional<mail::SentDate> sent) noexcept;
/// Of several Date fields the first counts.
[[nodiscard]] std::optional<mail::SentDate> sent_date(std::string_view header) noexcept;

}  // namespace md::store
