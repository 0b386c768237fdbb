// proto/smtp/extension.h - the service extensions, and how EHLO tells of them
//
// PURPOSE
//   One table of extensions: the EHLO reply, the parameters that MAIL and RCPT may carry (parameters.h) and the tests
//   read it.
// CONTRACT
//   A value: what one session offers at this moment. A parameter of an extension that is not offered is unknown (RFC
//   5321 §4.1.1.11).
// RFC
//   5321 §4.1.1.1; and those in the table
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/smtp/reply.h"

namespace md::smtp {

enum class Extension : std::uint8_t {
    pipelining,
    size,
    eight_bit_mime,
    dsn,
    chunking,
    binary_mime,
    smtputf8,
    prdr,
    limits,
    enhanced_status_codes,
    starttls,
    xclient,
    auth
};

struct ExtensionRule {
    Extension extension;
    std::string_view keyword;
    std::string_view rfc;
};

inline constexpr std::array kExtensions{
    ExtensionRule{Extension::pipelining, "PIPELINING", "2920"},
    ExtensionRule{Extension::size, "SIZE", "1870"},
    ExtensionRule{Extension::eight_bit_mime, "8BITMIME", "6152"},
    ExtensionRule{Extension::dsn, "DSN", "3461"},
    ExtensionRule{Extension::chunking, "CHUNKING", "3030"},
    ExtensionRule{Extension::binary_mime, "BINARYMIME", "3030"},
    ExtensionRule{Extension::smtputf8, "SMTPUTF8", "6531"},
    ExtensionRule{Extension::prdr, "PRDR", "draft-hall-prdr-00"},
    ExtensionRule{Extension::limits, "LIMITS", "9422"},
    ExtensionRule{Extension::enhanced_status_codes, "ENHANCEDSTATUSCODES", "2034"},
    ExtensionRule{Extension::starttls, "STARTTLS", "3207"},
    ExtensionRule{Extension::xclient, "XCLIENT", "Postfix's XCLIENT_README"},
    ExtensionRule{Extension::auth, "AUTH", "4954"},
};

class Offer {
  public:
    Offer& add(Extension extension) noexcept {
        bits_ |= bit(extension);
        return *this;
    }
    [[nodiscard]] bool has(Extension extension) const noexcept { return (bits_ & bit(extension)) != 0; }

    std::uint64_t size_limit = 0;         ///< octets, told with SIZE; 0: no fixed limit (RFC 1870 §4)
    std::vector<std::string> mechanisms;  ///< told with AUTH
    std::vector<std::string> limits;      ///< told with LIMITS: "RCPTMAX=1000"
    bool bare_names = false;              ///< not told: addresses may do without a domain, which is ours then

  private:
    static std::uint32_t bit(Extension extension) noexcept { return 1u << static_cast<unsigned>(extension); }

    std::uint32_t bits_ = 0;
};

/// The positive reply to EHLO and LHLO: host name, then a line for each extension offered.
[[nodiscard]] Reply ehlo_reply(std::string_view hostname, const Offer& offer);

}  // namespace md::smtp
