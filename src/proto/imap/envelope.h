// proto/imap/envelope.h - an envelope as FETCH tells it
//
// CONTRACT
//   Pure, linear. Addresses beyond the budget, which one message shares among all its envelopes, are left out, so that
//   an answer stays within a small multiple of the header it is made from. NUL, which no string of the protocol may
//   hold, is dropped. An address without domain has an empty host: NIL there means a group.
// RFC
//   3501 §7.4.2, §9 (envelope); 5322
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail/envelope.h"

namespace md::imap {

struct AddressBudget {
    std::uint32_t left = 250'000;
};

/// "(date subject from sender reply-to to cc bcc in-reply-to message-id)"
void append_envelope(std::string& out, const mail::Envelope& envelope, AddressBudget& budget);

/// Text of a message as a string, or NIL.
void append_message_nstring(std::string& out, const std::optional<std::string>& text);
void append_message_text(std::string& out, std::string_view text);

}  // namespace md::imap
