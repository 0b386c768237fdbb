// mdpop3d/login.cc - USER and PASS (RFC 1939 §7), AUTH (RFC 5034); see session.h
//
// CONTRACT
//   Taken under TLS alone. The password goes to the verifier and is forgotten with this command.
// DIAGNOSTICS
//   Pop3LoginFailed.

#include "async/loop.h"
#include "auth/sasl_dialogue.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "mdpop3d/session.h"

namespace md::mdpop3d {

using async::Task;

namespace opt = config::opt;

class Session::SaslLines final : public auth::SaslClient {
  public:
    explicit SaslLines(Session& session) : session_(session) {}

    Task<std::optional<std::string>> ask(std::string challenge) override {
        session_.reply("+ " + challenge);
        const auto until = session_.deadline();
        const auto line = co_await session_.reader_.read_line(until);
        if (line.too_long) co_return std::nullopt;
        co_return std::string(line.text);
    }

  private:
    Session& session_;
};

bool Session::password_is_safe() const {
    return stream_.tls() || config_.cleartext_allowed(stream_.peer().ip());
}

/// False: refused, and answered.
bool Session::may_log_in() {
    if (connection_.listener.auth == config::Auth::off) {
        refuse("[AUTH] no logins here");
    } else if (!password_is_safe()) {
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
    auto attempt = co_await auth::log_in(std::move(credentials), services_.verifier, origin());
    admit(attempt);
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
    SaslLines client(*this);
    auto attempt = co_await auth::log_in(*mechanism, std::move(initial), client, services_.verifier, origin());
    if (attempt) {
        admit(*attempt);
    } else {
        refuse(attempt.error() == auth::SaslFault::for_another ? "[AUTH] no right to act for another account"
                                                               : auth::text_of(attempt.error()));
    }
}

auth::Origin Session::origin() const {
    return {"pop3", stream_.peer().ip().text()};
}

/// Sets account_ if the login is right; else the answer is given here.
void Session::admit(auth::Attempt& attempt) {
    switch (attempt.verified.verdict) {
        case auth::Verdict::accepted:
            if (connection_.entry.enter(attempt.verified.account)) {
                account_ = std::move(attempt.verified.account);
            } else {
                reply("-ERR [IN-USE] this account has too many sessions, end one and try again");
            }
            break;
        case auth::Verdict::unavailable: reply("-ERR [SYS/TEMP] logins cannot be verified now, try again later"); break;
        case auth::Verdict::refused:
        case auth::Verdict::wrong: login_failed(attempt.name); break;
    }
}

void Session::login_failed(const std::string& name) {
    connection_.log.event(Event::Pop3LoginFailed, printable(name), stream_.peer().ip().text());
    refuse("[AUTH] account or password is wrong");
    if (static_cast<std::int64_t>(++auth_failures_) >= config_[opt::limits_auth_failures]) closing_ = true;
}

}  // namespace md::mdpop3d
