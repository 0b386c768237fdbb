// mdctl/queue_destinations.cc - `mdctl queue destinations`: the other sites that mail waits for, and how they fare
//
// FORMAT
//   doc/formats/queue.md

#include <array>

#include "mdctl/queue_nouns.h"

namespace md::mdctl {

namespace {

using ipc::Json;

Outcome destinations(Context& context, const Request&) {
    const auto queue = QueueAccess::open(context);
    if (!queue) return fail(queue.error());
    const auto all = (*queue)->destinations();
    if (!all) return fail(all.error());
    Table table{{"DESTINATION", "MESSAGES", "STATE", "UNDER WAY", "WINDOW", "RESTS UNTIL", "LAST TROUBLE"}};
    for (const auto& one : all->items())
        table.push_back({one.text("destination"), std::to_string(one.integer("messages")), one.text("state"),
                         std::to_string(one.integer("under_way")), std::to_string(one.integer("window")),
                         one.text("rests_until"), one.text("last_trouble")});
    context.print_list(*all, table);
    return {};
}

constexpr std::array kVerbs{
    Verb{
        "queue",
        "destinations",
        {},
        {},
        "Lists the other sites that mail waits for or goes to: how many messages wait, how many transactions are under "
        "way and may be at once, and until when one that cannot be reached is left alone, and why.",
        destinations},
};

}  // namespace

std::span<const Verb> queue_destination_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
