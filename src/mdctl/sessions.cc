// mdctl/sessions.cc - `mdctl sessions list`, `kill`
//
// CONTRACT
//   Asks each daemon that serves clients and runs. kill returns when the sessions that were meant have ended: each says
//   its farewell where nothing is lost, and what its client has not been told is as if it had not asked.

#include "mdctl/sessions.h"

#include <algorithm>
#include <array>
#include <set>

#include "accounts/name.h"
#include "base/address.h"
#include "mdctl/control.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

using namespace std::chrono_literals;
using ipc::Json;

constexpr std::array<std::string_view, 3> kServing{"mdsmtpd", "mdimapd", "mdpop3d"};
constexpr std::array<std::string_view, 5> kProtocols{"smtp", "submission", "lmtp", "imap", "pop3"};
/// A child that has to cut sessions off takes some seconds.
constexpr auto kListTime = 12s;
constexpr auto kKillTime = 15s;

/// The request with what the flags mean.
Result<Json, Complaint> request_of(const Request& request, std::string_view what) {
    Json out = Json().set("request", what);
    if (const auto account = request.value("--account")) {
        const auto name = accounts::parse_name(*account);
        if (!name) return fail(not_a("address of an account", *account, "bob@example.org"));
        out.set("account", name->text());
    }
    if (const auto ip = request.value("--ip")) {
        const auto address = IpAddress::parse(*ip);
        if (!address) return fail(not_a("IP address", *ip, "192.0.2.1"));
        out.set("ip", address->text());
    }
    if (const auto protocol = request.value("--protocol")) {
        if (std::find(kProtocols.begin(), kProtocols.end(), *protocol) == kProtocols.end())
            return fail(not_a("protocol", *protocol, "imap"));
        out.set("protocol", *protocol);
    }
    return out;
}

/// Those of the daemons that run; a complaint if none does.
Result<std::vector<std::string_view>, Complaint> running(const config::Config& config) {
    std::vector<std::string_view> out;
    for (const auto daemon : kServing)
        if (runs(config, daemon)) out.push_back(daemon);
    if (out.empty())
        return fail(Complaint{Exit::no_daemon, "no daemon that serves clients runs; `mdctl start` starts them"});
    return out;
}

std::vector<std::string> row_of(const Json& session) {
    const auto user = session.text("user");
    return {session.text("protocol"),
            user.empty() ? session.text("account") : "user " + user,
            session.text("ip"),
            session.boolean("tls") ? "yes" : "no",
            session.text("since"),
            session.text("state") + (session.text("mailbox").empty() ? "" : " " + session.text("mailbox")),
            std::to_string(session.integer("bytes_in")),
            std::to_string(session.integer("bytes_out")),
            std::to_string(session.integer("commands")),
            session.text("session")};
}

/// All pages of a daemon's answer.
Result<std::vector<Json>, Complaint> sessions_of(const config::Config& config, std::string_view daemon, Json page) {
    std::vector<Json> out;
    for (bool more = true; more;) {
        const auto answer = control(config, daemon, page, kListTime);
        if (!answer) return fail(answer.error());
        if (const auto* sessions = answer->find("sessions"))
            out.insert(out.end(), sessions->items().begin(), sessions->items().end());
        const auto next = answer->text("next");
        more = !next.empty();
        page.set("next", next);
    }
    return out;
}

Outcome list(Context& context, const Request& request) {
    const auto config = context.config_despite_faults();
    if (!config) return fail(config.error());
    auto question = request_of(request, "sessions");
    if (!question) return fail(question.error());
    const auto daemons = running(**config);
    if (!daemons) return fail(daemons.error());
    auto all = Json::array();
    Table table{{"PROTOCOL", "ACCOUNT", "IP", "TLS", "SINCE", "STATE", "IN", "OUT", "COMMANDS", "SESSION"}};
    for (const auto daemon : *daemons) {
        const auto sessions = sessions_of(**config, daemon, *question);
        if (!sessions) return fail(sessions.error());
        for (const auto& session : *sessions) {
            table.push_back(row_of(session));
            all.add(session);
        }
    }
    context.print_list(all, table);
    return {};
}

Outcome kill(Context& context, const Request& request) {
    const auto config = context.config_despite_faults();
    if (!config) return fail(config.error());
    const auto question = request_of(request, "kill");
    if (!question) return fail(question.error());
    const bool all = question->members().size() == 1;
    if (all) {
        const auto sure = context.confirm(request.has("--yes"), "End the sessions of all clients?");
        if (!sure) return fail(sure.error());
    }
    const auto daemons = running(**config);
    if (!daemons) return fail(daemons.error());
    std::int64_t killed = 0;
    std::int64_t left = 0;
    for (const auto daemon : *daemons) {
        const auto answer = control(**config, daemon, *question, kKillTime);
        if (!answer) return fail(answer.error());
        killed += answer->integer("killed");
        left += answer->integer("left");
    }
    if (left > 0)
        return fail(Complaint{Exit::again, std::to_string(killed) + " sessions have ended, " + std::to_string(left) +
                                               " not yet; try again"});
    if (killed == 0) return fail(Complaint{Exit::no, "there is no such session"});
    context.print(Json().set("killed", killed),
                  std::to_string(killed) + (killed == 1 ? " session has ended" : " sessions have ended"));
    return {};
}

constexpr std::array kFilters{
    Flag{"--account", "ADDRESS", "Those of this account."},
    Flag{"--ip", "ADDRESS", "Those from this address."},
    Flag{"--protocol", "PROTOCOL", "Those of this protocol: smtp, submission, lmtp, imap, pop3."},
};
constexpr std::array kKillFlags{
    kFilters[0],
    kFilters[1],
    kFilters[2],
    Flag{"--yes", "", "Does not ask, where all sessions are meant."},
};

constexpr std::array kVerbs{
    Verb{"sessions",
         "list",
         {},
         kFilters,
         "Shows who is connected: protocol, account, address, since when, what is selected, bytes and commands so far.",
         list},
    Verb{
        "sessions",
        "kill",
        {},
        kKillFlags,
        "Ends the sessions that are meant, each with a word to its client, and returns when they have ended. Without a "
        "restriction it means all.",
        kill},
};

}  // namespace

Outcome end_sessions_of(const config::Config& config, const std::string& account) {
    for (const auto daemon : kServing) {
        if (!runs(config, daemon)) continue;
        const auto answer = control(config, daemon, Json().set("request", "kill").set("account", account), kKillTime);
        if (!answer && answer.error().code != Exit::no_daemon) return fail(answer.error());
        if (answer && answer->integer("left") > 0)
            return fail(Complaint{Exit::again, "a session of " + account + " has not ended yet; try again"});
    }
    return {};
}

Outcome end_sessions_in(const config::Config& config, const std::string& domain) {
    std::set<std::string> accounts;
    for (const auto daemon : kServing) {
        if (!runs(config, daemon)) continue;
        const auto sessions = sessions_of(config, daemon, Json().set("request", "sessions"));
        if (!sessions) return fail(sessions.error());
        for (const auto& session : *sessions)
            if (const auto account = session.text("account"); account.ends_with("@" + domain)) accounts.insert(account);
    }
    for (const auto& account : accounts)
        if (auto ended = end_sessions_of(config, account); !ended) return ended;
    return {};
}

std::span<const Verb> sessions_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
