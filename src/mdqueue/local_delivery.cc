// mdqueue/local_delivery.cc - see local_delivery.h

#include "mdqueue/local_delivery.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "store/account.h"
#include "store/mailbox.h"

namespace md::mdqueue {

namespace {

DeliveryResult over_quota(const store::OverQuota& over) {
    std::string text = "mailbox full:";
    if (over.limit.bytes > 0)
        text += " " + std::to_string(over.used.bytes) + " of " + std::to_string(over.limit.bytes) + " octets used";
    if (over.limit.messages > 0)
        text += std::string(over.limit.bytes > 0 ? "," : "") + " " + std::to_string(over.used.messages) + " of " +
                std::to_string(over.limit.messages) + " messages";
    return {DeliveryResult::Kind::deferred, std::string(kMailboxFull), std::move(text), {}};
}

/// "_" stands for a blank and "+" for the next level, as people write folders into addresses.
std::string plain(std::string_view name) {
    auto out = lower(name);
    std::ranges::replace(out, '_', ' ');
    std::ranges::replace(out, '+', '/');
    return out;
}

/// The folder that the detail of an address means, or INBOX.
std::string folder_of(store::Account& account, const std::string& detail) {
    constexpr std::string_view inbox = "INBOX";
    if (detail.empty()) return std::string(inbox);
    if (account.status(detail)) return detail;
    const auto wanted = plain(detail);
    for (const auto& folder : account.folders())
        if (plain(folder.name) == wanted) return folder.name;
    return std::string(inbox);
}

Result<store::Placed, store::OverQuota> place(store::Mailbox& mailbox, const Delivery& delivery,
                                              const store::Incoming& incoming, const store::Content& content) {
    if (delivery.first.path.empty()) return mailbox.deliver(incoming, content);
    store::Placed first;
    first.path = delivery.first.path;
    first.size_lf = delivery.first.size_lf;
    first.size_crlf = delivery.first.size_crlf;
    return mailbox.deliver_link(incoming, first, content);
}

/// Where an earlier try put it, if the detail of the address meant another folder then; null: nowhere. Only INBOX is
/// searched for what has no record yet.
std::shared_ptr<store::Mailbox> earlier_place(store::Account& account, const store::Incoming& incoming,
                                              const store::Content& content) {
    for (const auto& folder : account.folders()) try {
            auto mailbox = account.open(folder.name);
            const bool may_have = mailbox && (folder.directory.empty() || (*mailbox)->remembers(incoming));
            if (may_have && (*mailbox)->served(incoming, content, store::Compare::bytes)) return std::move(*mailbox);
        } catch (const SystemError&) {
            // A folder that cannot be read hinders no delivery into another.
        }
    return nullptr;
}

}  // namespace

DeliveryResult deliver_into(store::Store& store, const Delivery& delivery, const File& message) {
    store::Content content;
    content.prefix = delivery.beginning;
    content.file = &message;
    content.offset = delivery.offset;
    content.length = delivery.size;
    store::Incoming incoming;
    incoming.id = delivery.id;
    incoming.recipient = delivery.recipient();
    incoming.internal_date = delivery.internal_date;
    incoming.quota = delivery.quota;
    incoming.durable = delivery.how == How::anew;

    const auto account = store.account(delivery.account);
    auto opened = account->open(folder_of(*account, delivery.folder));
    if (!opened) return {DeliveryResult::Kind::deferred, "4.2.0", "the mailbox cannot be opened", {}};
    DeliveryResult delivered{DeliveryResult::Kind::delivered, "2.0.0", "delivered", {}};
    auto mailbox = std::move(*opened);
    if (delivery.how != How::first) {
        if (!delivery.folder.empty())
            if (auto before = earlier_place(*account, incoming, content)) mailbox = std::move(before);
        const auto compare = delivery.how == How::anew ? store::Compare::nothing : store::Compare::bytes;
        if (mailbox->served(incoming, content, compare)) return delivered;
    }
    const auto placed = place(*mailbox, delivery, incoming, content);
    if (!placed) return over_quota(placed.error());
    if (delivery.how != How::anew) delivered.placed = {placed->path, placed->size_lf, placed->size_crlf};
    return delivered;
}

delivery::Room room_in(store::Store& store, const delivery::RoomQuestion& question) {
    const auto use = store.account({question.account.domain, question.account.local_part})->quota_use();
    const auto exceeds = [](std::uint64_t used, std::uint64_t more, std::uint64_t bound) {
        return bound > 0 && (used >= bound || more > bound - used);
    };
    const bool full = exceeds(use.bytes, question.size_bytes, question.quota_bytes) ||
                      exceeds(use.messages, 1, question.quota_messages);
    return full ? delivery::Room::full : delivery::Room::fits;
}

}  // namespace md::mdqueue
