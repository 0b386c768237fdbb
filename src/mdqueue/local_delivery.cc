// mdqueue/local_delivery.cc - see local_delivery.h

#include "mdqueue/local_delivery.h"

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
    return {DeliveryResult::Kind::deferred, "4.2.2", std::move(text), {}};
}

Result<store::Placed, store::OverQuota> place(store::Mailbox& inbox, const Delivery& delivery,
                                              const store::Incoming& incoming, const store::Content& content) {
    if (delivery.first.path.empty()) return inbox.deliver(incoming, content);
    store::Placed first;
    first.path = delivery.first.path;
    first.size_lf = delivery.first.size_lf;
    first.size_crlf = delivery.first.size_crlf;
    return inbox.deliver_link(incoming, first, content);
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
    incoming.recipient = delivery.recipient;
    incoming.internal_date = delivery.internal_date;
    incoming.quota = delivery.quota;
    incoming.durable = delivery.how == How::anew;

    const auto account = store.account(delivery.account);
    const auto inbox = account->open("INBOX");
    if (!inbox) return {DeliveryResult::Kind::deferred, "4.2.0", "the mailbox cannot be opened", {}};
    DeliveryResult delivered{DeliveryResult::Kind::delivered, "2.0.0", "delivered", {}};
    if (delivery.how != How::first) {
        const auto compare = delivery.how == How::anew ? store::Compare::nothing : store::Compare::bytes;
        if ((*inbox)->served(incoming, content, compare)) return delivered;
    }
    const auto placed = place(**inbox, delivery, incoming, content);
    if (!placed) return over_quota(placed.error());
    if (delivery.how != How::anew) delivered.placed = {placed->path, placed->size_lf, placed->size_crlf};
    return delivered;
}

}  // namespace md::mdqueue
