// sendmail/exit.h - how the program ends (sysexits.h), and what it says then
#pragma once

#include <cstdint>
#include <string>

namespace md::sendmail {

enum class Exit : std::uint8_t {
    done = 0,
    usage = 64,
    bad_input = 65,
    no_input = 66,
    no_user = 67,
    refused = 69,
    input_error = 74,
    again = 75,
    not_allowed = 77,
    configuration = 78
};

/// One line: what, why, what was expected.
struct Complaint {
    Exit exit;
    std::string text;
};

}  // namespace md::sendmail
