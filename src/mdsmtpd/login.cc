// mdsmtpd/login.cc - AUTH (RFC 4954); see session.h
//
// CONTRACT
//   Offered and taken under TLS alone. The password goes to the auth child and is forgotten with this command.
// DIAGNOSTICS
//   SmtpLoggedIn, SmtpLoginFailed.

#include "async/loop.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "mdsmtpd/session.h"

namespace md::mdsmtpd {

using async::Task;
using mail::Status;
using smtp::Reply;

namespace opt = config::opt;

namespace {

constexpr std::size_t kResponseLimit = 12'288;  // RFC 4954 §4

Reply bad_response(sasl::ResponseFault fault) {
    if (fault == sasl::ResponseFault::cancelled) return {501, Status{5, 7, 0}, "login cancelled"};
    return {501, Status{5, 5, 2}, "the response is not base64"};
}

}  // namespace

Task<void> Session::authenticate(std::string_view argument) {
    const auto blank = argument.find(' ');
    const auto* mechanism = sasl::find_mechanism(argument.substr(0, blank));
    if (connection_.listener.auth == config::Auth::off) {
        refuse(Reply(502, Status{5, 5, 1}, "AUTH is not offered here"));
    } else if (!stream_.tls()) {
        refuse(Reply(538, Status{5, 7, 11}, "STARTTLS first"));  // RFC 4954 §6
    } else if (!account_.empty()) {
        refuse(Reply(503, Status{5, 5, 1}, "logged in already"));
    } else if (mechanism == nullptr) {
        refuse(Reply(504, Status{5, 5, 4}, "unknown mechanism"));
    } else {
        std::optional<std::string> initial;
        if (blank != std::string_view::npos) initial = trim(argument.substr(blank));
        auto credentials = co_await exchange(*mechanism, std::move(initial));
        if (credentials) co_await verify(std::move(*credentials));
    }
}

/// The challenges and responses of one mechanism; none: the client's fault, and answered.
Task<std::optional<sasl::Credentials>> Session::exchange(const sasl::Mechanism& mechanism,
                                                         std::optional<std::string> initial) {
    const auto exchange = mechanism.make();
    std::optional<std::string> first;
    if (initial) {
        auto decoded = sasl::decode_initial_response(*initial);
        if (!decoded) {
            refuse(bad_response(decoded.error()));
            co_return std::nullopt;
        }
        first = std::move(*decoded);
    }
    auto step = exchange->start(first ? std::optional<std::string_view>(*first) : std::nullopt);
    while (const auto* challenge = std::get_if<sasl::Challenge>(&step)) {
        reply(Reply(334, base64_encode(challenge->octets)));
        reader_.set_limit(kResponseLimit);
        const auto deadline = command_deadline();
        const auto line = co_await reader_.read_line(deadline);
        reader_.set_limit(config_[opt::smtp_line_length]);
        if (line.too_long) {
            refuse(Reply(500, Status{5, 5, 6}, "the response is too long"));
            co_return std::nullopt;
        }
        auto response = sasl::decode_response(line.text);
        if (!response) {
            refuse(bad_response(response.error()));
            co_return std::nullopt;
        }
        step = exchange->respond(*response);
        wipe(*response);
    }
    if (auto* credentials = std::get_if<sasl::Credentials>(&step)) co_return std::move(*credentials);
    refuse(Reply(501, Status{5, 5, 2}, "the response is malformed"));
    co_return std::nullopt;
}

Task<void> Session::verify(sasl::Credentials credentials) {
    // Acting for another account is a right that nobody has yet.
    if (!credentials.authorization.empty() && !equal_nocase(credentials.authorization, credentials.authentication)) {
        refuse(Reply(535, Status{5, 7, 8}, "no right to act for another account"));
        co_return;
    }
    const auto ip = client_ip();
    auth::Login login(credentials.authentication, std::move(credentials.password), "smtp", ip);
    const auto verified = co_await services_.verifier.verify(std::move(login));
    switch (verified.verdict) {
        case auth::Verdict::accepted:
            account_ = verified.account;
            connection_.log.event(Event::SmtpLoggedIn, account_);
            reply(Reply(235, Status{2, 7, 0}, "logged in"));
            co_return;
        case auth::Verdict::unavailable:
            reply(Reply(454, Status{4, 7, 0}, "logins cannot be verified now, try again later"));
            co_return;
        case auth::Verdict::refused:
        case auth::Verdict::wrong: break;
    }
    connection_.log.event(Event::SmtpLoginFailed, printable(credentials.authentication), ip);
    refuse(Reply(535, Status{5, 7, 8}, "account or password is wrong"));
    if (static_cast<std::int64_t>(++auth_failures_) >= config_[opt::limits_auth_failures]) {
        reply(Reply(421, Status{4, 7, 0}, config_[opt::hostname] + " too many failed logins"));
        closing_ = true;
    }
}

}  // namespace md::mdsmtpd
