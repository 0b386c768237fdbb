// config/fault.h - one thing that is wrong in a configuration file
//
// CONTRACT
//   Faults are values, collected until the whole file has been read, told in the order of the text.
#pragma once

#include <string>
#include <vector>

namespace md::config {

/// Both from 1; 0: the file as a whole.
struct Position {
    int line = 0;
    int column = 0;

    friend auto operator<=>(const Position&, const Position&) = default;
};

struct Fault {
    std::string file;
    Position where;
    std::string text;  ///< what is wrong, what was expected, the nearest known name

    /// "/etc/mdmail/mdmail.conf:12:3: unknown key ..."
    [[nodiscard]] std::string describe() const;
};

using Faults = std::vector<Fault>;

/// One line a fault, each ended by a line feed.
[[nodiscard]] std::string describe(const Faults& faults);

}  // namespace md::config
