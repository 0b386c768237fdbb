// mdimapd/fetch_message.h - the answer of FETCH for one message
//
// CONTRACT
//   Bodies are read on the pool, if they were not read before, and sent as they are read. A \Seen that this command set
//   is told in the same response, asked for or not.
// DIAGNOSTICS
//   ImapBodyShort.
// RFC
//   3501 §7.4.2; 3516 §4.3
#pragma once

#include <optional>
#include <vector>

#include "async/task.h"
#include "mdimapd/body_reader.h"
#include "mdimapd/session.h"
#include "proto/imap/command.h"
#include "store/summary.h"

namespace md::mdimapd {

/// What is asked for of each message, and what went wrong with any.
class FetchPlan {
  public:
    explicit FetchPlan(const std::vector<imap::FetchItem>& items);

    [[nodiscard]] const std::vector<imap::FetchItem>& items() const noexcept { return items_; }
    [[nodiscard]] store::SummaryKinds summaries() const noexcept { return summaries_; }
    /// Something is asked for that stands in the message's file alone.
    [[nodiscard]] bool reads_files() const noexcept { return reads_files_; }
    /// Of each message the journal alone is asked.
    [[nodiscard]] bool journal_alone() const noexcept {
        return !reads_files_ && !summaries_.header && !summaries_.body;
    }
    [[nodiscard]] bool sets_seen() const noexcept { return sets_seen_; }
    [[nodiscard]] bool asks_for(imap::FetchItem::Kind kind) const noexcept;

    bool gone = false;              ///< a message was not there any more
    bool unknown_encoding = false;  ///< BINARY of a part that nobody can decode

  private:
    const std::vector<imap::FetchItem>& items_;
    store::SummaryKinds summaries_;
    bool reads_files_ = false;
    bool sets_seen_ = false;
};

struct FetchedMessage {
    const store::Message& message;
    const store::MessageSummary& summary;
    bool newly_seen = false;           ///< by this command
    std::optional<BodySource> source;  ///< none: its file is opened if need be
};

/// Whether the answer shows something of the message's body for which \Seen is to be set. `source`: its file is there.
[[nodiscard]] bool shows_body(const FetchPlan& plan, const store::MessageSummary& summary, bool source);

[[nodiscard]] async::Task<void> fetch_message(Session& session, FetchPlan& plan, FetchedMessage& fetched);
/// The same for a plan that reads no files.
void tell_message(Session& session, FetchPlan& plan, const FetchedMessage& fetched);

}  // namespace md::mdimapd
