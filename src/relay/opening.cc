// relay/opening.cc - see opening.h

#include "relay/opening.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace md::relay {

using async::Task;
using mail::Status;
using smtp::Dialect;
using smtp::Extension;
using Failure = std::optional<OpenFailure>;

namespace {

constexpr int kReady = 220;
constexpr int kLoggedIn = 235;
constexpr int kGoOn = 334;
constexpr Status kNoTls{4, 7, 4};
constexpr Status kTlsFailed{4, 7, 5};
constexpr Status kNoLogin{4, 7, 0};
constexpr Status kLoginNeedsTls{4, 7, 11};

bool has_mechanism(const smtp::Offer& offer, std::string_view name) {
    return std::ranges::find(offer.mechanisms, name) != offer.mechanisms.end();
}

}  // namespace

std::string_view name(Stage stage) noexcept {
    switch (stage) {
        case Stage::connect: return "connect";
        case Stage::greeting: return "greeting";
        case Stage::hello: return "hello";
        case Stage::tls: return "tls";
        case Stage::login: return "login";
    }
    return "?";
}

Opening::Opening(Dialogue& dialogue, const Server& server, const std::string& hostname, const Timeouts& timeouts)
    : dialogue_(dialogue), server_(server), hostname_(hostname), timeouts_(timeouts) {}

/// A reply that does not let us go on, or trouble: in any case the connection is of no more use.
Failure Opening::fail_at(Stage stage, const std::string& command, const Dialogue::Answer& answer) {
    OpenFailure failure;
    failure.stage = stage;
    if (!answer) {
        failure.outcome = answer.error();
        failure.outcome.transcript = transcript_of(command, answer.error());
        return failure;
    }
    if (answer->transient() || answer->permanent()) {
        failure.outcome = outcome_of(*answer);
        failure.outcome.host_fault = true;
    } else {
        failure.outcome = dialogue_.give_up(Status{4, 5, 0}, "answers what does not fit: " + one_line(*answer));
    }
    failure.outcome.transcript = transcript_of(command, *answer);
    return failure;
}

Failure Opening::fail_at(Stage stage, Status status, std::string_view why) {
    OpenFailure failure;
    failure.stage = stage;
    failure.outcome = host_failed(status, server_.name + ": " + std::string(why));
    return failure;
}

Task<Failure> Opening::run() {
    auto failure = co_await await_greeting();
    if (failure) co_return std::move(failure);
    failure = co_await say_hello();
    if (failure) co_return std::move(failure);
    failure = co_await secure();
    if (failure || !server_.login) co_return std::move(failure);
    failure = co_await log_in();
    co_return std::move(failure);
}

Task<Failure> Opening::await_greeting() {
    const auto greeting = co_await dialogue_.read_reply(timeouts_.greeting);
    if (!greeting || greeting->code != kReady) co_return fail_at(Stage::greeting, "", greeting);
    co_return std::nullopt;
}

Task<Failure> Opening::say_hello() {
    const bool lmtp = server_.dialect == Dialect::lmtp;
    const auto hello = (lmtp ? "LHLO " : "EHLO ") + hostname_;
    const auto answer = co_await dialogue_.ask(hello, timeouts_.hello);
    if (answer && answer->positive()) {
        facts_.offer = read_offer(*answer);
        facts_.esmtp = true;
        co_return std::nullopt;
    }
    // RFC 5321 §3.2: a server that does not know EHLO is greeted as of old. Over TLS it has known it once.
    const bool old = answer && answer->permanent() && !lmtp && !dialogue_.stream().tls();
    if (!old || server_.login) co_return fail_at(Stage::hello, hello, answer);
    const auto old_hello = "HELO " + hostname_;
    const auto second = co_await dialogue_.ask(old_hello, timeouts_.hello);
    if (!second || !second->positive()) co_return fail_at(Stage::hello, old_hello, second);
    co_return std::nullopt;
}

