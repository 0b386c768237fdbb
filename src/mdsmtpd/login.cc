// mdsmtpd/login.cc - AUTH (RFC 4954); see session.h
//
// CONTRACT
//   Offered and taken under TLS alone. The password goes to the auth child and is forgotten with this command.
// DIAGNOSTICS
//   SmtpLoggedIn, SmtpLoginFailed.

#include "async/loop.h"
#include "auth/sasl_dialogue.h"
#include "base/strings.h"
#include "mdsmtpd/session.h"

namespace md::mdsmtpd {

using async::Task;
using mail::Status;
using smtp::Reply;

namespace opt = config::opt;

namespace {

constexpr std::size_t kResponseLimit = 12'288;  // RFC 4954 §4

Reply bad_response(auth::SaslFault fault) {
    const std::string text(auth::text_of(fault));
    switch (fault) {
        case auth::SaslFault::cancelled: return {501, Status{5, 7, 0}, text};
        case auth::SaslFault::too_long: return {500, Status{5, 5, 6}, text};
        case auth::SaslFault::for_another: return {535, Status{5, 7, 8}, text};
        case auth::SaslFault::not_base64:
        case auth::SaslFault::malformed: break;
    }
    return {501, Status{5, 5, 2}, text};
}

}  // namespace

class Session::SaslLines final : public auth::SaslClient {
  public:
    explicit SaslLines(Session& session) : session_(session) {}

    Task<std::optional<std::string>> ask(std::string challenge) override {
        auto& reader = session_.reader_;
        session_.reply(Reply(334, std::move(challenge)));
        reader.set_limit(kResponseLimit);
        const auto deadline = session_.command_deadline();
        const auto line = co_await reader.read_line(deadline);
        reader.set_limit(session_.config_[opt::smtp_line_length]);
        if (line.too_long) co_return std::nullopt;
        co_return std::string(line.text);
    }

  private:
    Session& session_;
};

bool Session::password_is_safe() const {
    return stream_.tls() || config_.cleartext_allowed(stream_.peer().ip());
}

Task<void> Session::authenticate(std::string_view argument) {
    const auto blank = argument.find(' ');
    const auto* mechanism = sasl::find_mechanism(argument.substr(0, blank));
    if (connection_.listener.auth == config::Auth::off) {
        refuse(Reply(502, Status{5, 5, 1}, "AUTH is not offered here"));
    } else if (!password_is_safe()) {
        refuse(Reply(538, Status{5, 7, 11}, "STARTTLS first"));  // RFC 4954 §6
    } else if (!account_.empty()) {
        refuse(Reply(503, Status{5, 5, 1}, "logged in already"));
    } else if (mechanism == nullptr) {
        refuse(Reply(504, Status{5, 5, 4}, "unknown mechanism"));
    } else {
        std::optional<std::string> initial;
        if (blank != std::string_view::npos) initial = trim(argument.substr(blank));
        SaslLines client(*this);
        auth::Origin origin("smtp", client_ip());
        auto attempt =
            co_await auth::log_in(*mechanism, std::move(initial), client, services_.verifier, std::move(origin));
        if (attempt) {
            admit(*attempt);
        } else {
            refuse(bad_response(attempt.error()));
        }
    }
}

void Session::admit(auth::Attempt& attempt) {
    switch (attempt.verified.verdict) {
        case auth::Verdict::accepted:
            account_ = std::move(attempt.verified.account);
            connection_.entry.note_account(account_);
            connection_.log.event(Event::SmtpLoggedIn, account_);
            reply(Reply(235, Status{2, 7, 0}, "logged in"));
            return;
        case auth::Verdict::unavailable:
            reply(Reply(454, Status{4, 7, 0}, "logins cannot be verified now, try again later"));
            return;
        case auth::Verdict::refused:
        case auth::Verdict::wrong: break;
    }
    connection_.log.event(Event::SmtpLoginFailed, printable(attempt.name), client_ip());
    refuse(Reply(535, Status{5, 7, 8}, "account or password is wrong"));
    if (static_cast<std::int64_t>(++auth_failures_) >= config_[opt::limits_auth_failures])
        reply(Reply(421, Status{4, 7, 0}, config_[opt::hostname] + " too many failed logins"));
}

}  // namespace md::mdsmtpd
