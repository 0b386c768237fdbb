// mdctl/account_login.cc - `mdctl account passwd`, `password-hash`, `auth-test`

#include <algorithm>
#include <array>

#include "async/loop.h"
#include "async/scope.h"
#include "auth/client.h"
#include "auth/protocol.h"
#include "base/address.h"
#include "base/encoding.h"
#include "daemon/trees.h"
#include "mdctl/addresses.h"
#include "mdctl/control.h"
#include "mdctl/new_secret.h"
#include "mdctl/owner_files.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

accounts::HashCost hash_cost(const config::Config& config) {
    return {static_cast<unsigned>(config[config::opt::auth_hash_cost]),
            static_cast<unsigned>(config[config::opt::auth_scram_iterations])};
}

Result<accounts::Secret, Complaint> new_secret(Context& context, const Request& request) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    auto password = context.new_password(request.has("--password-stdin"));
    if (!password) return fail(password.error());
    auto secret = accounts::make_secret(*password, hash_cost(**config));
    wipe(*password);
    if (!secret) return fail(Complaint{Exit::data, secret.error().text});
    return std::move(*secret);
}

namespace {

struct Way {
    std::string_view protocol;
    std::string_view daemon;
    std::string_view asked;  ///< as the daemon names it to its auth child
};
constexpr std::array kWays{Way{"smtp", "mdsmtpd", "smtp"}, Way{"submission", "mdsmtpd", "smtp"},
                           Way{"imap", "mdimapd", "imap"}, Way{"pop3", "mdpop3d", "pop3"}};

struct Asked {
    std::string socket;
    auth::Login login;
    auth::Verdict verdict = auth::Verdict::unavailable;
};

async::Task<void> ask_in(async::Scope& scope, Asked& asked) {
    auth::Client client(scope, asked.socket);
    auto login = std::move(asked.login);
    auto verified = co_await client.verify(std::move(login));
    asked.verdict = verified.verdict;
}

/// As a client of that protocol would be answered: failures are counted, and bars count.
Result<auth::Verdict, Complaint> ask_daemon(const config::Config& config, const Way& way, auth::Login login) {
    const auto socket = config[config::opt::paths_run] + "/" + auth::socket_name(way.daemon);
    if (!somebody_listens(socket))
        return fail(Complaint{Exit::no_daemon, std::string(way.daemon) + " does not run; `mdctl start` starts it"});
    async::Loop loop;
    Asked asked{socket, std::move(login)};
    const auto body = [&](async::Scope& scope) { return ask_in(scope, asked); };
    loop.run(async::scoped(body));
    return asked.verdict;
}

/// By the files, as the auth child looks at them.
Result<auth::Verdict, Complaint> look(Context& context, const accounts::Name& name, const std::string& password) {
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto account = (*directory)->find(name);
    if (!account) return fail(complaint_of(account.error()));
    const accounts::Secrets secrets(owner_files(), daemon::account_places(**context.config()).secrets);
    const auto right = secrets.verify(name, password);
    if (!right) return fail(complaint_of(right.error()));
    if (!*account || !*right) return auth::Verdict::wrong;
    return (*account)->may_log_in() ? auth::Verdict::accepted : auth::Verdict::refused;
}

std::string_view reason_of(auth::Verdict verdict) {
    switch (verdict) {
        case auth::Verdict::accepted: return "";
        case auth::Verdict::wrong: return "no such account, or not its password";
        case auth::Verdict::refused: return "the right password, but the account may not log in";
        case auth::Verdict::unavailable: return "barred after too many failures, or it could not be looked up";
    }
    return "";
}

Result<auth::Verdict, Complaint> verdict_of(Context& context, const Request& request, const accounts::Name& name) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto protocol = request.value("--protocol");
    const auto ip = request.value("--ip");
    const auto* way = std::ranges::find(kWays, protocol.value_or("imap"), &Way::protocol);
    if (way == kWays.end()) return fail(not_a("protocol with logins", *protocol, "imap"));
    const auto peer = IpAddress::parse(ip.value_or("127.0.0.1"));
    if (!peer) return fail(not_a("IP address", *ip, "192.0.2.1"));
    auto password = context.old_password(request.has("--password-stdin"));
    if (!password) return fail(password.error());
    if (protocol || ip)
        return ask_daemon(**config, *way,
                          auth::Login(name.text(), std::move(*password), std::string(way->asked), peer->text()));
    auto verdict = look(context, name, *password);
    wipe(*password);
    return verdict;
}

Outcome auth_test(Context& context, const Request& request) {
    const auto name = address_argument(request);
    if (!name) return fail(name.error());
    const auto verdict = verdict_of(context, request, *name);
    if (!verdict) return fail(verdict.error());
    const bool allowed = *verdict == auth::Verdict::accepted;
    const std::string reason(reason_of(*verdict));
    if (context.json() || allowed)
        context.print(ipc::Json().set("address", name->text()).set("allowed", allowed).set("reason", reason),
                      context.quiet() ? "" : name->text() + " may log in\n");
    if (allowed) return {};
    return fail(Complaint{Exit::no, name->text() + ": " + reason});
}

Outcome passwd(Context& context, const Request& request) {
    const auto account = account_argument(context, request);
    if (!account) return fail(account.error());
    const auto secret = new_secret(context, request);
    if (!secret) return fail(secret.error());
    const auto set = (*context.directory())->set_secret(account->name, *secret);
    if (!set) return fail(complaint_of(set.error()));
    return changed(context, "changed the password of " + account->name.text());
}

Outcome password_hash(Context& context, const Request& request) {
    const auto secret = new_secret(context, request);
    if (!secret) return fail(secret.error());
    context.print(ipc::Json()
                      .set("password_hash", secret->crypt)
                      .set("scram_sha_256", secret->scram_sha_256)
                      .set("scram_sha_1", secret->scram_sha_1),
                  accounts::text_of(*secret));
    return {};
}

constexpr std::array kAddress{Argument{"ADDRESS", "the account's address"}};
constexpr std::array kNewPassword{Flag{
    "--password-stdin", "", "read the password from the first line of standard input; without it a terminal is asked"}};
constexpr std::array kAuthTest{
    kNewPassword[0],
    Flag{"--protocol", "PROTOCOL",
         "ask the daemon of smtp, submission, imap or pop3, which counts a failure as one of a client"},
    Flag{"--ip", "ADDRESS", "likewise, as a client from there"},
};

constexpr std::array kVerbs{
    Verb{"account", "passwd", kAddress, kNewPassword,
         "Gives an account a new password; the old one is no longer taken.", passwd},
    Verb{"account", "auth-test", kAddress, kAuthTest,
         "Tells whether an account may log in with a password; exit 1: no. Without --protocol and --ip it looks at the "
         "files alone, and neither counts a failure nor knows of addresses and accounts that are barred.",
         auth_test},
    Verb{"account",
         "password-hash",
         {},
         kNewPassword,
         "Prints what would be kept of a password, as the text of a secret's file; as JSON with the names of import's "
         "columns.",
         password_hash},
};

}  // namespace

std::span<const Verb> account_login_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
