// mdctl/command.cc - see command.h

#include "mdctl/command.h"

#include <array>

#include "base/assert.h"

namespace md::mdctl {

const std::vector<std::string>& Request::all(std::string_view name) const {
    static const std::vector<std::string> none;
    const auto found = values_.find(name);
    return found == values_.end() ? none : found->second;
}

const std::string& Request::one(std::string_view name) const {
    const auto& values = all(name);
    MD_ASSERT(values.size() == 1);  // the command line has been held against the table
    return values.front();
}

std::optional<std::string> Request::value(std::string_view name) const {
    const auto& values = all(name);
    return values.empty() ? std::nullopt : std::optional(values.back());
}

std::span<const Noun> all_nouns() {
    static const std::array nouns{
        Noun{"init", "a new private instance", init_verbs()},
        Noun{"start", "starting the daemons", start_verbs()},
        Noun{"stop", "ending the daemons", stop_verbs()},
        Noun{"restart", "ending and starting them", restart_verbs()},
        Noun{"reload", "a changed configuration", reload_verbs()},
        Noun{"status", "what runs", status_verbs()},
        Noun{"config", "the configuration file", config_verbs()},
        Noun{"domain", "domains that mail is taken for", domain_verbs()},
        Noun{"account", "people's accounts", account_verbs()},
        Noun{"alias", "addresses that stand for others", alias_verbs()},
        Noun{"group", "people who are written to, and may send, as one", group_verbs()},
        Noun{"mailbox", "mailboxes and their messages", mailbox_verbs()},
        Noun{"store", "mailboxes on disk", store_verbs()},
        Noun{"queue", "messages that wait", queue_verbs()},
        Noun{"quarantine", "copies that the filter set apart", quarantine_verbs()},
        Noun{"filter", "how messages are judged", filter_verbs()},
        Noun{"blacklist", "clients, senders and recipients whose mail is refused", blacklist_verbs()},
        Noun{"whitelist", "clients, senders and recipients whose mail is let through", whitelist_verbs()},
        Noun{"ban", "addresses, accounts and senders that are turned away", ban_verbs()},
        Noun{"sessions", "who is connected", sessions_verbs()},
        Noun{"stats", "what is counted", stats_verbs()},
        Noun{"log", "what happens", log_verbs()},
        Noun{"cert", "certificates and keys", cert_verbs()},
        Noun{"completion", "completion of commands in a shell", completion_verbs()},
        Noun{"manual", "pages and files that are made from the tables", manual_verbs()},
    };
    return nouns;
}

}  // namespace md::mdctl
