// relay/exchanges.cc - see exchanges.h

#include "relay/exchanges.h"

#include <algorithm>
#include <random>
#include <utility>

#include "async/scope.h"
#include "base/strings.h"
#include "mail/address.h"

namespace md::relay {

using async::Deadline;
using async::Task;
using dns::Looked;
using dns::Mx;
using dns::Trouble;
using mail::Status;
using Found = ExchangeFinder::Found;

namespace {

constexpr Status kNoSuchDomain{5, 1, 2};
constexpr Status kNullMx{5, 1, 10};  // RFC 7505 §4.2
constexpr Status kCannotAsk{4, 4, 3};
constexpr Status kNoRouteNow{4, 4, 4};
constexpr Status kNoRoute{5, 4, 4};
constexpr Status kLoop{5, 4, 6};

std::size_t system_random(std::size_t below) {
    static thread_local std::minstd_rand random{std::random_device{}()};
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
}

RoutingFailure failure(Status status, std::string_view domain, std::string_view text) {
    RoutingFailure failure;
    failure.permanent = status.success_class == 5;
    failure.status = status;
    failure.text.append(printable(domain)).append(": ").append(text);
    return failure;
}

std::string without_final_dot(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return lower(name);
}

/// It means this machine, whichever that is.
bool here(const IpAddress& address) noexcept {
    return address.loopback() || std::ranges::all_of(address.octets(), [](char octet) { return octet == 0; });
}

/// "[192.0.2.1]", "[IPv6:2001:db8::1]" (RFC 5321 §4.1.3).
std::optional<IpAddress> address_in(std::string_view literal) {
    if (!mail::is_address_literal(literal)) return std::nullopt;
    literal = literal.substr(1, literal.size() - 2);
    if (starts_with_nocase(literal, "IPv6:")) literal.remove_prefix(5);
    return IpAddress::parse(literal);
}

/// One of the first, one of the second, and so on.
std::vector<IpAddress> alternate(const std::vector<IpAddress>& first, const std::vector<IpAddress>& second) {
    std::vector<IpAddress> all;
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) all.push_back(first[i]);
        if (i < second.size()) all.push_back(second[i]);
    }
    return all;
}

/// Nothing of it says that the host has an address, nor that it has none.
bool could_not_ask(const Looked<IpAddress>& answer) {
    return !answer && answer.error().trouble != Trouble::not_a_name;
}

}  // namespace

struct ExchangeFinder::Search {
    std::string domain;
    std::uint16_t port = kSmtpPort;
    Deadline deadline;
    bool named_by_us = false;
    std::vector<Mx> records;  ///< in the order of trying
    Exchanges found{};
    std::size_t addresses = 0;
    std::optional<std::uint16_t> our_preference{};  ///< hosts from there on are not asked about
    bool limited = false;                           ///< not all hosts were looked at
    std::optional<dns::LookupFailure> trouble{};    ///< the last one

    [[nodiscard]] Found conclude();
};

Found ExchangeFinder::Search::conclude() {
    if (our_preference) {
        auto& hosts = found.hosts;
        std::erase_if(hosts, [this](const auto& host) { return host.preference >= *our_preference; });
    }
    if (!found.hosts.empty()) return std::move(found);
    if (trouble) return fail(failure(kCannotAsk, domain, "its mail hosts cannot be looked up now: " + trouble->detail));
    // RFC 5321 §5.1: "If there are no records left at that point, it is an error condition".
    if (our_preference) return fail(failure(kLoop, domain, "mail loops back to us: we are its best mail host"));
    if (limited) return fail(failure(kNoRouteNow, domain, "none of the mail hosts that were tried has an address"));
    return fail(failure(kNoRoute, domain,
                        found.implicit ? "it has neither a mail host nor an address"
                                       : "none of its mail hosts has an address that we can use"));
}

ExchangeFinder::ExchangeFinder(dns::Resolver& dns, Ourselves ourselves, Family family, Random random)
    : dns_(dns),
      ourselves_(std::move(ourselves)),
      family_(family),
      random_(random ? std::move(random) : Random(system_random)) {
    for (auto& name : ourselves_.names) name = without_final_dot(name);
}

bool ExchangeFinder::ours(std::string_view name) const {
    return std::ranges::find(ourselves_.names, name) != ourselves_.names.end();
}

bool ExchangeFinder::ours(const IpAddress& address) const {
    return std::ranges::find(ourselves_.addresses, address) != ourselves_.addresses.end();
}

bool ExchangeFinder::asks_for(bool v6) const noexcept {
    return family_ != (v6 ? Family::v4_only : Family::v6_only);
}

Task<Found> ExchangeFinder::find(std::string domain, std::uint16_t port, Deadline deadline) const {
    if (domain.starts_with('[')) co_return literal(domain, port);
    auto found = co_await through_mx(std::move(domain), port, deadline);
    co_return std::move(found);
}

Task<Found> ExchangeFinder::find_host(std::string host, std::uint16_t port, Deadline deadline) const {
    if (host.starts_with('[')) co_return literal(host, port);
    Search search{.domain = host, .port = port, .deadline = deadline, .named_by_us = true, .records = {}};
    search.records.push_back({0, without_final_dot(host)});
    search.found.implicit = true;
    co_await look_at_hosts(search);
    co_return search.conclude();
}

Found ExchangeFinder::literal(std::string_view domain, std::uint16_t port) const {
    const auto address = address_in(domain);
    if (!address) return fail(failure(kNoSuchDomain, domain, "no address"));
    if (port == kSmtpPort && (ours(*address) || here(*address)))
        return fail(failure(kLoop, domain, "mail loops back to us: the address is ours"));
    Exchanges found;
    Exchange host;
    host.name = host.canonical_name = lower(domain);
    host.addresses.emplace_back(*address, port);
    found.hosts.push_back(std::move(host));
    return found;
}

