// mdqueue/forwarded_sender.cc - see forwarded_sender.h

#include "mdqueue/forwarded_sender.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "mdqueue/message_plan.h"

namespace md::mdqueue {

using async::Task;
using delivery::SrsFault;
using spool::Recipient;

namespace {

bool was_led_on(const Recipient& recipient) {
    return recipient.of != Recipient::kOwn;
}

std::string_view why(SrsFault fault) {
    return fault == SrsFault::too_long ? "the address of ours would be too long" : "it makes no address";
}

}  // namespace

ForwardedSender::ForwardedSender(Hands& hands, const spool::StoredEnvelope& stored, const Rules& rules)
    : hands_(hands), envelope_(stored.envelope), srs_(rules.srs.get()) {}

Task<void> ForwardedSender::look() {
    const auto& sender = envelope_.reverse_path;
    if (srs_ == nullptr || sender.empty() || std::ranges::none_of(envelope_.recipients, was_led_on)) co_return;
    auto domain = domain_of(sender);
    if (domain == srs_->domain) co_return;
    const auto found = co_await hands_.find_domain(std::move(domain));
    if (!found)
        unknown_ = "the sender's domain cannot be looked up: " + found.error().text;
    else
        foreign_ = !found->has_value();
    if (foreign_ && srs_->secrets.empty()) unknown_ = "the secret of queue.srs cannot be read";
}

Result<std::string, std::string> ForwardedSender::of(std::uint32_t recipient) const {
    const auto& sender = envelope_.reverse_path;
    if (!was_led_on(envelope_.recipients[recipient])) return sender;
    if (!unknown_.empty()) return fail(unknown_);
    if (!foreign_) return sender;
    auto ours = delivery::srs_rewrite(sender, domain_for(recipient), srs_->secrets.front(), hands_.now(), srs_->rules);
    if (ours) return std::move(*ours);
    hands_.log().event(Event::SenderKept, envelope_.id, sender, why(ours.error()));
    return sender;
}

/// Whoever is written to knows that domain, and it is one of ours: mail for it came here.
std::string ForwardedSender::domain_for(std::uint32_t recipient) const {
    if (!srs_->domain.empty()) return srs_->domain;
    const auto* from = &envelope_.recipients[recipient];
    while (was_led_on(*from)) from = &envelope_.recipients[from->of];
    return domain_of(from->address);
}

}  // namespace md::mdqueue
