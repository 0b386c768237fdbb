// store/maildrop.cc - see maildrop.h

#include "store/maildrop.h"

#include <algorithm>
#include <cerrno>
#include <unordered_set>

#include "base/error.h"
#include "store/uid_view.h"

namespace md::store {

namespace {

constexpr std::size_t kUidlLimit = 70;

}  // namespace

bool is_uidl(std::string_view text) noexcept {
    return !text.empty() && text.size() <= kUidlLimit &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
}

Maildrop::Maildrop(Store& store, const AccountName& account) {
    const auto owner = store.account(account);
    owner->tidy();
    auto opened = owner->open("INBOX");
    if (!opened) throw SystemError("open", account_directory(account) + "/INBOX", ENOENT);
    mailbox_ = std::move(*opened);
    mailbox_->look();
    own_ = std::to_string(mailbox_->uid_validity()) + ".";
    std::unordered_set<std::string> taken;
    for (auto& message : mailbox_->messages({{1, UINT32_MAX}})) {
        items_.push_back({message.uid, message.size_crlf});
        octets_ += message.size_crlf;
        // One that looks like ours could be another message's.
        if (!is_uidl(message.uidl) || message.uidl.starts_with(own_) || !taken.insert(message.uidl).second) continue;
        brought_.emplace(static_cast<std::uint32_t>(items_.size()), std::move(message.uidl));
    }
}

void Maildrop::append_uidl(std::uint32_t number, std::string& out) const {
    const auto brought = brought_.find(number);
    if (brought != brought_.end()) {
        out.append(brought->second);
    } else {
        out.append(own_).append(std::to_string(items_[number - 1].uid));
    }
}

std::optional<OpenMessage> Maildrop::open(std::uint32_t number) {
    if (number == 0 || number > items_.size()) return std::nullopt;
    return mailbox_->open(items_[number - 1].uid);
}

void Maildrop::mark_seen(const std::set<std::uint32_t>& numbers) {
    const auto uids = uids_of(numbers);
    if (uids.empty()) return;
    FlagChange seen;
    seen.flags = flag::seen;
    if (mailbox_->change_flags(uids, seen).changed.empty()) return;
    mailbox_->sync_soon();
    mailbox_->follow_names();
}

std::size_t Maildrop::remove(const std::set<std::uint32_t>& numbers) {
    const auto uids = uids_of(numbers);
    return uids.empty() ? 0 : mailbox_->expunge(uids, false).size();
}

UidRanges Maildrop::uids_of(const std::set<std::uint32_t>& numbers) const {
    std::vector<Uid> uids;
    for (const auto number : numbers)
        if (number > 0 && number <= items_.size()) uids.push_back(items_[number - 1].uid);
    return ranges_of(std::move(uids));
}

}  // namespace md::store