Task<Failure> Opening::secure() {
    const bool must = server_.tls == TlsUse::must;
    if (server_.tls == TlsUse::none) co_return std::nullopt;
    if (!offers(Extension::starttls)) {
        if (must) co_return fail_at(Stage::tls, kNoTls, "TLS is required, and not offered");
        co_return std::nullopt;
    }
    const std::string command = "STARTTLS";
    const auto answer = co_await dialogue_.ask(command, timeouts_.tls);
    if (answer && answer->code == kReady) {
        auto failure = co_await shake_hands();
        co_return std::move(failure);
    }
    const bool refused = answer && (answer->transient() || answer->permanent());
    if (!refused || must) co_return fail_at(Stage::tls, command, answer);
    facts_.tls_refused = one_line(*answer);
    co_return std::nullopt;
}

Task<Failure> Opening::shake_hands() {
    static thread_local const auto opportunistic = net::TlsClient::opportunistic();
    auto client = server_.tls_client ? server_.tls_client : opportunistic;
    auto peer_name = server_.name;
    // SNI has no literals (RFC 6066 §3). Who verifies must have a name to verify: there a literal fails.
    if (!server_.tls_client && peer_name.starts_with('[')) peer_name.clear();
    auto trouble = co_await dialogue_.start_tls(std::move(client), std::move(peer_name), timeouts_.tls);
    if (trouble) {
        trouble->status = kTlsFailed;
        co_return fail_at(Stage::tls, "STARTTLS", fail(std::move(*trouble)));
    }
    // RFC 3207 §4.2: what was told before may have been told by anybody.
    facts_ = Facts();
    facts_.tls_version = dialogue_.stream().tls_version();
    facts_.tls_cipher = dialogue_.stream().tls_cipher();
    auto failure = co_await say_hello();
    // The last word of a handshake is ours: a server that does not like it says so behind it.
    if (failure && !dialogue_.alive()) failure->stage = Stage::tls;
    co_return std::move(failure);
}

Task<Failure> Opening::log_in() {
    if (!dialogue_.stream().tls())
        co_return fail_at(Stage::login, kLoginNeedsTls, "a password is sent over TLS alone, and there is none");
    if (has_mechanism(facts_.offer, "PLAIN")) {
        auto failure = co_await log_in_plain();
        co_return std::move(failure);
    }
    if (has_mechanism(facts_.offer, "LOGIN")) {
        auto failure = co_await log_in_stepwise();
        co_return std::move(failure);
    }
    co_return fail_at(Stage::login, kNoLogin, "offers neither AUTH PLAIN nor AUTH LOGIN");
}

Task<Failure> Opening::log_in_plain() {
    auto secret = std::string(1, '\0') + server_.login->user + '\0' + server_.login->password;
    auto command = "AUTH PLAIN " + base64_encode(secret);
    wipe(secret);
    dialogue_.put(command);
    wipe(command);
    const auto answer = co_await dialogue_.read_reply(timeouts_.login);
    co_return judge_login("AUTH PLAIN ****", answer);
}

Task<Failure> Opening::log_in_stepwise() {
    const std::string shown = "AUTH LOGIN";
    auto answer = co_await dialogue_.ask(shown, timeouts_.login);
    for (const auto* word : {&server_.login->user, &server_.login->password}) {
        if (!answer || answer->code != kGoOn) co_return judge_login(shown, answer);
        auto line = base64_encode(*word);
        dialogue_.put(line);
        wipe(line);
        answer = co_await dialogue_.read_reply(timeouts_.login);
    }
    co_return judge_login("AUTH LOGIN ****", answer);
}

/// A login that is refused is a matter between two administrators: no message is returned for it.
Failure Opening::judge_login(const std::string& shown, const Dialogue::Answer& answer) {
    if (answer && answer->code == kLoggedIn) return std::nullopt;
    auto failure = fail_at(Stage::login, shown, answer);
    failure->outcome.kind = Outcome::Kind::deferred;
    failure->outcome.status.success_class = 4;
    return failure;
}

}  // namespace md::relay
