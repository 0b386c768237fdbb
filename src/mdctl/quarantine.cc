// mdctl/quarantine.cc - `mdctl quarantine`: copies that the filter set apart

#include <array>

#include "mdctl/queue_nouns.h"
#include "spool/spool.h"

namespace md::mdctl {

namespace {

using spool::Act;

const std::string kQuarantine{spool::state::kQuarantine};

Outcome list(Context& context, const Request& request) {
    return list_messages(context, request, kQuarantine);
}
Outcome release(Context& context, const Request& request) {
    return act_on_messages(context, request, Act::release, kQuarantine);
}
Outcome remove(Context& context, const Request& request) {
    return act_on_messages(context, request, Act::remove, kQuarantine);
}

constexpr std::array kId{Argument{"ID", "the queue id of a message"}};
constexpr std::array kSureFlags = selection_and(
    std::array{Flag{"--yes", "", "do not ask"}, Flag{"--dry-run", "", "say which messages are meant, and do nothing"}});

constexpr std::array kVerbs{
    Verb{"quarantine", "list", {}, kSelection, "Lists what lies in quarantine.", list},
    Verb{"quarantine", "show", kId, {}, "Shows one message: its recipients, and why it lies there.", show_waiting},
    Verb{"quarantine", "cat", kId, {}, "Writes a message as it lies there.", cat_waiting},
    Verb{"quarantine", "release", kMessageIds, kSelection, "Delivers messages to the recipients they were kept from.",
         release},
    Verb{"quarantine", "remove", kMessageIds, kSureFlags, "Removes messages; nobody is told.", remove},
};

}  // namespace

std::span<const Verb> quarantine_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
