// mdctl/queue_selection.cc - see queue_selection.h

#include "mdctl/queue_selection.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "base/strings.h"
#include "config/value.h"
#include "mdctl/refusals.h"
#include "policy/entry.h"

namespace md::mdctl {

using ipc::Json;

const Json::Array& recipients_of(const Json& message) {
    static const Json none;
    const auto* recipients = message.find("recipients");
    return recipients == nullptr ? none.items() : recipients->items();
}

namespace {

bool waits(const Json& recipient) {
    return recipient.text("state") == "waiting" || recipient.text("state") == "failed";
}

/// "-" is what stands on standard input, a line each.
std::vector<std::string> words_of(const Request& request) {
    std::vector<std::string> out;
    for (const auto& word : request.all("ID")) {
        if (word != "-") {
            out.push_back(word);
            continue;
        }
        for (std::string line; std::getline(std::cin, line);)
            if (const auto id = trim(line); !id.empty()) out.emplace_back(id);
    }
    return out;
}

}  // namespace

Result<Selection, Complaint> Selection::of(const Request& request, WallTime now) {
    Selection out;
    std::string_view empty;
    const auto take = [&](std::string_view flag) {
        const auto value = request.value(flag);
        if (value) out.given_ = true;
        if (value && value->empty()) empty = flag;
        return value;
    };
    out.given_ = request.has("--all");
    out.queue_ = take("--queue").value_or("");
    out.from_ = lower(take("--from").value_or(""));
    out.to_ = lower(take("--to").value_or(""));
    out.domain_ = lower(take("--domain").value_or(""));
    out.destination_ = lower(take("--destination").value_or(""));
    out.account_ = lower(take("--auth").value_or(""));
    out.reason_ = lower(take("--reason").value_or(""));
    if (const auto older = take("--older")) {
        const auto time = config::parse_duration(*older);
        if (!time) return fail(not_a("time", *older, "2h"));
        out.before_ = rfc3339(now - *time);
    }
    if (const auto larger = take("--larger")) {
        const auto size = config::parse_size(*larger);
        if (!size) return fail(not_a("size", *larger, "10M"));
        out.larger_ = static_cast<std::int64_t>(*size);
    }
    if (!empty.empty())
        return fail(
            Complaint{Exit::usage, std::string(empty) + " is empty; the null path is <>, and all messages --all"});
    return out;
}

bool Selection::fits(const Json& message) const {
    if (!queue_.empty() && message.text("queue") != queue_) return false;
    if (!from_.empty()) {
        const auto sender = lower(message.text("sender"));
        if (from_ == "<>" ? !sender.empty() : !policy::matches(from_, sender)) return false;
    }
    if (!account_.empty() && lower(message.text("account")) != account_) return false;
    // Of one form and in UTC, the earlier text is the earlier time.
    if (!before_.empty() && message.text("arrived") >= before_) return false;
    if (message.integer("size") <= larger_) return false;
    const bool any = to_.empty() && domain_.empty() && destination_.empty() && reason_.empty();
    return any || fits_recipients(message);
}

bool Selection::fits_recipients(const Json& message) const {
    return std::ranges::any_of(recipients_of(message), [this](const Json& recipient) {
        if (!waits(recipient)) return false;
        const auto address = lower(recipient.text("address"));
        if (!to_.empty() && !policy::matches(to_, address)) return false;
        if (!domain_.empty() && !address.ends_with("@" + domain_)) return false;
        const auto destination = lower(recipient.text("destination"));
        if (!destination_.empty() && destination != destination_ && !policy::matches(destination_, destination))
            return false;
        return lower(recipient.text("last_reply")).find(reason_) != std::string::npos;
    });
}

Result<QueueId, Complaint> queue_id(const std::string& text) {
    const auto id = QueueId::parse(text);
    if (id) return *id;
    return fail(Complaint{Exit::usage, "\"" + text.substr(0, 64) + "\" is no queue id; `mdctl queue list` shows them"});
}

Result<std::vector<QueueId>, Complaint> chosen(QueueAccess& queue, const Request& request, const std::string& within) {
    auto selection = Selection::of(request, real_clock().now());
    if (!selection) return fail(selection.error());
    std::vector<QueueId> ids;
    std::set<QueueId> seen;
    const auto add = [&](QueueId id) {
        if (seen.insert(id).second) ids.push_back(id);
    };
    if (request.has("ID")) {
        if (selection->given())
            return fail(Complaint{Exit::usage, "either ids are given, or what the messages are like"});
        for (const auto& word : words_of(request)) {
            const auto id = queue_id(word);
            if (!id) return fail(id.error());
            add(*id);
        }
        return ids;
    }
    if (!selection->given())
        return fail(
            Complaint{Exit::usage, "which messages? Give ids, or what they are like (--queue, --from, ...), or --all"});
    if (!within.empty()) selection->in_queue(within);
    const auto looked = queue.each([&](const Json& message) {
        if (!selection->fits(message)) return;
        if (const auto id = QueueId::parse(message.text("id"))) add(*id);
    });
    if (!looked) return fail(looked.error());
    return ids;
}

}  // namespace md::mdctl
