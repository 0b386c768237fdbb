// checks/lists_check.cc - see lists_check.h

#include "checks/lists_check.h"

#include <algorithm>

#include "base/strings.h"
#include "log/counter.h"

namespace md::checks {

using async::Task;
using policy::Entry;
using policy::Kind;
using policy::List;
using policy::Lists;

namespace {

using MaybeEntry = std::optional<Entry>;

/// "user@example.org" of "user+detail@example.org"; empty: there is no detail.
std::string without_detail(std::string_view address) {
    const auto at = address.rfind('@');
    const auto plus = address.find('+');
    if (at == std::string_view::npos || plus == std::string_view::npos || plus == 0 || plus > at) return {};
    return std::string(address.substr(0, plus)) + std::string(address.substr(at));
}

/// Of a black and a white entry that meet the same thing.
MaybeEntry stronger(MaybeEntry black, MaybeEntry white) {
    if (!black || !white) return black ? black : white;
    return policy::precision(black->kind, black->value) > policy::precision(white->kind, white->value) ? black : white;
}

/// What of a message is looked up in one scope.
struct Look {
    const Lists& lists;
    const Subject& subject;
    std::string_view recipient;
    WallTime now;

    [[nodiscard]] MaybeEntry find(List list, Kind kind, std::string_view scope) const {
        const auto& client = subject.client;
        switch (kind) {
            case Kind::ip: return client.address ? lists.find(list, scope, *client.address, now) : std::nullopt;
            case Kind::host: return lists.find_name(list, kind, scope, client.host, now);
            case Kind::helo: return lists.find_name(list, kind, scope, client.helo, now);
            case Kind::sender: return lists.find_name(list, kind, scope, subject.reverse_path, now);
            case Kind::recipient: return find_recipient(list, scope);
            case Kind::account: break;
        }
        return std::nullopt;
    }

    [[nodiscard]] MaybeEntry find_recipient(List list, std::string_view scope) const {
        if (recipient.empty()) return std::nullopt;
        auto found = lists.find_name(list, Kind::recipient, scope, recipient, now);
        const auto bare = without_detail(recipient);
        if (bare.empty() || (found && found->value == policy::comparable(recipient))) return found;
        auto other = lists.find_name(list, Kind::recipient, scope, bare, now);
        return stronger(std::move(found), std::move(other));
    }

    [[nodiscard]] MaybeEntry in_scope(std::string_view scope) const {
        MaybeEntry black;
        for (const auto kind : {Kind::ip, Kind::host, Kind::helo, Kind::sender, Kind::recipient}) {
            auto entry = stronger(find(List::black, kind, scope), find(List::white, kind, scope));
            if (!entry) continue;
            if (entry->list == List::white) return entry;
            if (!black) black = std::move(entry);
        }
        return black;
    }
};

std::string met(const Entry& entry, const Subject& subject) {
    switch (entry.kind) {
        case Kind::ip: return "mail from " + subject.client.address->text();
        case Kind::host: return "mail from " + printable(subject.client.host);
        case Kind::helo: return "mail from a client that calls itself " + printable(subject.client.helo);
        case Kind::recipient: return "mail for this address";
        case Kind::sender:
        case Kind::account: break;
    }
    return "mail from <" + printable(subject.reverse_path) + ">";
}

Finding finding_of(const Entry& entry, const Subject& subject) {
    Finding finding;
    const bool white = entry.list == List::white;
    finding.found = entry.value + (white ? " is on the white list" : " is on the black list");
    // Whose list it is is for the log: the peer asked about an alias, perhaps.
    finding.decision = white ? Decision(Action::exempt, finding.found)
                             : Decision(Action::refuse, met(entry, subject) + " is refused here: " + finding.found);
    if (!entry.scope.empty()) finding.found += " of " + entry.scope;
    return finding;
}

}  // namespace

std::vector<std::string> scopes_of(std::string_view recipient, std::string_view account) {
    std::vector<std::string> scopes;
    const auto add = [&scopes](std::string scope) {
        if (scope.empty() || std::find(scopes.begin(), scopes.end(), scope) != scopes.end()) return;
        scopes.push_back(std::move(scope));
    };
    const auto domain_of = [](const std::string& address) {
        const auto at = address.rfind('@');
        return at == std::string::npos ? std::string() : address.substr(at + 1);
    };
    const auto told = policy::comparable(account);
    const auto address = policy::comparable(recipient);
    add(told);
    if (address.find('@') != std::string::npos) {
        add(address);
        add(without_detail(address));
    }
    add(domain_of(told));
    add(domain_of(address));
    scopes.emplace_back();
    return scopes;
}

std::optional<Entry> listed(const Lists& lists, const Subject& subject, std::string_view recipient,
                            std::string_view account, WallTime now) {
    const Look look{lists, subject, recipient, now};
    if (lists.scoped(List::black) == 0 && lists.scoped(List::white) == 0) return look.in_scope("");
    for (const auto& scope : scopes_of(recipient, account))
        if (auto entry = look.in_scope(scope)) return entry;
    return std::nullopt;
}

ListsCheck::ListsCheck(ListsSource source, const Clock& clock)
    : Check({.name = "lists", .begins = Stage::rcpt, .due = Stage::rcpt, .on_failure = OnFailure::temp_fail}),
      source_(std::move(source)),
      clock_(clock) {}

Task<Finding> ListsCheck::examine(std::shared_ptr<const Subject> subject,
                                  std::optional<std::uint32_t> recipient) const {
    const auto* lists = source_();
    Finding finding;
    if (lists == nullptr) {
        finding.found = "the lists are not known yet";
        finding.decision = Decision(Action::temp_fail, "mail cannot be examined now, try again later");
        co_return finding;
    }
    const auto place = recipient.value_or(0);
    const auto& account = place < subject->accounts.size() ? subject->accounts[place] : std::string();
    const auto entry = listed(*lists, *subject, subject->recipients.at(place), account, clock_.now());
    if (!entry) co_return finding;
    log::count(Counter::list_hits);
    finding = finding_of(*entry, *subject);
    co_return finding;
}

WhiteListCheck::WhiteListCheck(ListsSource source, const Clock& clock)
    : Check({.name = "lists", .begins = Stage::mail, .due = Stage::mail}), source_(std::move(source)), clock_(clock) {}

Task<Finding> WhiteListCheck::examine(std::shared_ptr<const Subject> subject, std::optional<std::uint32_t>) const {
    const auto* lists = source_();
    Finding finding;
    if (lists == nullptr || lists->scoped(List::black) > 0 || lists->size(List::black, Kind::recipient) > 0)
        co_return finding;
    const auto entry = listed(*lists, *subject, {}, {}, clock_.now());
    if (entry && entry->list == List::white) finding = finding_of(*entry, *subject);
    co_return finding;
}

}  // namespace md::checks
