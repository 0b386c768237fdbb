// store/arrivals.cc - see arrivals.h

#include "store/arrivals.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "store/maildir_name.h"
#include "store/uid_view.h"

namespace md::store {

namespace {

/// Up to here each file is synced by itself: less than what all others have written.
constexpr std::size_t kFew = 16;

/// What a mailbox makes of keywords: asked once for all messages, so that the room for new ones is shared.
class Spelling {
  public:
    template <class Arrivals>
    Spelling(const MailboxState& state, const Arrivals& arrivals, std::vector<std::string>& refused) {
        std::vector<std::string> all;
        for (const auto& arrival : arrivals)
            for (const auto& keyword : arrival.entry.message.keywords)
                if (taken_.emplace(lower(keyword), std::string()).second) all.push_back(keyword);
        for (auto& keyword : state.acceptable(all, &refused)) taken_[lower(keyword)] = keyword;
    }
    [[nodiscard]] std::vector<std::string> of(const std::vector<std::string>& keywords) const {
        std::vector<std::string> out;
        for (const auto& keyword : keywords) {
            const auto& spelt = taken_.at(lower(keyword));
            if (!spelt.empty() && std::find(out.begin(), out.end(), spelt) == out.end()) out.push_back(spelt);
        }
        return out;
    }

  private:
    std::map<std::string, std::string> taken_;  ///< empty: no room
};

}  // namespace

Arrivals::~Arrivals() {
    if (placed_) return;
    for (const auto& arrival : arrivals_) {
        try {
            core_.files().unlink(arrival.temporary);
        } catch (const SystemError&) {
            // Left in tmp/: a clean-up of old files there removes it.
        }
    }
}

std::string Arrivals::fresh_path() const {
    return core_.temporary(fresh_key(core_.core().now_seconds()));
}

void Arrivals::add(std::string temporary, Message message) {
    Entry entry;
    // The key is the file's own name in tmp/, which no other has.
    entry.name = with_sizes(temporary.substr(temporary.rfind('/') + 1), message.size_lf, message.size_crlf);
    entry.message = std::move(message);
    arrivals_.push_back({std::move(temporary), std::move(entry)});
}

void Arrivals::number(MailboxCore::Writing& writing) {
    writing.need(static_cast<Uid>(arrivals_.size()), 1);
    const auto& state = writing.state();
    refused_.clear();
    const Spelling spelling(state, arrivals_, refused_);
    auto uid = state.uid_next();
    for (auto& [temporary, entry] : arrivals_) {
        entry.message.uid = uid++;
        entry.message.modseq = state.modseq_next();
        entry.message.keywords = spelling.of(entry.message.keywords);
        entry.letters = letters_of(entry.message);
        entry.where = entry.letters.empty() ? Where::in_new : Where::in_cur;
    }
}

void Arrivals::name(std::size_t& named) {
    for (; named < arrivals_.size(); ++named)
        core_.files().rename(core_.here(arrivals_[named].temporary), core_.path_of(arrivals_[named].entry));
}

/// What has no record is not to appear later, after a failure was told.
void Arrivals::unname(std::size_t named) noexcept {
    for (std::size_t at = 0; at < named; ++at) {
        try {
            core_.files().rename(core_.path_of(arrivals_[at].entry), core_.here(arrivals_[at].temporary));
        } catch (const SystemError&) {
            // A scan will take it in: a disk that refuses even this is past help.
        }
    }
}

void Arrivals::place(Reserved& reserved) {
    if (arrivals_.size() <= kFew) sync_few_files();
    MailboxCore::Writing writing(core_);
    number(writing);
    writing.before_names();
    std::size_t named = 0;
    try {
        name(named);
        writing.after_names();
        for (const auto& arrival : arrivals_) writing.add(record::Added{arrival.entry});
        writing.release(reserved.take());
        writing.commit();
    } catch (const SystemError&) {
        unname(named);
        throw;
    }
    placed_ = true;
}

void Arrivals::sync_few_files() {
    for (const auto& arrival : arrivals_) core_.files().open(arrival.temporary, OpenMode::read)->sync();
}

void Arrivals::sync_few_names() {
    std::array<bool, 2> synced{};  // by Where
    const auto sync = [&](Where where) {
        auto& done = synced[where == Where::in_cur ? 1 : 0];
        if (!std::exchange(done, true)) core_.sync_names(where);
    };
    for (const auto& arrival : arrivals_) sync(arrival.entry.where);
    if (!synced[0]) return;
    // A session may have moved it on meanwhile; then cur/ has it, and is not on disk by the sync of new/.
    for (const auto& [temporary, entry] : arrivals_)
        if (entry.where == Where::in_new && !core_.files().info(core_.path_of(entry))) sync(Where::in_cur);
}

void Arrivals::make_durable() {
    try {
        if (arrivals_.size() <= kFew) {
            sync_few_names();
        } else {
            core_.core().sync_filesystem(core_.place().path);
        }
    } catch (const SystemError&) {
        take_back();
        throw;
    }
}

void Arrivals::take_back() {
    std::vector<std::size_t> all(arrivals_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    take_back(all);
}

void Arrivals::take_back(const std::vector<std::size_t>& which) {
    std::vector<Uid> uids;
    for (const auto at : which) uids.push_back(message(at).uid);
    {
        MailboxCore::Writing writing(core_);
        writing.need(0, 1);
        const auto& state = writing.state();
        const auto now = core_.core().now_seconds();
        writing.add(record::Removed{state.modseq_next(), ranges_of(std::move(uids)), now, Reason::expunged, {}});
        writing.commit();
    }
    for (const auto at : which) {
        try {
            core_.files().unlink(path(at));
        } catch (const SystemError&) {
            // Its message is expunged: the next scan clears it away.
        }
    }
}

UidRange Arrivals::uids() const noexcept {
    if (arrivals_.empty()) return {};
    return {arrivals_.front().entry.message.uid, arrivals_.back().entry.message.uid};
}

}  // namespace md::store
