// proto/smtp/parameters.h - what MAIL and RCPT say: a path and its parameters
//
// PURPOSE
//   parse_mail() and parse_rcpt() read the argument of those commands ("FROM:<a@example.org> SIZE=1000").
// CONTRACT
//   Pure. Everything is decoded and checked here; the result holds no view of the line. What a relay passes on is there
//   a second time as it came (`kept`), in xtext and in the client's own letters. A source route is read and dropped
//   (RFC 5321 §4.1.1.3). A blank between the colon and the path is tolerated: printers and old scripts send it.
//   Unknown parameters, and those of an extension not offered: 555; a malformed or repeated one: 501; an address that
//   needs SMTPUTF8 without that: 553.
// LIMITS
//   Path 256 octets with its brackets (RFC 5321 §4.5.3.1.3), ENVID 100 (RFC 3461 §4.4), ORCPT 500 (§4.2).
// RFC
//   5321 §4.1.1.2, §4.1.1.3, §4.1.2; 1870 §3; 6152 §2; 4954 §5; 3461 §4; 3030 §3; 6531 §3.4; 6533 §3
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/address.h"
#include "proto/smtp/extension.h"
#include "proto/smtp/reply.h"

namespace md::smtp {

enum class Body : std::uint8_t { seven_bit, eight_bit_mime, binary_mime };
enum class Return : std::uint8_t { full, headers };

/// As it came, but for the name: in capitals.
struct Parameter {
    std::string name;
    std::string value;

    Parameter() = default;
    Parameter(std::string n, std::string v) : name(std::move(n)), value(std::move(v)) {}
    friend bool operator==(const Parameter&, const Parameter&) = default;
};

struct MailArguments {
    std::optional<mail::Address> sender;  ///< none: the null path
    std::optional<std::uint64_t> size;    ///< octets declared
    Body body = Body::seven_bit;
    bool smtputf8 = false;
    bool prdr = false;                ///< a reply for each recipient is asked for
    std::optional<std::string> auth;  ///< AUTH=: a mailbox, or empty for "<>"
    std::optional<Return> ret;
    std::string envid;               ///< decoded
    std::vector<Parameter> kept;     ///< what outlives the dialogue: RET, ENVID
    std::vector<std::string> words;  ///< all parameters as they came
};

/// NOTIFY (RFC 3461 §4.1); never: all three false although `given`.
struct Notify {
    bool given = false;
    bool success = false;
    bool failure = false;
    bool delay = false;
};

struct RcptArguments {
    mail::Address recipient;  ///< without a domain: Postmaster (RFC 5321 §4.5.1)
    Notify notify;
    std::string original_recipient;  ///< ORCPT decoded, "rfc822;address"; empty: none
    std::vector<Parameter> kept;     ///< NOTIFY, ORCPT
    std::vector<std::string> words;
};

[[nodiscard]] Result<MailArguments, Reply> parse_mail(std::string_view argument, const Offer& offer);
/// `smtputf8`: MAIL said so.
[[nodiscard]] Result<RcptArguments, Reply> parse_rcpt(std::string_view argument, const Offer& offer,
                                                      bool smtputf8 = false);

/// xtext (RFC 3461 §4): "+3D" for '='. None for what no encoder writes. `utf8`: octets from 0x80 stand for themselves
/// (RFC 6533 §3).
[[nodiscard]] std::optional<std::string> decode_xtext(std::string_view text, bool utf8 = false);
[[nodiscard]] std::string encode_xtext(std::string_view text);

}  // namespace md::smtp
