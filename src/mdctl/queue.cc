// mdctl/queue.cc - `mdctl queue`: what waits, looked at; what is done with it: queue_acts.cc
//
// FORMAT
//   doc/formats/queue.md

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/ids.h"
#include "base/strings.h"
#include "config/value.h"
#include "mdctl/list_stream.h"
#include "mdctl/owner_files.h"
#include "mdctl/queue_nouns.h"
#include "spool/spool.h"

namespace md::mdctl {

namespace {

using ipc::Json;

std::string reply_of(const Json& message) {
    for (const auto& recipient : recipients_of(message))
        if (auto reply = recipient.text("last_reply"); !reply.empty()) return reply;
    return {};
}

std::uint64_t size_of(const Json& message) {
    return static_cast<std::uint64_t>(message.integer("size"));
}

std::vector<std::string> row_of(const Json& message) {
    const auto& recipients = recipients_of(message);
    std::string first;
    if (!recipients.empty()) first = recipients.front().text("address");
    if (recipients.size() > 1) first += " +" + std::to_string(recipients.size() - 1);
    return {message.text("id"),
            message.text("queue"),
            message.text("arrived"),
            config::format_size(size_of(message)),
            "<" + message.text("sender") + ">",
            first,
            reply_of(message)};
}

std::string text_of(const Json& recipient) {
    auto out = "to       <" + recipient.text("address") + "> " + recipient.text("state");
    if (const auto by = recipient.text("by"); !by.empty()) out += " by <" + by + ">";
    out += ", tries " + std::to_string(recipient.integer("attempts"));
    if (const auto next = recipient.text("next_attempt"); !next.empty()) out += ", next " + next;
    if (const auto destination = recipient.text("destination"); !destination.empty()) out += ", for " + destination;
    if (const auto last = recipient.text("last_attempt"); !last.empty()) {
        out += "\n         last tried " + last;
        if (const auto host = recipient.text("last_host"); !host.empty()) out += " at " + host;
    }
    if (const auto reply = recipient.text("last_reply"); !reply.empty()) out += "\n         " + reply;
    return out + "\n";
}

std::string text_of_message(const Json& message) {
    auto out = "id       " + message.text("id") + "\nqueue    " + message.text("queue") + "\nfrom     <" +
               message.text("sender") + ">\nsize     " + std::to_string(message.integer("size")) + "\narrived  " +
               message.text("arrived") + "\n";
    if (const auto expires = message.text("expires"); !expires.empty()) out += "expires  " + expires + "\n";
    if (const auto route = message.text("route"); !route.empty()) out += "route    " + route + "\n";
    for (const auto& recipient : recipients_of(message)) out += text_of(recipient);
    if (const auto* history = message.find("history")) {
        for (const auto& step : history->items())
            out += step.text("time") + "  " + step.text("event") + "  " + step.text("recipient") + "  " +
                   step.text("status") + " " + step.text("text") + "\n";
    }
    return out;
}

/// What messages are counted by.
struct Sum {
    std::int64_t messages = 0;
    std::uint64_t bytes = 0;
    std::string oldest;
};

std::string age_of(const Json& message, WallTime now) {
    const std::array<std::pair<std::chrono::hours, const char*>, 4> bounds{{{std::chrono::hours(1), "under 1h"},
                                                                            {std::chrono::hours(24), "1h to 1d"},
                                                                            {std::chrono::hours(72), "1d to 3d"},
                                                                            {std::chrono::hours(168), "3d to 7d"}}};
    for (const auto& [bound, text] : bounds)
        if (message.text("arrived") > rfc3339(now - bound)) return text;
    return "over 7d";
}

/// The keys under which one message is counted; none twice.
std::set<std::string> keys_of(const Json& message, const std::string& by, WallTime now) {
    if (by == "queue") return {message.text("queue")};
    if (by == "sender") return {message.text("sender").empty() ? "<>" : message.text("sender")};
    if (by == "age") return {age_of(message, now)};
    std::set<std::string> keys;
    for (const auto& recipient : recipients_of(message)) {
        if (recipient.text("state") != "waiting" && recipient.text("state") != "failed") continue;
        const auto address = recipient.text("address");
        if (by == "destination") {
            if (const auto at = recipient.text("destination"); !at.empty()) keys.insert(at);
            continue;
        }
        keys.insert(by == "reason" ? recipient.text("last_reply") : lower(address.substr(address.rfind('@') + 1)));
    }
    return keys;
}

Outcome stats(Context& context, const Request& request) {
    const auto by = request.value("--by").value_or("queue");
    constexpr std::array<std::string_view, 6> kinds{"queue", "domain", "destination", "sender", "reason", "age"};
    if (std::ranges::find(kinds, by) == kinds.end())
        return fail(not_a("way to count", by, "domain, destination, sender, reason, age or queue"));
    const auto queue = QueueAccess::open(context);
    if (!queue) return fail(queue.error());
    std::map<std::string, Sum> sums;
    const auto now = real_clock().now();
    const auto counted = (*queue)->each([&](const Json& message) {
        for (const auto& key : keys_of(message, by, now)) {
            auto& sum = sums[key];
            ++sum.messages;
            sum.bytes += size_of(message);
            if (const auto arrived = message.text("arrived"); sum.oldest.empty() || arrived < sum.oldest)
                sum.oldest = arrived;
        }
    });
    if (!counted) return counted;
    auto all = Json::array();
    Table table{{upper(by), "MESSAGES", "BYTES", "OLDEST"}};
    for (const auto& [key, sum] : sums) {
        all.add(Json().set(by, key).set("messages", sum.messages).set("bytes", sum.bytes).set("oldest", sum.oldest));
        table.push_back({key, std::to_string(sum.messages), config::format_size(sum.bytes), sum.oldest});
    }
    context.print_list(all, table);
    return {};
}

Outcome show(Context& context, const Request& request) {
    const auto id = queue_id(request.one("ID"));
    if (!id) return fail(id.error());
    const auto queue = QueueAccess::open(context);
    if (!queue) return fail(queue.error());
    const auto message = (*queue)->show(*id);
    if (!message) return fail(message.error());
    if (message->is_null()) return fail(not_in_queue(*id));
    context.print(*message, text_of_message(*message));
    return {};
}

Outcome cat(Context& context, const Request& request) {
    const auto id = queue_id(request.one("ID"));
    if (!id) return fail(id.error());
    const auto config = context.config();
    if (!config) return fail(config.error());
    // It may move to another queue between two looks.
    for (int i = 0; i < 3; ++i) {
        const auto file = find_message((**config)[config::opt::paths_spool], *id);
        if (!file) continue;
        constexpr std::size_t kPiece = 1U << 20;
        std::string piece;
        for (std::uint64_t at = 0;; at += piece.size()) {
            piece.resize(kPiece);
            piece.resize(file->read_at(at, piece.data(), piece.size()));
            if (piece.empty()) return {};
            context.print_raw(piece);
        }
    }
    return fail(not_in_queue(*id));
}

Outcome run(Context& context, const Request& request) {
    const auto queue = QueueAccess::open(context);
    if (!queue) return fail(queue.error());
    const auto selection = Selection::of(request, real_clock().now());
    if (!selection) return fail(selection.error());
    const bool all = request.has("--all") || (!request.has("ID") && !selection->given());
    std::vector<QueueId> ids;
    if (!all) {
        auto some = chosen(**queue, request);
        if (!some) return fail(some.error());
        ids = std::move(*some);
    }
    const auto tried = (*queue)->run(ids, all);
    if (!tried) return fail(tried.error());
    if (request.has("ID") && *tried == 0)
        return fail(Complaint{Exit::not_there, "none of these messages waits in the queue"});
    context.print(Json().set("messages", *tried), "trying " + std::to_string(*tried) + " messages now\n");
    return {};
}

Outcome list(Context& context, const Request& request) {
    return list_messages(context, request, "");
}

constexpr std::array kId{Argument{"ID", "the queue id of a message"}};
constexpr std::array kStatsFlags{
    Flag{"--by", "WHAT", "domain, destination, sender, reason, age or queue; queue if not given"}};

constexpr std::array kVerbs{
    Verb{"queue", "list", {}, kSelection, "Lists the messages that wait, with the last reply about each.", list},
    Verb{"queue", "stats", {}, kStatsFlags, "Counts the messages that wait and says how old the oldest is.", stats},
    Verb{"queue", "show", kId, {}, "Shows one message: its recipients and what has happened to it.", show},
    Verb{"queue", "cat", kId, {}, "Writes a message as it lies in the queue.", cat},
    Verb{"queue", "run", kMessageIds, kSelection,
         "Tries messages now instead of at their time; without a selection all that wait for a next try. A destination "
         "of theirs that is left alone gets one probe, and the rest if that goes well.",
         run},
};

}  // namespace

Complaint not_in_queue(QueueId id) {
    return {Exit::not_there, "no message " + id.text() + " is in the queue"};
}

std::unique_ptr<File> find_message(const std::string& spool, QueueId id) {
    auto& files = owner_files();
    for (const auto& state : files.list(spool).value_or(std::vector<std::string>{})) {
        if (!spool::is_state_name(state)) continue;
        if (auto file = files.open_if_there(spool::message_file(spool, state, id), OpenMode::read)) return file;
    }
    return nullptr;
}

Outcome list_messages(Context& context, const Request& request, const std::string& within) {
    const auto queue = QueueAccess::open(context);
    if (!queue) return fail(queue.error());
    auto selection = Selection::of(request, real_clock().now());
    if (!selection) return fail(selection.error());
    if (!within.empty()) selection->in_queue(within);
    ListStream list(context, {"ID", "QUEUE", "ARRIVED", "SIZE", "FROM", "TO", "LAST REPLY"});
    const auto looked = (*queue)->each([&](const Json& message) {
        if (selection->fits(message)) list.add(message, row_of(message));
    });
    if (!looked) return looked;
    list.end();
    return {};
}

Outcome show_waiting(Context& context, const Request& request) {
    return show(context, request);
}

Outcome cat_waiting(Context& context, const Request& request) {
    return cat(context, request);
}

std::span<const Verb> queue_verbs() {
    static const auto all = [] {
        std::vector<Verb> verbs(kVerbs.begin(), kVerbs.end());
        for (const auto& verb : queue_destination_verbs()) verbs.push_back(verb);
        for (const auto& verb : queue_act_verbs()) verbs.push_back(verb);
        for (const auto& verb : queue_plan_verbs()) verbs.push_back(verb);
        return verbs;
    }();
    return all;
}

}  // namespace md::mdctl
