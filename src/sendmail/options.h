// sendmail/options.h - the command line that programs have given to sendmail(8) for forty years
//
// CONTRACT
//   Pure. What Postfix and Exim take is taken, and ignored where it means nothing here; what would be another job than
//   this program's (a daemon, address tests) is refused with a word. "--" ends the options.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sendmail/exit.h"

namespace md::sendmail {

enum class Mode : std::uint8_t {
    deliver,  ///< -bm
    smtp,     ///< -bs
    verify,   ///< -bv
    list,     ///< -bp, mailq
    aliases,  ///< -bi, -I, newaliases
    run       ///< -q
};

struct Options {
    Mode mode = Mode::deliver;
    std::string config;                 ///< -C; empty: not given
    bool recipients_of_header = false;  ///< -t
    bool dot_ends = true;               ///< not -i
    bool verbose = false;               ///< -v
    bool eight_bit = false;             ///< -B 8bitmime
    std::optional<std::string> sender;  ///< -f, -r; empty: the null path
    std::string full_name;              ///< -F
    std::string notify;                 ///< -N, as NOTIFY has it (RFC 3461 §4.1)
    std::string ret;                    ///< -R, as RET has it
    std::string envelope_id;            ///< -V
    std::vector<std::string> recipients;
    std::vector<std::string> queue_words;  ///< of `mdctl queue run`, by -q
};

/// `name`: as which the program was called; mailq and newaliases are modes.
[[nodiscard]] Result<Options, Complaint> parse_options(std::string_view name, std::span<const std::string> words);

}  // namespace md::sendmail