Task<Found> ExchangeFinder::through_mx(std::string domain, std::uint16_t port, Deadline deadline) const {
    auto answer = co_await dns_.mx(domain, deadline);
    if (!answer) {
        if (answer.error().trouble == Trouble::not_a_name)
            co_return fail(failure(kNoSuchDomain, domain, "not a domain name"));
        co_return fail(failure(kCannotAsk, domain, "cannot be looked up now: " + answer.error().detail));
    }
    if (answer->outcome == dns::Outcome::no_name) co_return fail(failure(kNoSuchDomain, domain, "no such domain"));
    Search search{.domain = domain, .port = port, .deadline = deadline, .named_by_us = false, .records = {}};
    search.found.secure = answer->secure;
    search.found.implicit = !answer->found();
    // Of an alias the target counts as if it were the domain, for the implicit MX as well (RFC 5321 §5.1).
    if (search.found.implicit) answer->records.push_back({0, without_final_dot(answer->canonical_name)});
    search.records = candidates(std::move(answer->records));
    if (search.records.empty()) co_return fail(failure(kNullMx, domain, "takes no mail (null MX)"));
    co_await look_at_hosts(search);
    co_return search.conclude();
}

/// By preference, those of one preference mixed, each host once. A null MX beside others is no host (RFC 7505 §3).
std::vector<Mx> ExchangeFinder::candidates(std::vector<Mx> records) const {
    std::erase_if(records, [](const Mx& mx) { return mx.host.empty(); });
    std::ranges::sort(records);
    for (std::size_t begin = 0, end = 0; begin < records.size(); begin = end) {
        while (end < records.size() && records[end].preference == records[begin].preference) ++end;
        for (auto left = end - begin; left > 1; --left)
            std::swap(records[begin + left - 1], records[begin + random_(left)]);
    }
    std::vector<Mx> once;
    for (auto& mx : records)
        if (std::ranges::find(once, mx.host, &Mx::host) == once.end()) once.push_back(std::move(mx));
    return once;
}

Task<void> ExchangeFinder::look_at_hosts(Search& search) const {
    // Names need no question, so that our own is found wherever it stands.
    for (const auto& mx : search.records)
        if (!search.named_by_us && !search.our_preference && ours(mx.host)) search.our_preference = mx.preference;
    std::size_t looked_at = 0;
    for (const auto& mx : search.records) {
        if (search.our_preference && mx.preference >= *search.our_preference) break;
        if (looked_at++ == kMostHosts || search.addresses >= kMostAddresses) {
            search.limited = true;
            break;
        }
        co_await look_at(search, mx);
    }
}

Task<void> ExchangeFinder::look_at(Search& search, Mx mx) const {
    const bool v6_first = family_ != Family::v4_first;
    Questions questions;
    for (const bool v6 : {v6_first, !v6_first})
        if (asks_for(v6)) questions.push_back({v6, std::nullopt});
    auto body = [&](async::Scope& scope) { return ask_all(scope, mx.host, search.deadline, questions); };
    co_await async::scoped(body);
    std::vector<Looked<IpAddress>> answers;
    for (auto& one : questions) answers.push_back(std::move(*one.answer));
    add(search, mx, answers);
}

/// Both families at the same time: some name servers never answer about one.
Task<void> ExchangeFinder::ask_all(async::Scope& scope, const std::string& host, Deadline deadline,
                                   Questions& questions) const {
    for (auto& one : questions) scope.spawn(ask(host, deadline, one));
    co_return;
}

Task<void> ExchangeFinder::ask(std::string host, Deadline deadline, Question& question) const {
    auto work = question.v6 ? dns_.aaaa(host, deadline) : dns_.a(host, deadline);
    auto answer = co_await work;
    question.answer.emplace(std::move(answer));
}

bool ExchangeFinder::is_us(const Search& search, const Exchange& host, const std::vector<IpAddress>& all) const {
    if (search.named_by_us && search.port != kSmtpPort) return false;
    if (!search.named_by_us && std::ranges::any_of(all, here)) return true;
    return ours(host.name) || ours(host.canonical_name) ||
           std::ranges::any_of(all, [this](const IpAddress& address) { return ours(address); });
}

void ExchangeFinder::add(Search& search, const Mx& mx, const std::vector<Looked<IpAddress>>& answers) const {
    Exchange host;
    host.name = host.canonical_name = mx.host;
    host.preference = mx.preference;
    host.secure = true;
    std::vector<IpAddress> none;
    std::vector<std::vector<IpAddress>> families(2);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (could_not_ask(answers[i])) search.trouble = answers[i].error();
        host.secure = host.secure && answers[i] && answers[i]->secure;
        if (!answers[i] || !answers[i]->found()) continue;
        host.canonical_name = without_final_dot(answers[i]->canonical_name);
        families[i] = answers[i]->records;
    }
    const auto all = alternate(families[0], families[1]);
    if (is_us(search, host, all)) {
        search.our_preference = mx.preference;
        return;
    }
    const auto room = std::min(kMostAddressesOfHost, kMostAddresses - search.addresses);
    for (auto address = all.begin(); address != all.end() && host.addresses.size() < room; ++address)
        if (std::find(all.begin(), address, *address) == address) host.addresses.emplace_back(*address, search.port);
    search.addresses += host.addresses.size();
    if (!host.addresses.empty()) search.found.hosts.push_back(std::move(host));
}

}  // namespace md::relay
