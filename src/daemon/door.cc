// daemon/door.cc - see door.h

#include "daemon/door.h"

#include <algorithm>

#include "base/clock.h"

namespace md::daemon {

using async::Task;
using policy::Kind;
using policy::List;
using policy::Occasion;

namespace opt = config::opt;

policy::Rates rates_of(const config::Config& config) {
    policy::Rates rates;
    const auto set = [&rates](Occasion occasion, std::int64_t events, std::chrono::milliseconds time) {
        rates[static_cast<std::size_t>(occasion) - 1] = policy::Rate{static_cast<std::uint32_t>(events), time};
    };
    set(Occasion::connection, config[opt::limits_connections_per_minute], std::chrono::minutes(1));
    set(Occasion::message, config[opt::limits_messages_per_minute], std::chrono::minutes(1));
    set(Occasion::unknown_recipient, config[opt::limits_unknown_recipients_per_hour], std::chrono::hours(1));
    set(Occasion::early_talk, config[opt::limits_early_talk_per_hour], std::chrono::hours(1));
    set(Occasion::junk_command, config[opt::limits_junk_commands_per_hour], std::chrono::hours(1));
    return rates;
}

Door::Door(Child& child)
    : child_(child),
      bans_(child.run_path(policy::request::kPolicySocket), child.log(), policy::request::bit(List::ban)),
      counters_(child.run_path(policy::request::kPolicySocket), rates_of(child.config())) {}

void Door::open(async::Scope& scope) {
    scope.spawn(bans_.run());
    scope.spawn(counters_.run());
}

bool Door::counts(const IpAddress& address) const {
    const auto holds = [&address](const std::vector<Network>& networks) {
        return std::ranges::any_of(networks, [&address](const auto& one) { return one.contains(address); });
    };
    const auto& config = child_.config();
    if (address.loopback() || config.trusted(address.text()) || holds(config[opt::smtp_xclient_hosts])) return false;
    return std::ranges::none_of(config.relays(), [&](const auto& relay) { return holds(relay.networks); });
}

Task<Door::Way> Door::knock(IpAddress address) {
    if (address == IpAddress()) co_return Way::in;  // by a Unix socket
    if (bans_.lists().find(List::ban, "", address, real_clock().now())) co_return Way::banned;
    if (!counts(address)) co_return Way::in;
    const auto counted = co_await counters_.count(Occasion::connection, address);
    co_return counted.over ? Way::too_often : Way::in;
}

bool Door::account_banned(std::string_view address) const {
    return bans_.lists().find_name(List::ban, Kind::account, "", address, real_clock().now()).has_value();
}

bool Door::sender_banned(std::string_view sender) const {
    return bans_.lists().find_name(List::ban, Kind::sender, "", sender, real_clock().now()).has_value();
}

void GuardedVerifier::guard(auth::Verified& verified) const {
    if (verified.verdict == auth::Verdict::accepted && door_.account_banned(verified.account))
        verified.verdict = auth::Verdict::refused;
}

Task<auth::Verified> GuardedVerifier::verify(auth::Login login) {
    auto verified = co_await behind_.verify(std::move(login));
    guard(verified);
    co_return std::move(verified);
}

Task<auth::ScramSalt> GuardedVerifier::scram_salt(auth::ScramQuestion question) {
    auto salt = co_await behind_.scram_salt(std::move(question));
    co_return std::move(salt);
}

Task<auth::ScramVerified> GuardedVerifier::scram_verify(auth::ScramProof proof) {
    auto answer = co_await behind_.scram_verify(std::move(proof));
    guard(answer.verified);
    co_return std::move(answer);
}

}  // namespace md::daemon
