// store/scan.h - what other programs did to a Maildir, as the difference between its directories and the journal
//
// CONTRACT
//   Pure but for what takes files. A key seen twice is one message: the name that the journal has wins.
//   A mailbox is listed after each delivery, and nearly all of it is as known: what is so costs one look into the
//   index.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "store/mailbox_state.h"

namespace md::store {

struct SeenFile {
    Where where = Where::in_new;
    std::string base;
    std::string letters;
    std::string odd;  ///< the whole name, if it is not the one that the parts make: in cur/ without ":2,", for one
};

/// The name of a file with these parts.
[[nodiscard]] std::string file_name(Where where, std::string_view base, std::string_view letters);

using Listing = std::vector<SeenFile>;

/// new/ first, then cur/: a file moved meanwhile the usual way is seen at least once. `whole`: whether both could be
/// listed; what is not in another listing may be there.
[[nodiscard]] Listing list_maildir(Files& files, const std::string& path, bool* whole = nullptr);

/// The times that new/ and cur/ have now; certain: nothing can have changed since without changing them.
[[nodiscard]] DirectoryTimes times_of(Files& files, const std::string& path, std::int64_t now_ns);
/// Whether directories that have these times now are as they were at the last look, as far as can be told yet: an
/// uncertain look is repeated once, when the time that they have is old enough to be sure of.
[[nodiscard]] bool is_looked_at(const DirectoryTimes& last, const DirectoryTimes& now) noexcept;

/// The files of each message.
[[nodiscard]] std::unordered_map<std::string_view, std::vector<const SeenFile*>> by_key(const Listing& listing);

/// Below the Maildir, as it was found.
[[nodiscard]] std::string found_path(const SeenFile& file);

/// What a place says that another program gave to a directory, a link, a pipe, or to itself: no message is there.
[[nodiscard]] bool is_no_message(const SystemError& error) noexcept;

/// A directory with a cur/, and no link to one.
[[nodiscard]] bool is_maildir(Files& files, const std::string& path);

/// Octets of a message of `size` octets if each line ended in CRLF.
[[nodiscard]] std::uint64_t crlf_size(const File& file, std::uint64_t size);

struct Difference {
    struct Renamed {
        Uid uid = 0;
        SeenFile file;
    };
    std::vector<SeenFile> arrived;
    std::vector<Renamed> renamed;
    std::vector<Uid> missing;
    /// Under names of messages that their owner expunged: left over from that, or come again. All files of a name.
    std::vector<SeenFile> doubtful;
    [[nodiscard]] bool empty() const noexcept {
        return arrived.empty() && renamed.empty() && missing.empty() && doubtful.empty();
    }
};

[[nodiscard]] Difference compare(const MailboxState& state, Listing listing);

/// The change of flags that another program meant by a new name; uids is left empty. None: only the place is new.
[[nodiscard]] std::optional<record::FlagsChanged> outside_change(const Known& known, const SeenFile& file);

}  // namespace md::store
