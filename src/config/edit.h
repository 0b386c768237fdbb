// config/edit.h - one key of a file set or taken out, its comments and order kept
//
// PURPOSE
//   `mdctl config set` and the verbs that change an account's or a domain's file edit the text that a person may have
//   written.
// CONTRACT
//   Works on a text in memory; the result has been read again by its schema, and nothing is given back that this
//   refuses. A text that has faults already is not edited. A key is "queue.expire", or "listener.0.port" for a field of
//   the first [[listener]]. A key that is not there yet is put at the end of its table, or after its line in comments
//   ("# expire = ..."); a missing table goes to the end of the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/schema.h"

namespace md::config {

struct EditRefusal {
    enum class Why : std::uint8_t { unknown_key, bad_value, bad_file, by_hand } why;
    Faults faults;
};

struct Edit {
    std::string key;
    std::optional<std::string> value;  ///< as typed: TOML, or bare text for a string; none: take the key out
};

[[nodiscard]] Result<std::string, EditRefusal> edit_text(const Schema& schema, std::string_view text,
                                                         const std::string& file, const Edit& edit);

/// The row that a key means, and which row of a group it is in.
struct KeyPlace {
    const Row* row = nullptr;
    const Group* group = nullptr;
    std::size_t number = 0;
};

/// none: no such key; `nearest` then names the one that may be meant, or is empty.
[[nodiscard]] std::optional<KeyPlace> find_key(const Schema& schema, std::string_view key, std::string& nearest);

}  // namespace md::config
