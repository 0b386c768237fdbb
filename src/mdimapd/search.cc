// mdimapd/search.cc - SEARCH and UID SEARCH of flags, keywords and numbers (RFC 3501 §6.4.4)
//
// CONTRACT
//   Reads the journal alone, a portion at a time. A message number beyond the last finds nothing.

#include "base/strings.h"
#include "mdimapd/handlers.h"
#include "store/uid_view.h"

namespace md::mdimapd {

using async::Task;
using imap::SearchKey;

namespace {

constexpr std::uint32_t kBatch = 1000;

/// The program with its numbers as UIDs of the view.
class Query {
  public:
    Query(const imap::Search& search, const store::View& view)
        : program_(search.program), view_(view), uids_(program_.size()) {
        for (std::size_t i = 0; i < program_.size(); ++i) {
            const auto kind = program_[i].kind;
            if (kind != SearchKey::Kind::sequence && kind != SearchKey::Kind::uid) continue;
            uids_[i] = store::normalised(
                uids_of(view, program_[i].numbers, kind == SearchKey::Kind::uid).value_or(store::UidRanges()));
        }
    }

    [[nodiscard]] bool finds(const store::Message& message) const {
        const auto leaf = [&](const SearchKey& key) { return holds(key, message); };
        return imap::matches(program_, 0, leaf);
    }

  private:
    [[nodiscard]] bool holds(const SearchKey& key, const store::Message& message) const {
        switch (key.kind) {
            case SearchKey::Kind::flag:
                return imap::has(wire_flags(message.flags, view_.is_recent(message.uid)), key.flag) == key.wanted;
            case SearchKey::Kind::keyword: return has_keyword(message, key.keyword) == key.wanted;
            case SearchKey::Kind::sequence:
            case SearchKey::Kind::uid:
                return store::contains(uids_[static_cast<std::size_t>(&key - program_.data())], message.uid);
            default: return true;
        }
    }

    [[nodiscard]] static bool has_keyword(const store::Message& message, std::string_view keyword) {
        for (const auto& own : message.keywords)
            if (equal_nocase(own, keyword)) return true;
        return false;
    }

    const std::vector<SearchKey>& program_;
    const store::View& view_;
    std::vector<store::UidRanges> uids_;  ///< of each key; empty for those without numbers
};

bool is_known_charset(std::string_view charset) {
    return equal_nocase(charset, "US-ASCII") || equal_nocase(charset, "UTF-8");
}

}  // namespace

Task<Reply> search(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Search>(command.arguments);
    if (asked.charset && !is_known_charset(*asked.charset))
        co_return Reply::no("BADCHARSET (US-ASCII UTF-8)", "the charset is not known");
    auto& view = session.selected().view();
    const Query query(asked, view);
    Batches batches(view.all(), kBatch);
    session.begin_response();
    imap::SearchResponse response(session.out());
    while (!batches.done()) {
        const auto batch = batches.next();
        auto read = [&view, &batch] { return view.messages(batch); };
        const auto messages = co_await async::offload(session.services().pool, read);
        for (const auto& message : messages)
            if (query.finds(message))
                response.add(command.uid ? message.uid : view.sequence_of(message.uid).value_or(0));
        co_await session.relieve();
    }
    response.end();
    session.end_response();
    co_return Reply::ok("SEARCH done");
}

}  // namespace md::mdimapd
