// mdimapd/selected.cc - see selected.h

#include "mdimapd/selected.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "proto/imap/response.h"
#include "store/search_keys.h"
#include "store/uid_view.h"

namespace md::mdimapd {

using async::Task;
using imap::Flag;

namespace {

void append_sync(std::string& out, const store::SyncResult& told, store::View& view, Dialect dialect) {
    if (dialect.qresync) {
        imap::append_vanished(out, wire_ranges(told.vanished), false);
    } else {
        for (const auto number : told.expunged) imap::append_number(out, number, "EXPUNGE");
    }
    if (told.exists) imap::append_number(out, *told.exists, "EXISTS");
    if (told.recent) imap::append_number(out, *told.recent, "RECENT");
    append_new_keywords(out, view);
    for (const auto& [sequence, recent, message] : told.fetches)
        append_flags_told(out, sequence, recent, message, dialect);
}

}  // namespace

Selected::Selected(Services& services, async::PoolShare& pool, std::shared_ptr<store::Mailbox> mailbox)
    : services_(services), pool_(pool), mailbox_(std::move(mailbox)), watch_(services.signals, mailbox_->id()) {}

Selected::~Selected() {
    services_.upkeep.hurry(mailbox_->id());
}

Task<void> Selected::open(store::View::Access access) {
    auto job = [this, access] {
        watch_.arm(*mailbox_);
        view_.emplace(mailbox_, access);
    };
    co_await async::offload(pool_, job);
}

/// Expunges stay withheld: the command has numbers to tell yet.
void Selected::look_ahead() {
    try {
        ahead_ = view_->sync(store::Expunges::withhold);
    } catch (const SystemError&) {
        // tell() looks again, and its failure is the one that is logged.
    }
}

Task<bool> Selected::tell(store::Expunges expunges, Dialect dialect, std::string& out) {
    const auto ahead = std::exchange(ahead_, {});
    if (ahead) append_sync(out, *ahead, *view_, dialect);
    store::SyncResult result;
    if (!ahead || (expunges == store::Expunges::tell && view_->withholds())) {
        changed().clear();
        auto job = [this, expunges] {
            watch_.arm(*mailbox_);
            return view_->sync(expunges);
        };
        auto found = co_await async::offload(pool_, job);
        result = std::move(found);
        append_sync(out, result, *view_, dialect);
    }
    const bool moved = !result.vanished.empty() || view_->withholds();
    if ((dialect.condstore && moved) || due_modseq_) due_modseq_ = view_->highest_modseq();
    co_return !result.gone && !(ahead && ahead->gone);
}

std::vector<imap::NumberRange> wire_ranges(const store::UidRanges& uids) {
    std::vector<imap::NumberRange> out;
    out.reserve(uids.size());
    for (const auto& [first, last] : uids) out.push_back({first, last});
    return out;
}

void append_keywords(std::string& out, const store::View& view) {
    constexpr imap::FlagBits kSettable = imap::bit(Flag::answered) | imap::bit(Flag::flagged) |
                                         imap::bit(Flag::deleted) | imap::bit(Flag::seen) | imap::bit(Flag::draft);
    const auto& keywords = view.keywords();
    out += "* FLAGS ";
    imap::append_flags(out, kSettable, keywords);
    out += "\r\n* OK [PERMANENTFLAGS ";
    if (view.read_only()) {
        out += "()";
    } else {
        imap::append_flags(out, kSettable, keywords, keywords.size() < store::kKeywordsLimit);
    }
    out += "] kept\r\n";
}

void append_new_keywords(std::string& out, store::View& view) {
    if (view.take_new_keywords()) append_keywords(out, view);
}

void append_flags_told(std::string& out, std::uint32_t sequence, bool recent, const store::Message& message,
                       Dialect dialect) {
    imap::FetchResponse response(out, sequence);
    response.uid(message.uid);
    response.flags(store::wire_flags(message.flags, recent), message.keywords);
    if (dialect.condstore) response.modseq(message.modseq);
    response.end();
}

std::vector<std::string> keyword_list(const std::vector<std::string_view>& keywords) {
    return {keywords.begin(), keywords.end()};
}

std::string why_refused(const std::vector<std::string>& keywords) {
    const bool too_long = std::any_of(keywords.begin(), keywords.end(),
                                      [](const auto& keyword) { return keyword.size() > store::kKeywordSizeLimit; });
    if (too_long) return "a keyword has " + std::to_string(store::kKeywordSizeLimit) + " octets at most";
    return "the mailbox takes no more than " + std::to_string(store::kKeywordsLimit) + " keywords";
}

std::optional<store::UidRanges> Selected::uids_of(const imap::SequenceSet& set, bool by_uid) const {
    const auto& view = *view_;
    store::UidRanges uids;
    if (set.is_saved()) {
        for (const auto& range : saved_) {
            const auto found = view.uids_by_uid(range.first, range.last);
            uids.insert(uids.end(), found.begin(), found.end());
        }
        return uids;
    }
    const auto all = view.all();
    if (by_uid) {
        // RFC 3501 §6.4.8: "*" is the last message, even if the other end of the range is beyond it.
        const auto star = all.empty() ? view.uid_next() : all.back().last;
        for (const auto& range : set.resolve(star)) {
            const auto found = view.uids_by_uid(range.first, range.last);
            uids.insert(uids.end(), found.begin(), found.end());
        }
        return uids;
    }
    const auto exists = view.exists();
    if (set.highest() > exists || (set.has_star() && exists == 0)) return std::nullopt;
    for (const auto& range : set.resolve(exists)) {
        const auto found = view.uids_by_sequence(range.first, range.last);
        uids.insert(uids.end(), found.begin(), found.end());
    }
    return store::normalised(std::move(uids));
}

store::UidRanges Batches::next() {
    store::UidRanges batch;
    auto left = size_;
    while (left > 0 && at_ < uids_.size()) {
        auto& range = uids_[at_];
        const auto count = std::min(left, range.last - range.first + 1);
        batch.push_back({range.first, range.first + (count - 1)});
        left -= count;
        if (range.first + (count - 1) == range.last) {
            ++at_;
        } else {
            range.first += count;
        }
    }
    return batch;
}

}  // namespace md::mdimapd
