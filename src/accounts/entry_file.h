// accounts/entry_file.h - the files of accounts, aliases, groups and domains: their text, read and written
//
// CONTRACT
//   Pure. A text with a fault is none of what it should be: the faults, in one line with their places.
// FORMAT
//   doc/formats/account.md
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "accounts/account.h"
#include "accounts/directory.h"
#include "base/result.h"
#include "config/schema.h"

namespace md::accounts {

/// The kinds of entry, each with a file name of its own in the folder of its local part.
struct EntryKind {
    std::string_view file;  ///< "account.conf"
    const config::Schema& (*schema)() noexcept;
    std::string_view word;  ///< "account"
};
/// In the order in which they count where a folder has several.
[[nodiscard]] std::span<const EntryKind> entry_kinds() noexcept;

/// An entry as its own file has it.
struct EntryFile {
    Entry entry;
    bool own_quota = false;  ///< of an account: given in its file, and not left to its domain
    bool own_quota_messages = false;
};
/// `kind`: one of entry_kinds().
[[nodiscard]] Result<EntryFile, Unavailable> read_entry(const EntryKind& kind, const Name& name, std::string_view text,
                                                        const std::string& file);
/// What an account's own file leaves open is as `domain` has it.
[[nodiscard]] Entry in_domain(const EntryFile& file, const Domain& domain);
[[nodiscard]] Result<Domain, Unavailable> read_domain(const std::string& name, std::string_view text,
                                                      const std::string& file);

/// Every key that differs from its default, and the version.
[[nodiscard]] std::string text_of(const Account& account);
[[nodiscard]] std::string text_of(const Alias& alias);
[[nodiscard]] std::string text_of(const Group& group);
[[nodiscard]] std::string text_of(const Domain& domain);
/// A list of strings as TOML has it.
[[nodiscard]] std::string toml_list(const std::vector<std::string>& texts);

/// The faults in one line.
[[nodiscard]] std::string one_line(const config::Faults& faults);

}  // namespace md::accounts
