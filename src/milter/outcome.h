// milter/outcome.h - what a filter says at a step, and what is to be done with a message
//
// CONTRACT
//   Plain values, the same on both sides: the client gives what it was told, the server's Filter says it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/milter/packet.h"

namespace md::milter {

struct Answer {
    enum class Kind : std::uint8_t { proceed, accept, reject, temp_fail, discard, unavailable };

    Answer() = default;
    explicit Answer(Kind k, std::string r = {}) : kind(k), reply(std::move(r)) {}

    Kind kind = Kind::proceed;
    std::string reply;  ///< reject, temp_fail: the filter's own "550 5.7.1 text"; empty: choose one. unavailable: why
};

struct HeaderChange {
    enum class Kind : std::uint8_t { add, insert, change };
    Kind kind = Kind::add;
    std::uint32_t index = 0;  ///< insert: before which field, from 0; change: which of that name, from 1
    std::string name;
    std::string value;  ///< folded by LF; change: empty removes it
};

/// What is to be done with a message, beside the answer.
struct Outcome {
    Answer answer;
    std::vector<HeaderChange> headers;
    std::vector<std::string> added_recipients;    ///< addresses without brackets
    std::vector<std::string> deleted_recipients;  ///< likewise
    std::optional<std::string> reverse_path;      ///< likewise; empty: the null one
    std::optional<std::string> body;              ///< instead of the one it has; CRLF line ends
    std::optional<std::string> quarantine;        ///< the reason
    std::vector<RecipientVerdict> verdicts;
};

}  // namespace md::milter
