// mdqueue/outgoing_rates.cc - see outgoing_rates.h

#include "mdqueue/outgoing_rates.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/strings.h"
#include "spool/envelope_text.h"

namespace md::mdqueue {

using std::chrono::microseconds;

namespace {

constexpr std::string_view kFirstLine = "mdmail-rates 1";
constexpr std::size_t kSweepAt = 1024;
constexpr auto kLongest =
    std::chrono::hours(24 * 7);  ///< that a file may have mail wait: a clock or a bit may be wrong

microseconds interval(const Pace::Rate& rate) {
    return std::max(microseconds(1), rate.period / static_cast<std::int64_t>(rate.count));
}

microseconds left(Pace::Time until, Pace::Time now) {
    return until <= now ? microseconds(0) : std::chrono::duration_cast<microseconds>(until - now);
}

std::string sender_of(const spool::Envelope& envelope) {
    return lower(envelope.client.account.empty() ? envelope.reverse_path : envelope.client.account);
}

std::string text_of(std::string_view what, std::uint64_t count, std::string_view unit, std::string_view key) {
    return std::string(what) + ": " + std::to_string(count) + " " + std::string(unit) + " of " + std::string(key);
}

}  // namespace

std::optional<Pace::Time> Pace::ask(std::uint64_t count, const Rate& rate, bool was_promised, Time now) const {
    const auto start = std::max(used, now);
    const auto end = start + interval(rate) * static_cast<std::int64_t>(count);
    const bool room = start == now || end <= now + rate.period;
    if (room && (was_promised || promised <= now)) return std::nullopt;
    const auto soonest = count > rate.count ? start : std::max(now, end - rate.period);
    return was_promised ? soonest : std::max(soonest, promised);
}

void Pace::use(std::uint64_t count, const Rate& rate, Time now) {
    used = std::max(used, now) + interval(rate) * static_cast<std::int64_t>(count);
}

void Pace::promise(std::uint64_t count, const Rate& rate, Time when) {
    promised = std::max(promised, when) + interval(rate) * static_cast<std::int64_t>(count);
}

std::optional<OutgoingRates::Wait> OutgoingRates::ask_sender(const spool::Envelope& envelope, std::uint64_t recipients,
                                                             bool promised, Time now) {
    const auto sender = sender_of(envelope);
    if (sender.empty()) return std::nullopt;
    struct Asked {
        std::uint64_t limit;
        std::string key;
        std::string_view name;
    };
    const std::string domain = sender.substr(sender.rfind('@') + 1);
    const std::array<Asked, 2> asked{
        {{rules_.of_sender, "sender " + sender, sender}, {rules_.of_domain, "domain " + domain, domain}}};
    std::optional<Time> when;
    Wait wait;
    for (const auto& one : asked) {
        if (one.limit == 0) continue;
        const auto answer = paces_[one.key].ask(recipients, {one.limit, std::chrono::hours(1)}, promised, now);
        if (!answer || (when && *when >= *answer)) continue;
        when = answer;
        wait.reason = text_of(kOfSender, one.limit, "recipients an hour", one.name);
    }
    for (const auto& one : asked) {
        if (one.limit == 0) continue;
        const Pace::Rate rate{one.limit, std::chrono::hours(1)};
        if (!when)
            paces_[one.key].use(recipients, rate, now);
        else if (!promised)
            paces_[one.key].promise(recipients, rate, *when);
        dirty_ = true;
    }
    forget_paid(now);
    if (!when) return std::nullopt;
    wait.wait = left(*when, now);
    return wait;
}

std::optional<OutgoingRates::Wait> OutgoingRates::ask_destination(const std::string& destination, bool promised,
                                                                  Time now) {
    if (rules_.to_destination == 0) return std::nullopt;
    const Pace::Rate rate{rules_.to_destination, std::chrono::minutes(1)};
    auto& pace = paces_["destination " + destination];
    const auto when = pace.ask(1, rate, promised, now);
    if (!when)
        pace.use(1, rate, now);
    else if (!promised)
        pace.promise(1, rate, *when);
    dirty_ = true;
    forget_paid(now);
    if (!when) return std::nullopt;
    return Wait{left(*when, now), text_of(kToDestination, rate.count, "messages a minute", destination)};
}

void OutgoingRates::forget_paid(Time now) {
    if (paces_.size() < sweep_at_) return;
    std::erase_if(paces_, [now](const auto& one) { return one.second.used <= now && one.second.promised <= now; });
    sweep_at_ = std::max(kSweepAt, 2 * paces_.size());
}

std::string OutgoingRates::save(Time now, WallTime wall) {
    dirty_ = false;
    std::string out = std::string(kFirstLine) + "\n" + rfc3339(wall) + "\n";
    for (const auto& [key, pace] : paces_) {
        if (pace.used <= now && pace.promised <= now) continue;
        out += std::to_string(left(pace.used, now).count()) + " " + std::to_string(left(pace.promised, now).count()) +
               " " + spool::escape(key) + "\n";
    }
    return out;
}

bool OutgoingRates::load(std::string_view file, Time now, WallTime wall) {
    paces_.clear();
    const auto lines = split(file, '\n');
    if (lines.size() < 2 || lines[0] != kFirstLine) return false;
    const auto saved = parse_rfc3339(lines[1]);
    if (!saved) return false;
    // A clock that went back tells nothing of the time between.
    const auto gone = std::max(microseconds(0), std::chrono::duration_cast<microseconds>(wall - *saved));
    for (auto line : std::span(lines).subspan(2)) {
        const auto used = parse_number<std::uint64_t>(spool::next_word(line));
        const auto promised = parse_number<std::uint64_t>(spool::next_word(line));
        const auto key = spool::unescape(line);
        if (!used || !promised || !key || key->empty()) continue;
        const auto until = [&](std::uint64_t owed) {
            constexpr auto kMost = static_cast<std::uint64_t>(microseconds(kLongest).count());
            return now + std::max(microseconds(0), microseconds(std::min(owed, kMost)) - gone);
        };
        paces_[*key] = Pace{until(*used), until(*promised)};
    }
    return true;
}

}  // namespace md::mdqueue
