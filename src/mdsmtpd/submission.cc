// mdsmtpd/submission.cc - mail of our own users (RFC 6409): as whom they send, and what their programs leave out; see
// session.h
//
// CONTRACT
//   Whether an address is the login's is asked of delivery::EnvelopePolicy alone.

#include <algorithm>
#include <array>

#include "async/loop.h"
#include "base/strings.h"
#include "config/value.h"
#include "mail/address_completion.h"
#include "mail/address_list.h"
#include "mail/date.h"
#include "mail/header_edit.h"
#include "mail/trace.h"
#include "mdsmtpd/inbound.h"
#include "mdsmtpd/relay_rates.h"
#include "mdsmtpd/session.h"

namespace md::mdsmtpd {

using async::Task;
using mail::Status;
using smtp::Reply;

namespace opt = config::opt;

namespace {

/// More authors than this no message has; each costs a look-up.
constexpr std::size_t kMostAuthors = 100;
/// Address fields that are completed; each costs an edit.
constexpr std::size_t kMostCompletions = 100;

Reply bad_author(std::string text) {
    return {550, Status{5, 7, 1}, std::move(text)};
}

/// Those that stand neither in quotes nor in a comment.
std::size_t at_signs(std::string_view value) noexcept {
    std::size_t count = 0;
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t at = 0; at < value.size(); ++at) {
        const char c = value[at];
        if (c == '\\') {
            ++at;
        } else if (c == '"' && depth == 0) {
            quoted = !quoted;
        } else if (c == '(' && !quoted) {
            ++depth;
        } else if (c == ')' && depth > 0) {
            --depth;
        } else if (c == '@' && !quoted && depth == 0) {
            ++count;
        }
    }
    return count;
}

/// Of all From fields; none: one of them is no address, or may be read as another ("a@b <c@d>"), or there are too many.
std::optional<std::vector<mail::Address>> authors_of(std::string_view header) {
    std::vector<mail::Address> authors;
    mail::HeaderScanner scanner(header);
    while (const auto field = scanner.next()) {
        if (!equal_nocase(field->name, "From")) continue;
        const auto before = authors.size();
        mail::AddressListScanner addresses(field->value);
        mail::ListedAddress one;
        while (addresses.next(one)) {
            if (one.kind != mail::ListedAddress::Kind::mailbox) continue;
            if (one.mailbox.empty() || one.host.empty() || authors.size() == kMostAuthors) return std::nullopt;
            authors.push_back(mail::Address{one.mailbox, one.host});
        }
        if (at_signs(field->value) != authors.size() - before) return std::nullopt;
    }
    return authors;
}

}  // namespace

bool Session::must_match(std::string_view what) const {
    const auto& wanted = config_[opt::submission_sender_must_match];
    if (account_.empty()) return false;
    return wanted == "both" || wanted == what || (wanted == "true" && what == "envelope");
}

Task<std::optional<Reply>> Session::refuse_sender(const std::optional<mail::Address>& sender) {
    if (!sender || !must_match("envelope")) co_return std::nullopt;
    auto refusal = co_await services_.policy.refuse_sender(account_, *sender);
    co_return std::move(refusal);
}

/// RFC 6409 §8.1 leaves the From field to us.
Task<std::optional<Reply>> Session::refuse_author(const Inbound& message) {
    if (!must_match("from")) co_return std::nullopt;
    if (!message.header_whole()) co_return bad_author("a line of the header is no field");
    const auto authors = authors_of(message.header());
    if (!authors) co_return bad_author("From is no list of addresses");
    if (authors->empty()) co_return bad_author("the message has no author in From");
    for (const auto& author : *authors) {
        auto refusal = co_await services_.policy.refuse_sender(account_, author);
        if (!refusal) continue;
        if (refusal->transient()) co_return std::move(refusal);
        co_return bad_author("an address in From is not one of the login's");
    }
    co_return std::nullopt;
}

/// A host of [[relay]] beyond its rate is told to come again.
std::optional<Reply> Session::refuse_rate(const config::Relay& relay) {
    if (!account_.empty() || services_.relay_rates.take(relay, stream_.peer().ip())) return std::nullopt;
    return Reply(450, Status{4, 7, 1},
                 "too many messages, at most " + std::to_string(relay.rate_count) + " in " +
                     config::format_duration(relay.rate_time));
}

Inbound::Mend Session::mender() {
    if (!is_ours()) return nullptr;
    return [this](std::string_view header) { return mend(header); };
}

Task<std::vector<mail::HeaderEdit>> Session::mend(std::string_view header) {
    std::vector<mail::HeaderEdit> edits;
    if (connection_.user) {
        co_await complete_fields(header, edits);
        drop_blind_copies(header, edits);
    }
    add_missing_fields(header, edits);
    co_return std::move(edits);
}

/// What programs of our own users leave out (RFC 6409 §8.2, §8.3).
void Session::add_missing_fields(std::string_view header, std::vector<mail::HeaderEdit>& edits) const {
    const auto& envelope = transaction_->envelope;
    const auto add = [&](const char* name, std::string value) {
        if (mail::count_fields(header, name, 1) > 0) return;
        mail::HeaderEdit edit;
        edit.name = name;
        edit.value = std::move(value);
        edits.push_back(std::move(edit));
    };
    add("Date", mail::format_date(envelope.arrived, std::chrono::minutes(0)));
    add("Message-ID", mail::message_id(envelope.id.text(), config_[opt::hostname]));
}

/// Local programs leave out the domain, which is of this site (RFC 6409 §8.1). Without an answer of the directory the
/// fields stay as they are.
Task<void> Session::complete_fields(std::string_view header, std::vector<mail::HeaderEdit>& edits) {
    constexpr std::array kNames{"From",        "Sender",        "Reply-To",        "To",        "Cc",
                                "Resent-From", "Resent-Sender", "Resent-Reply-To", "Resent-To", "Resent-Cc"};
    mail::Address nobody;
    const auto whole = co_await services_.policy.complete(std::move(nobody));
    if (!whole) co_return;
    std::array<std::uint32_t, kNames.size()> seen{};
    mail::HeaderScanner scanner(header);
    while (const auto field = scanner.next()) {
        const auto name = std::ranges::find_if(kNames, [&](const char* one) { return equal_nocase(field->name, one); });
        if (name == kNames.end()) continue;
        const auto index = ++seen[static_cast<std::size_t>(name - kNames.begin())];
        auto value = mail::complete_addresses(trim(field->value), whole->domain);
        if (!value || edits.size() == kMostCompletions) continue;
        mail::HeaderEdit edit;
        edit.kind = mail::HeaderEdit::Kind::change;
        edit.name = *name;
        edit.value = std::move(*value);
        edit.index = index;
        edits.push_back(std::move(edit));
    }
}

/// RFC 5322 §3.6.3: the others are not told of blind copies. Programs that name the recipients themselves leave these
/// fields in.
void Session::drop_blind_copies(std::string_view header, std::vector<mail::HeaderEdit>& edits) {
    std::size_t dropped = 0;
    mail::HeaderScanner scanner(header);
    while (const auto field = scanner.next()) {
        if (!equal_nocase(field->name, "Bcc") && !equal_nocase(field->name, "Resent-Bcc")) continue;
        if (++dropped > kMostCompletions) return;
        mail::HeaderEdit edit;
        edit.kind = mail::HeaderEdit::Kind::remove;
        edit.name = field->name;
        edit.index = 1;  // of those that are left
        edits.push_back(std::move(edit));
    }
}

}  // namespace md::mdsmtpd
