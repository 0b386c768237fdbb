// mdimapd/search_query.h - the question of a SEARCH, ready to be asked of many messages
//
// PURPOSE
//   What the client wrote is made ready once: sets of numbers as UIDs, dates as seconds, strings in UTF-8 and prepared
//   for comparing. Then each message is asked in the order of cost: what the journal knows, then what mdmail.cache
//   keeps of its header, then its file, header and body; the next is read only if the answer depends on it.
// CONTRACT
//   Refers to the command and the view, which must outlive it. Its const calls may run on several threads at once while
//   nobody else uses the view.
// RFC
//   3501 §6.4.4; 5032; 7162 §3.1.5; 8474 §6
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/wait.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mdimapd/selected.h"
#include "proto/imap/search_program.h"
#include "store/message_text.h"
#include "store/summary.h"

namespace md::mdimapd {

class Query {
  public:
    /// `now` in seconds since the epoch.
    Query(const imap::Search& search, Selected& selected, std::int64_t now);

    /// By the journal alone.
    [[nodiscard]] imap::Truth ask(const store::Message& message) const;
    /// Whether the summaries of headers answer the keys that ask for fields.
    [[nodiscard]] bool asks_summaries() const noexcept { return asks_summaries_; }
    /// By the journal and that summary; unknown, too, where there are so many keys that Reading is the way.
    [[nodiscard]] imap::Truth ask(const store::Message& message, const store::HeaderSummary& summary) const;
    /// By reading it.
    class Reading;

    /// MODSEQ is asked for: then the answer has the highest one (RFC 7162 §3.1.6).
    [[nodiscard]] bool asks_modseq() const noexcept { return asks_modseq_; }

  private:
    struct Answers;

    [[nodiscard]] imap::Truth known(std::size_t at, const store::Message& message) const;
    void read_sent(std::optional<mail::SentDate> sent, Answers& answers) const;
    void read_header(std::string_view header, Answers& answers) const;
    void read_field(const mail::Field& field, const std::vector<std::size_t>& keys, Answers& answers) const;
    [[nodiscard]] imap::Truth decide(const store::Message& message, const Answers& answers) const;
    [[nodiscard]] std::vector<std::size_t> keys_of(imap::SearchKey::Kind kind) const;
    [[nodiscard]] std::vector<std::string> needles(const std::vector<std::size_t>& keys) const;

    const std::vector<imap::SearchKey>& program_;
    store::View& view_;
    std::int64_t now_;
    std::vector<store::UidRanges> uids_;  ///< of each key; empty for those without numbers
    std::vector<std::string> strings_;    ///< of each key, prepared; empty for those without
    /// The keys that ask for a field, by its name in lower case: a header of a million fields costs one look-up each.
    std::unordered_map<std::string, std::vector<std::size_t>> by_field_;
    std::size_t field_keys_ = 0;
    bool asks_sent_ = false;
    bool asks_summaries_ = false;
    bool asks_modseq_ = false;
};

/// One message asked by its file: its header, and its body if the answer depends on it.
/// Blocks: within a job on the pool, and goes on in the next one.
class Query::Reading {
  public:
    /// Both outlive it.
    Reading(const Query& query, const store::Message& message);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    /// About until then. Unknown: go on. A message that is gone is not found.
    [[nodiscard]] imap::Truth go_on(async::Deadline until);

  private:
    struct File;

    void open();
    void look_at_header();
    void answer_by_header();
    void answer_by_body();

    const Query& query_;
    const store::Message& message_;
    std::unique_ptr<File> file_;
    imap::Truth answer_ = imap::Truth::unknown;
};

}  // namespace md::mdimapd
