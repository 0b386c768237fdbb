// mdimapd/fetch_message.cc - see fetch_message.h

#include "mdimapd/fetch_message.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "store/search_keys.h"

namespace md::mdimapd {

using async::Task;
using imap::FetchItem;
using imap::Section;
using Kind = imap::FetchItem::Kind;

namespace {

/// BODY[HEADER.FIELDS (…)] of fields that the cache keeps.
bool is_in_header_summary(const FetchItem& item) {
    const auto& section = item.section;
    return item.kind == Kind::body && section.part.empty() && section.text == Section::Text::header_fields &&
           std::all_of(section.fields.begin(), section.fields.end(), store::is_common_field);
}

bool needs_header(const FetchItem& item) {
    return item.kind == Kind::envelope || is_in_header_summary(item);
}

bool needs_file(const FetchItem& item) {
    const bool reads = item.kind == Kind::body || item.kind == Kind::binary || item.kind == Kind::binary_size;
    return reads && !is_in_header_summary(item);
}

bool needs_structure(const FetchItem& item) {
    switch (item.kind) {
        case Kind::structure:
        case Kind::extended_structure: return true;
        case Kind::body:
        case Kind::binary:
        case Kind::binary_size: return !item.section.part.empty();
        default: return false;
    }
}

/// BINARY of a part that nobody can decode.
bool is_unknown_encoding(const FetchItem& item, const store::MessageSummary& summary) {
    if (item.kind == Kind::body || !summary.body) return false;
    const auto* part = summary.body->find(item.section.part);
    return part != nullptr && part->encoding == mail::Encoding::unknown;
}

class Answer {
  public:
    Answer(Session& session, FetchPlan& plan, const FetchedMessage& fetched, std::uint32_t sequence)
        : session_(session),
          plan_(plan),
          message_(fetched.message),
          summary_(fetched.summary),
          newly_seen_(fetched.newly_seen),
          response_(session.out(), sequence) {}

    void known_items() {
        for (const auto& item : plan_.items()) append_known(item);
        end();
    }

    /// True: a body ended before its time.
    Task<bool> items(std::optional<BodySource> source) {
        BodyReader reader(session_.selected().last_partial());
        if (source) reader.open(message_.uid, std::move(*source));
        for (const auto& item : plan_.items()) {
            if (needs_file(item)) {
                co_await send_body(item, reader);
            } else {
                append_known(item);
            }
        }
        end();
        co_return reader.padded();
    }

  private:
    void end() {
        if (newly_seen_) append_change();
        response_.end();
    }

    void append_known(const FetchItem& item) {
        switch (item.kind) {
            case Kind::body: append_fields(item); break;
            case Kind::flags: append_flags(); break;
            case Kind::modseq: response_.modseq(message_.modseq); break;
            case Kind::uid: response_.uid(message_.uid); break;
            case Kind::rfc822_size: response_.size(message_.size_crlf); break;
            case Kind::internaldate: response_.internal_date(imap::DateTime{message_.internal_date, 0}); break;
            case Kind::email_id: response_.email_id(message_.email_id); break;
            case Kind::thread_id: response_.no_thread_id(); break;
            default: append_summary(item); break;
        }
    }

    void append_summary(const FetchItem& item) {
        const auto& body = summary_.body;
        if (item.kind == Kind::envelope && summary_.header) {
            response_.made(item, summary_.header->envelope);
        } else if (item.kind == Kind::structure && body) {
            response_.made(item, body->structure);
        } else if (item.kind == Kind::extended_structure && body) {
            response_.made(item, body->extended_structure);
        } else {
            plan_.gone = true;
        }
    }

    void append_flags() {
        const bool recent = session_.selected().view().is_recent(message_.uid);
        response_.flags(store::wire_flags(message_.flags, recent), message_.keywords);
    }

    /// RFC 7162 §3.2.4: what tells a change has UID and MODSEQ, asked for or not.
    void append_change() {
        const bool condstore = session_.enabled(Feature::condstore);
        if (condstore && !plan_.asks_for(Kind::uid)) response_.uid(message_.uid);
        if (!plan_.asks_for(Kind::flags)) append_flags();
        if (condstore && !plan_.asks_for(Kind::modseq)) response_.modseq(message_.modseq);
    }

