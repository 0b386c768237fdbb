// delivery/srs.h - reverse-paths of forwarded mail, rewritten so that SPF holds and reports find their way back
//
// PURPOSE
//   Who forwards a message to another site sends it in the name of a domain that never named this host (RFC 7208
//   §D.2). srs_rewrite() makes a reverse-path of a domain of ours; srs_reverse() gives the path behind it when a report
//   comes. The scheme has no RFC; this is the form that forwarders share:
//     SRS0=HASH=TT=domain=local@own        the first forwarder; TT: days modulo 1024 in base32
//     SRS1=HASH=first==...@own             one behind it; "..." is the first one's own text behind "SRS0"
// CONTRACT
//   Pure. The hash is HMAC-SHA-256 under a secret of this site, cut to SrsRules::hash_letters of base64; case is
//   ignored in it and in what it covers, for there are hosts that fold it. A hash may be longer than the rule, never
//   shorter. The date counts for our own SRS0 alone, and one day ahead is valid: hosts of one site agree on no
//   midnight. An SRS1 leads back to the first forwarder, who judges its date. Nothing is rewritten but what is handed
//   in: the caller leaves out paths of its own domains.
// HAZARD
//   The original local part comes back in the case in which the report has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace md::delivery {

enum class SrsFault : std::uint8_t {
    not_an_address,  ///< what is handed in, or what would come out
    too_long,        ///< the new local part has more than the 64 octets that all must take (RFC 5321 §4.5.3.1.1)
    not_srs,
    bad_hash,
    expired
};

struct SrsRules {
    std::size_t hash_letters = 6;  ///< at least 4, at most 43
    unsigned valid_days = 21;
};

/// The empty reverse-path stays what it is. After a fault the caller keeps the original.
[[nodiscard]] Result<std::string, SrsFault> srs_rewrite(std::string_view reverse_path, std::string_view own_domain,
                                                        std::string_view secret, WallTime now,
                                                        const SrsRules& rules = {});

/// The path that `address` was made from. `secrets`: the current one, then older ones.
[[nodiscard]] Result<std::string, SrsFault> srs_reverse(std::string_view address, std::span<const std::string> secrets,
                                                        WallTime now, const SrsRules& rules = {});

}  // namespace md::delivery
