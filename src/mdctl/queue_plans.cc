// mdctl/queue_plans.cc - `mdctl queue reroute|schedule`: which way messages leave, and when
//
// RFC
//   3339 (times)

#include <array>

#include "base/strings.h"
#include "config/value.h"
#include "mdctl/queue_nouns.h"

namespace md::mdctl {

namespace {

using spool::Act;

constexpr std::string_view kDefault = "default";
constexpr auto kFarthest = std::chrono::hours(24 * 3650);  ///< before the time that means never

/// What was typed behind the ids is what the verb is about, as it is where it stands before them.
Request with_last_as(const Request& request, std::string_view name) {
    auto ids = request.all("ID");
    const auto& first = request.one(name);
    const bool first_is_id = first == "-" || QueueId::parse(first).has_value();
    if (ids.empty() || !first_is_id || QueueId::parse(ids.back())) return request;
    auto turned = request;
    turned.add(name, {ids.back()});
    ids.back() = first;
    turned.add("ID", std::move(ids));
    return turned;
}

/// Empty: by none. A name must be that of a [[route]] that there is.
Result<std::string, Complaint> route_of(Context& context, const std::string& text) {
    if (text == kDefault) return std::string();
    if (config::parse_route_target(text)) return text;
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto* route = config::is_route_domain(text) ? (*config)->route_called(text) : nullptr;
    if (route != nullptr) return route->domain;
    return fail(Complaint{Exit::usage, "\"" + printable(text, 64) +
                                           "\" is no route; expected \"smtp:[HOST]:PORT\", \"smtp:DOMAIN\", "
                                           "\"lmtp:[HOST]:PORT\", \"lmtp:unix:/path\", the domain of a [[route]], or "
                                           "\"default\""});
}

Outcome reroute(Context& context, const Request& typed) {
    const auto request = with_last_as(typed, "ROUTE");
    auto route = route_of(context, request.one("ROUTE"));
    if (!route) return fail(route.error());
    return act_on_messages(context, request, {Act::reroute, std::move(*route)}, "");
}

/// "2026-12-24T18:00:00+01:00" with its offset, or in UTC with a Z.
std::optional<WallTime> absolute_time(std::string text) {
    constexpr std::size_t kOffset = 6;
    if (text.size() < kOffset || text.back() == 'Z') return parse_rfc3339(text);
    const auto offset = text.substr(text.size() - kOffset);
    const auto hours = parse_number<unsigned>(std::string_view(offset).substr(1, 2));
    const auto minutes = parse_number<unsigned>(std::string_view(offset).substr(4));
    const bool good =
        (offset[0] == '+' || offset[0] == '-') && offset[3] == ':' && hours && *hours < 24 && minutes && *minutes < 60;
    if (!good) return std::nullopt;
    const auto time = parse_rfc3339(text.replace(text.size() - kOffset, kOffset, "Z"));
    if (!time) return std::nullopt;
    const auto shift = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return offset[0] == '+' ? *time - shift : *time + shift;
}

/// none: the flag is not given
Result<std::optional<WallTime>, Complaint> time_of(const Request& request, std::string_view flag, WallTime now) {
    const auto text = request.value(flag);
    if (!text) return std::optional<WallTime>();
    std::optional<WallTime> time;
    if (*text == "now") {
        time = now;
    } else if (text->starts_with('+')) {
        const auto wait = config::parse_duration(text->substr(1));
        if (wait && *wait < kFarthest) time = now + *wait;
    } else {
        time = absolute_time(*text);
    }
    if (time && *time < now + kFarthest) return time;
    return fail(Complaint{Exit::usage, std::string(flag) + " \"" + printable(*text, 64) +
                                           "\" is no time; expected one such as 2026-12-24T18:00:00Z or +2h, within "
                                           "ten years"});
}

Outcome schedule(Context& context, const Request& request) {
    const auto now = real_clock().now();
    const auto next = time_of(request, "--next", now);
    if (!next) return fail(next.error());
    const auto expire = time_of(request, "--expire", now);
    if (!expire) return fail(expire.error());
    if (!*next && !*expire) return fail(Complaint{Exit::usage, "what is to change? Give --next, --expire or both"});
    spool::Order order(Act::schedule);
    order.next = *next;
    order.expire = *expire;
    return act_on_messages(context, request, order, "");
}

constexpr std::array kRerouteArguments{
    Argument{"ROUTE", "as `to` of [[route]], or the domain of a [[route]]; default: what the configuration says"},
    kMessageIds[0]};
constexpr std::array kScheduleFlags = selection_and(std::array{
    Flag{"--next", "TIME", "when they are tried next: now, +2h, or such as 2026-12-24T18:00:00Z"},
    Flag{"--expire", "TIME", "when they go back to their senders if they could not be delivered; likewise"}});

constexpr std::array kVerbs{
    Verb{"queue", "reroute", kRerouteArguments, kSelection,
         "Sends what messages have left for other sites by another route, and tries it now.", reroute},
    Verb{"queue", "schedule", kMessageIds, kScheduleFlags,
         "Sets when messages are tried next, and when they are given up; requeue makes the latter as it was.",
         schedule},
};

}  // namespace

std::span<const Verb> queue_plan_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
