// store/header_keys.h - what SORT, THREAD and the SENT keys of SEARCH compare messages by
//
// PURPOSE
//   Dates read, subjects stripped, addresses taken apart, and all of it prepared for comparing: once for each message,
//   and then kept in mdmail.cache.
// CONTRACT
//   Pure, linear. A value of the common fields alone (store/summary.h). Of a text kTextLimit octets decide. Of several
//   fields of one name the first counts. Whoever changes what a key is gives the record a new tag for them.
// RFC
//   5256 §2.1 (base subject), §2.2 (sent date), §3 (keys); 5051 (i;unicode-casemap)
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "mail/date.h"

namespace md::store {

struct HeaderKeys {
    static constexpr std::size_t kTextLimit = 1024;

    std::optional<mail::SentDate> sent;
    bool is_reply = false;  ///< mail::BaseSubject::is_reply
    std::string subject;    ///< the base subject
    std::string from;       ///< the addr-mailbox of the first address
    std::string to;
    std::string cc;
    friend bool operator==(const HeaderKeys&, const HeaderKeys&) = default;
};

[[nodiscard]] HeaderKeys keys_of(std::string_view fields);

/// As one field of a record.
[[nodiscard]] std::string encode_keys(const HeaderKeys& keys);
/// None: that is not what encode_keys() made.
[[nodiscard]] std::optional<HeaderKeys> decode_keys(std::string_view octets);

}  // namespace md::store
