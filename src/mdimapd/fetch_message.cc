// mdimapd/fetch_message.cc - see fetch_message.h

#include "mdimapd/fetch_message.h"

#include <algorithm>
#include <utility>
#include <vector>

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

/// What of a message is told last, for it may change on the way.
struct Late {
    bool uid = false;
    bool flags = false;
    bool modseq = false;
};

class Answer {
  public:
    Answer(Session& session, FetchPlan& plan, FetchedMessage& fetched, std::uint32_t sequence)
        : session_(session),
          plan_(plan),
          message_(fetched.message),
          summary_(fetched.summary),
          response_(session.out(), sequence),
          reader_(session.selected().last_partial()) {
        if (fetched.read) reader_.open(message_.uid, std::move(*fetched.read));
    }

    Task<void> items() {
        for (const auto& item : plan_.items()) {
            if (is_in_header_summary(item)) {
                append_fields(item);
            } else if (needs_file(item)) {
                co_await send_body(item);
            } else {
                append_known(item);
            }
        }
        if (plan_.sets_seen() && shown_) co_await set_seen();
        append_late();
        response_.end();
    }

    [[nodiscard]] bool padded() const noexcept { return reader_.padded(); }

  private:
    void append_known(const FetchItem& item) {
        switch (item.kind) {
            case Kind::flags: late_.flags = true; break;
            case Kind::modseq: late_.modseq = true; break;
            case Kind::uid:
                response_.uid(message_.uid);
                has_uid_ = true;
                break;
            case Kind::rfc822_size: response_.size(message_.size_crlf); break;
            case Kind::internaldate: response_.internal_date(imap::DateTime{message_.internal_date, 0}); break;
            case Kind::email_id: response_.email_id(message_.email_id); break;
            case Kind::thread_id: response_.no_thread_id(); break;
            default: append_summary(item); break;
        }
        if (!plan_.sets_seen()) append_late();
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

    void append_late() {
        const bool recent = session_.selected().view().is_recent(message_.uid);
        if (late_.uid) response_.uid(message_.uid);
        if (late_.flags) response_.flags(wire_flags(message_.flags, recent), message_.keywords);
        if (late_.modseq) response_.modseq(message_.modseq);
        late_ = {};
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
        shown_ = true;
    }

    /// The first piece, or that there is none; on the pool if the reader blocks, while the session waits and so nobody
    /// else writes to out().
    bool begin_body(const FetchItem& item) {
        if (!reader_.is_open() && !reader_.open(session_.selected().view(), message_.uid)) {
            plan_.gone = true;
            if (item.kind != Kind::binary_size) response_.no_body(item);
            return false;
        }
        const auto* parts = summary_.body ? &*summary_.body : nullptr;
        const auto* part = parts == nullptr ? nullptr : parts->find(item.section.part);
        if (item.kind != Kind::body && part != nullptr && part->encoding == mail::Encoding::unknown) {
            plan_.unknown_encoding = true;
            return false;
        }
        const auto size = reader_.start(item, parts);
        shown_ = true;
        if (item.kind == Kind::binary_size) {
            response_.binary_size(item, size ? size->octets : 0);  // RFC 3516 §4.3: of what BINARY gives, NIL too
            return false;
        }
        if (!size) {
            response_.no_body(item);
            return false;
        }
        response_.body_header(item, size->octets, size->has_nul);
        return reader_.read(session_.out());
    }

    Task<void> send_body(const FetchItem& item) {
        if (!reader_.blocks()) {
            for (bool more = begin_body(item); more;) more = reader_.read(session_.out());
            co_await session_.relieve();
            co_return;
        }
        auto& pool = session_.services().pool;
        auto begin = [this, &item] { return begin_body(item); };
        auto more = co_await async::offload(pool, begin);
        auto go_on = [this] { return reader_.read(session_.out()); };
        while (more) {
            co_await session_.relieve();
            more = co_await async::offload(pool, go_on);
        }
        co_await session_.relieve();
    }

    /// Sets \Seen on what was just sent, and tells it if it was not set before: as the message is then, for others may
    /// have changed it since this command read it, and one MODSEQ is of one state (RFC 7162 §3.1.1).
    Task<void> set_seen() {
        auto& selected = session_.selected();
        auto& view = selected.view();
        if ((message_.flags & store::flag::seen) != 0 || view.read_only()) co_return;
        store::FlagChange change;
        change.flags = store::flag::seen;
        const store::UidRanges uids{{message_.uid, message_.uid}};
        auto job = [&view, &uids, &change] {
            const bool changed = !view.change_flags(uids, change, true).changed.empty();
            return changed ? view.messages(uids) : std::vector<store::Message>();
        };
        auto now = co_await async::offload(session_.services().pool, job);
        if (now.empty()) co_return;
        message_ = std::move(now.front());
        selected.flags_changed();
        late_.flags = true;
        if (!session_.enabled(Feature::condstore)) co_return;
        // RFC 7162 §3.2.4: what tells a change has both, asked for or not.
        late_.uid = !has_uid_;
        late_.modseq = true;
    }

    Session& session_;
    FetchPlan& plan_;
    store::Message& message_;
    const store::MessageSummary& summary_;
    imap::FetchResponse response_;
    BodyReader reader_;
    Late late_;
    bool has_uid_ = false;  ///< told already
    bool shown_ = false;
};

}  // namespace

FetchPlan::FetchPlan(const std::vector<FetchItem>& items) : items_(items) {
    summaries_.header = std::any_of(items.begin(), items.end(), needs_header);
    summaries_.body = std::any_of(items.begin(), items.end(), needs_structure);
    reads_files_ = std::any_of(items.begin(), items.end(), needs_file);
    sets_seen_ = std::any_of(items.begin(), items.end(), [](const auto& item) { return item.sets_seen; });
}

Task<void> fetch_message(Session& session, FetchPlan& plan, FetchedMessage& fetched) {
    const auto sequence = session.selected().view().sequence_of(fetched.message.uid);
    if (!sequence) co_return;
    session.begin_response();
    Answer answer(session, plan, fetched, *sequence);
    co_await answer.items();
    session.end_response();
    if (answer.padded()) session.log().event(Event::ImapBodyShort, session.account_name(), fetched.message.uid);
}

}  // namespace md::mdimapd
