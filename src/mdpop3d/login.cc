// mdpop3d/login.cc - USER and PASS (RFC 1939 §7), AUTH (RFC 5034); see session.h
//
// CONTRACT
//   Taken under TLS alone. The password goes to the verifier and is forgotten with this command.
// DIAGNOSTICS
//   Pop3LoginFailed.

#include "async/loop.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "mdpop3d/session.h"

namespace md::mdpop3d {

using async::Task;

namespace opt = config::opt;

namespace {

std::string_view fault_text(sasl::ResponseFault fault) {
    return fault == sasl::ResponseFault::cancelled ? "login cancelled" : "the response is not base64";
}

}  // namespace

/// False: refused, and answered.
bool Session::may_log_in() {
    if (connection_.listener.auth == config::Auth::off) {
        refuse("[AUTH] no logins here");
    } else if (!stream_.tls()) {
        refuse("[AUTH] STLS first");  // RFC 2595 §2.2
    } else {
        return true;
    }
    return false;
}

void Session::user(std::string_view name) {
    if (!may_log_in()) return;
    user_ = name;
    reply("+OK");  // whether there is such an account is not told (RFC 1939 §13)
}

Task<void> Session::pass(std::string password) {
    if (!may_log_in()) {
        wipe(password);
        co_return;
    }
    if (user_.empty()) {
        wipe(password);
        refuse("USER first");
        co_return;
    }
    sasl::Credentials credentials({}, std::exchange(user_, {}), std::move(password));
    co_await verify(std::move(credentials));
}

Task<void> Session::authenticate(std::string argument) {
    if (!may_log_in()) co_return;
    if (argument.empty()) {
        // What clients older than CAPA ask (RFC 5034 §4, last example).
        reply("+OK");
        for (const auto& mechanism : sasl::mechanisms()) reply(mechanism.name);
        reply(".");
        co_return;
    }
    const auto blank = argument.find(' ');
    const auto* mechanism = sasl::find_mechanism(std::string_view(argument).substr(0, blank));
    if (mechanism == nullptr) {
        refuse("unknown mechanism");
        co_return;
    }
    std::optional<std::string> initial;
    if (blank != std::string::npos) initial = trim(std::string_view(argument).substr(blank));
    wipe(argument);
    auto credentials = co_await exchange(*mechanism, std::move(initial));
    if (credentials) co_await verify(std::move(*credentials));
}

/// The challenges and responses of one mechanism; none: the client's fault, and answered.
Task<std::optional<sasl::Credentials>> Session::exchange(const sasl::Mechanism& mechanism,
                                                         std::optional<std::string> initial) {
    const auto exchange = mechanism.make();
    std::optional<std::string> first;
    if (initial) {
        auto decoded = sasl::decode_initial_response(*initial);
        wipe(*initial);
        if (!decoded) {
            refuse(fault_text(decoded.error()));
            co_return std::nullopt;
        }
        first = std::move(*decoded);
    }
    auto step = exchange->start(first ? std::optional<std::string_view>(*first) : std::nullopt);
    if (first) wipe(*first);
    while (const auto* challenge = std::get_if<sasl::Challenge>(&step)) {
        reply("+ " + base64_encode(challenge->octets));
        const auto until = deadline();
        const auto line = co_await reader_.read_line(until);
        if (line.too_long) {
            refuse("the response is too long");
            co_return std::nullopt;
        }
        auto response = sasl::decode_response(line.text);
        if (!response) {
            refuse(fault_text(response.error()));
            co_return std::nullopt;
        }
        step = exchange->respond(*response);
        wipe(*response);
    }
    if (auto* credentials = std::get_if<sasl::Credentials>(&step)) co_return std::move(*credentials);
    refuse("the response is malformed");
    co_return std::nullopt;
}

/// Sets account_ if the password is right; else the answer is given here.
Task<void> Session::verify(sasl::Credentials credentials) {
    // Acting for another account is a right that nobody has yet.
    if (!credentials.authorization.empty() && !equal_nocase(credentials.authorization, credentials.authentication)) {
        refuse("[AUTH] no right to act for another account");
        co_return;
    }
    auth::Login login(credentials.authentication, std::move(credentials.password), "pop3", stream_.peer().ip().text());
    auto verified = co_await services_.verifier.verify(std::move(login));
    switch (verified.verdict) {
        case auth::Verdict::accepted: account_ = std::move(verified.account); break;
        case auth::Verdict::unavailable: reply("-ERR [SYS/TEMP] logins cannot be verified now, try again later"); break;
        case auth::Verdict::refused:
        case auth::Verdict::wrong: login_failed(credentials.authentication); break;
    }
}

void Session::login_failed(const std::string& name) {
    connection_.log.event(Event::Pop3LoginFailed, printable(name), stream_.peer().ip().text());
    refuse("[AUTH] account or password is wrong");
    if (static_cast<std::int64_t>(++auth_failures_) >= config_[opt::limits_auth_failures]) closing_ = true;
}

}  // namespace md::mdpop3d