    void append_fields(const FetchItem& item) {
        if (!summary_.header) {
            plan_.gone = true;
            response_.no_body(item);
            return;
        }
        const auto fields = imap::filter_header(summary_.header->fields, item.section.fields, true);
        const auto window = imap::window_of(fields.size(), item.partial);
        response_.body(item, std::string_view(fields).substr(window.skip, window.take));
    }

    /// The first piece, or that there is none; on the pool if the reader blocks, while the session waits and so nobody
    /// else writes to out().
    bool begin_body(const FetchItem& item, BodyReader& reader) {
        if (!reader.is_open() && !reader.open(session_.selected().view(), message_.uid)) {
            plan_.gone = true;
            if (item.kind != Kind::binary_size) response_.no_body(item);
            return false;
        }
        if (is_unknown_encoding(item, summary_)) {
            plan_.unknown_encoding = true;
            return false;
        }
        const auto* parts = summary_.body ? &*summary_.body : nullptr;
        const auto size = reader.start(item, parts);
        if (item.kind == Kind::binary_size) {
            response_.binary_size(item, size ? size->octets : 0);  // RFC 3516 §4.3: of what BINARY gives, NIL too
            return false;
        }
        if (!size) {
            response_.no_body(item);
            return false;
        }
        response_.body_header(item, size->octets, size->has_nul);
        return reader.read(session_.out());
    }

    /// What was read already is in the first piece; beyond it there are only blanks for what the file does not have,
    /// and these, however many, wait their turn as a file does.
    Task<void> send_body(const FetchItem& item, BodyReader& reader) {
        auto& pool = session_.pool();
        bool more = false;
        if (reader.blocks()) {
            auto begin = [this, &item, &reader] { return begin_body(item, reader); };
            more = co_await async::offload(pool, begin);
        } else {
            more = begin_body(item, reader);
        }
        auto go_on = [this, &reader] { return reader.read(session_.out()); };
        while (more) {
            co_await session_.relieve();
            more = co_await async::offload(pool, go_on);
        }
        co_await session_.relieve();
    }

    Session& session_;
    FetchPlan& plan_;
    const store::Message& message_;
    const store::MessageSummary& summary_;
    bool newly_seen_;
    imap::FetchResponse response_;
};

}  // namespace

FetchPlan::FetchPlan(const std::vector<FetchItem>& items) : items_(items) {
    summaries_.header = std::any_of(items.begin(), items.end(), needs_header);
    summaries_.body = std::any_of(items.begin(), items.end(), needs_structure);
    reads_files_ = std::any_of(items.begin(), items.end(), needs_file);
    sets_seen_ = std::any_of(items.begin(), items.end(), [](const auto& item) { return item.sets_seen; });
}

bool FetchPlan::asks_for(Kind kind) const noexcept {
    return std::any_of(items_.begin(), items_.end(), [kind](const FetchItem& item) { return item.kind == kind; });
}

bool shows_body(const FetchPlan& plan, const store::MessageSummary& summary, bool source) {
    return std::any_of(plan.items().begin(), plan.items().end(), [&](const FetchItem& item) {
        if (!item.sets_seen) return false;
        if (is_in_header_summary(item)) return summary.header.has_value();
        return source && needs_file(item) && !is_unknown_encoding(item, summary);
    });
}

Task<void> fetch_message(Session& session, FetchPlan& plan, FetchedMessage& fetched) {
    const auto sequence = session.selected().view().sequence_of(fetched.message.uid);
    if (!sequence) co_return;
    session.begin_response();
    Answer answer(session, plan, fetched, *sequence);
    const auto padded = co_await answer.items(std::move(fetched.source));
    session.end_response();
    if (padded) session.log().event(Event::ImapBodyShort, session.account_name(), fetched.message.uid);
}

void tell_message(Session& session, FetchPlan& plan, const FetchedMessage& fetched) {
    const auto sequence = session.selected().view().sequence_of(fetched.message.uid);
    if (!sequence) return;
    session.begin_response();
    Answer(session, plan, fetched, *sequence).known_items();
    session.end_response();
}

}  // namespace md::mdimapd
