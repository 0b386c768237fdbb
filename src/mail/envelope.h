// mail/envelope.h - the fields of a message that an IMAP envelope is made of
//
// PURPOSE
//   An Envelope collects them from a header, field by field; AddressListScanner reads the addresses in it.
// CONTRACT
//   Pure. Of a field that stands there twice the first counts, but for addresses, which are all taken. Texts are on one
//   line, addresses are kept as they stand. Absent and empty are two things.
// RFC
//   3501 §7.4.2 (ENVELOPE); 5322 §3.6
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace md::mail {

struct Envelope {
    std::optional<std::string> date;
    std::optional<std::string> subject;
    std::optional<std::string> in_reply_to;
    std::optional<std::string> message_id;
    std::string from;
    std::string sender;
    std::string reply_to;
    std::string to;
    std::string cc;
    std::string bcc;

    /// Whether a field that begins with `line` (its name and colon, or more) may count.
    [[nodiscard]] static bool wants(std::string_view line) noexcept;
    void add(std::string_view name, std::string_view value);
};

/// Of a header or whole message in memory.
[[nodiscard]] Envelope read_envelope(std::string_view message);

}  // namespace md::mail
