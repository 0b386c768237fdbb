// config/schema.h - what a row of an option table is, and what a file that obeys a table is read into
//
// PURPOSE
//   A Schema describes one kind of file: options with dotted names, and groups ([[listener]]) whose rows each have
//   fields. The suite's configuration, a domain's and an account's file are three schemas on the same machinery.
// CONTRACT
//   Rows are constants. A default text that its own row refuses is our bug: it is found by a test and by MD_ASSERT at
//   start. A Values has one value for each row of its schema, given in the file or not, in the order of the rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/assert.h"
#include "config/fault.h"

namespace md::config {

enum class Type : std::uint8_t {
    Bool,
    Integer,
    Size,          ///< bytes: 1024, "256K", "25M", "2G"
    Duration,      ///< "2ms", "5s", "10m", "1h", "5d", "2w"; "0"
    String,        ///< bounds: the name of a syntax (config/syntax.h), or empty
    Path,          ///< absolute; bounds "optional": may be empty
    Enum,          ///< bounds: "one|two|three"
    StringList,    ///< bounds: the syntax of each
    DurationList,  ///< bounds: the range of each
    NetworkList,   ///< CIDR
};

/// The C++ type of each Type, by the same name.
namespace type {
using Bool = bool;
using Integer = std::int64_t;
using Size = std::uint64_t;
using Duration = std::chrono::milliseconds;
using String = std::string;
using Path = std::string;
using Enum = std::string;
using StringList = std::vector<std::string>;
using DurationList = std::vector<std::chrono::milliseconds>;
using NetworkList = std::vector<Network>;
}  // namespace type

using Value = std::variant<bool, std::int64_t, std::uint64_t, std::chrono::milliseconds, std::string,
                           std::vector<std::string>, std::vector<std::chrono::milliseconds>, std::vector<Network>>;

struct Row {
    std::string_view key;  ///< "intake.gather"; of a field: "port"
    Type type;
    const char* default_text;  ///< as config set takes it; nullptr: must be given
    std::string_view bounds;   ///< "1..100" with either side free, or see Type
    bool reloadable;           ///< false: acts from the next start
    std::string_view prose;    ///< sentences for man page, sample and config explain; first: what it is
};

/// Marks a field that has no default.
inline constexpr const char* kRequired = nullptr;

struct Group {
    std::string_view name;  ///< "listener"
    std::string_view prose;
    std::span<const Row> fields;
};

struct Schema {
    std::string_view name;  ///< what faults and pages call such a file: "configuration", "account"
    std::span<const Row> options;
    std::span<const Group> groups;
};

/// A row of a table as a name in code; Owner keeps the keys of different tables apart.
template <class Owner, class T>
struct Key {
    std::uint16_t index;
};

struct Values {
    std::vector<Value> values;
    std::vector<Position> where;              ///< of each value; line 0: not given, the default stands
    std::vector<std::vector<Values>> groups;  ///< by group, each row of it in the order of the file
    Position opened;                          ///< of a group's row: where it begins

    [[nodiscard]] bool given(std::size_t row) const noexcept { return where[row].line > 0; }

    template <class T>
    [[nodiscard]] const T& get(std::size_t row) const noexcept {
        const auto* value = row < values.size() ? std::get_if<T>(&values[row]) : nullptr;
        MD_ASSERT(value != nullptr);
        return *value;
    }
};

/// The row of that key; null: there is none.
[[nodiscard]] const Row* find_row(std::span<const Row> rows, std::string_view key) noexcept;

/// All defaults.
[[nodiscard]] Values default_values(const Schema& schema);

/// Reads a whole file's text; adds to `faults` whatever is wrong, and then the values are fit for further looks only.
[[nodiscard]] Values read_text(const Schema& schema, std::string_view text, const std::string& file, Faults& faults);

}  // namespace md::config
