// dialogue/smtp_world.cc - see smtp_world.h

#include "dialogue/smtp_world.h"

#include <array>
#include <chrono>
#include <string>
#include <thread>

#include "async/loop.h"
#include "base/strings.h"
#include "mdsmtpd/session.h"
#include "milter/chain.h"

namespace md::dialogue {

using async::Task;

namespace opt = config::opt;

namespace {

/// bücher.example
constexpr std::string_view kOtherDomain = "xn--bcher-kva.example";

spool::IntakeSettings settings(const std::string& folder, const config::Config& config, Files& files) {
    spool::IntakeSettings out;
    out.directory = folder + "/intake";
    out.segment_size_bytes = 256U << 10;
    out.large_bytes = config[opt::intake_large];
    out.max_pending_bytes = config[opt::intake_max_pending] / 32;
    files.make_directories(out.directory);
    return out;
}

template <class E, std::size_t N>
std::optional<E> named(std::string_view text, const std::array<E, N>& all) {
    for (const auto one : all)
        if (config::name(one) == text) return one;
    return std::nullopt;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

std::string text_of(const spool::Envelope& envelope) {
    const auto said = [](const std::vector<spool::Parameter>& parameters) {
        std::string words;
        for (const auto& one : parameters) words += " " + one.name + (one.value.empty() ? "" : "=" + one.value);
        return words;
    };
    std::string out = "<" + envelope.reverse_path + ">" + said(envelope.parameters) + " >";
    for (const auto& recipient : envelope.recipients) {
        out += " <" + recipient.address + ">" + said(recipient.parameters);
        const auto& verdict = recipient.verdict;
        if (verdict.action == spool::Verdict::Action::accept) continue;
        out += "=" + std::string(spool::name(verdict.action)) + ":" + verdict.reason;
    }
    const auto& client = envelope.client;
    out += " ip=" + client.ip + (client.name.empty() ? "" : " name=" + client.name) + " helo=" + client.helo +
           " account=" + client.account;
    out += " origin=" + std::string(spool::name(client.origin)) + " tls=" + (client.tls ? "yes" : "no");
    out += " body=" + std::string(spool::name(envelope.body));
    out += std::string(" unfiltered=") + (envelope.unfiltered ? "yes" : "no");
    return out + (envelope.smtputf8 ? " smtputf8" : "");
}

/// What is wrong with the message; empty: it is as the patterns say.
std::string compare(std::string_view message, const std::vector<std::string>& patterns) {
    Variables none;
    bool skips = false;
    auto pattern = patterns.begin();
    while (!message.empty()) {
        const auto end = message.find('\n');
        const auto line = message.substr(0, end);
        message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
        if (pattern != patterns.end() && *pattern == "...") {
            skips = true;
            ++pattern;
        }
        if (pattern != patterns.end() && matches(*pattern, line, none)) {
            ++pattern;
            skips = false;
        } else if (!skips) {
            return "the message has: " + printable(line, 200);
        }
    }
    if (pattern != patterns.end() && *pattern == "...") ++pattern;
    return pattern == patterns.end() ? "" : "the message has not: " + *pattern;
}

}  // namespace

Result<std::optional<accounts::Domain>, accounts::Unavailable> People::find_domain(const std::string& domain) const {
    if (domain == "away.example") return fail(accounts::Unavailable{"a disk"});
    if (domain != kDomain && domain != kOtherDomain) return std::optional<accounts::Domain>();
    accounts::Domain found;
    found.name = domain;
    found.postmaster = "alice@example.org";
    return std::optional(std::move(found));
}

Result<std::optional<accounts::Account>, accounts::Unavailable> People::find(const accounts::Name& name) const {
    constexpr std::array<std::pair<std::string_view, accounts::State>, 5> kPeople{
        {{"bob", accounts::State::enabled},
         {"jürgen", accounts::State::enabled},
         {"alice", accounts::State::enabled},
         {"frozen", accounts::State::frozen},
         {"disabled", accounts::State::disabled}}};
    for (const auto& [local_part, state] : kPeople) {
        if ((name.domain != kDomain && name.domain != kOtherDomain) || name.local_part != local_part) continue;
        accounts::Account found;
        found.name = name;
        found.state = state;
        if (local_part == "bob") found.send_as.emplace_back("sales@example.org");
        return std::optional(std::move(found));
    }
    return std::optional<accounts::Account>();
}

Result<std::vector<std::string>, accounts::Unavailable> People::domains() const {
    return std::vector<std::string>{std::string(kDomain)};
}

Result<std::vector<accounts::Name>, accounts::Unavailable> People::accounts_of(const std::string&) const {
    return std::vector<accounts::Name>();
}

SmtpWorld::SmtpWorld(const Surroundings& surroundings)
    : disk_(surroundings),
      folder_(surroundings.folder),
      config_(read_config(surroundings)),
      sessions_(surroundings, *config_, "smtp"),
      pool_(2),
      policy_(people_, pool_, (*config_)[opt::hostname]),
      intake_(disk_.files(), pool_, settings(folder_, *config_, disk_.files()), (*config_)[opt::intake_gather], clock_,
              [] {}),
      ids_(1, clock_),
      relay_rates_(*config_, sessions_.table(), sessions_.row()),
      filter_(folder_ + "/filter.sock"),
      services_{config_,
                passwords_,
                policy_,
                intake_,
                ids_,
                clock_,
                relay_rates_,
                milter::endpoints((*config_)[opt::filter_milters], folder_ + "/filter.sock"),
                [tls = surroundings.tls] { return tls; },
                &dns_},
      reader_(disk_.files(), folder_ + "/intake") {
    dns_.add_ptr("203.0.113.5", "MX.named.example");
    dns_.add_address("mx.named.example", "203.0.113.5");
    dns_.add_ptr("2001:db8:53::5", "mx.named.example");
    dns_.add_address("mx.named.example", "2001:db8:53::5");
    dns_.add_ptr("203.0.113.6", "mail.example.org");
    dns_.add_address("mail.example.org", "192.0.2.25");
    dns_.add_ptr("203.0.113.7", "mx.broken.example");
    dns_.break_at("mx.broken.example", dns::Type::a, dns::Trouble::server_failed);
}

Task<void> SmtpWorld::serve(net::Stream& stream, const config::Listener& listener, log::Logger log) {
    auto entry = sessions_.entry(stream);
    // So many connections has 198.51.100.99 already.
    const auto recount = [](const IpAddress& client) { return client.text() != "198.51.100.99"; };
    mdsmtpd::Connection connection{stream, listener, std::move(log), entry, recount, user_};
    mdsmtpd::Session session(services_, std::move(connection));
    const auto talk = [&session] { return session.serve(); };
    co_await sessions_.book().listed(entry, stream, talk);
}

Task<void> SmtpWorld::background() {
    auto body = [this](async::Scope& scope) { return run_beside(scope); };
    co_await async::scoped(body);
}

Task<void> SmtpWorld::run_beside(async::Scope& scope) {
    scope.spawn(intake_.run());
    scope.spawn(relay_rates_.run());
    co_await filter_.run(scope);
}

std::vector<Step> SmtpWorld::login(const std::string& account) const {
    auto extensions = step(Step::Kind::expect, "250 *");
    extensions.skips = true;
    return {step(Step::Kind::expect, "220 *"), step(Step::Kind::send, "EHLO client.example"), std::move(extensions),
            step(Step::Kind::send, "AUTH PLAIN ${plain:" + account + "@example.org:secret}"),
            step(Step::Kind::expect, "235 *")};
}

Task<std::string> SmtpWorld::act(std::string word, Words arguments, Words block) {
    const auto pattern = joined(arguments);
    std::string fault;
    if (word == "LISTENER") {
        fault = choose_listener(arguments);
    } else if (word == "KILL") {
        fault = co_await sessions_.kill();
    } else if (word == "FILTER") {
        fault = co_await filter_.act(std::move(arguments));
    } else if (word == "SEEN") {
        fault = filter_.seen(pattern);
    } else if (word == "UNSEEN") {
        fault = filter_.unseen(pattern);
    } else if (word == "FAULT") {
        fault = disk_.fail(arguments);
    } else if (word == "MEND") {
        disk_.mend();
    } else if (word == "TAKEN") {
        auto work = [&] { take_over(); };
        co_await async::offload(pool_, work);
    } else if (word == "ROOM") {
        fault = co_await wait_for_room();
    } else if (word == "STORED") {
        auto work = [&] { return stored(arguments, block); };
        fault = co_await async::offload(pool_, work);
    } else {
        fault = "unknown step: " + word;
    }
    co_return fault;
}

/// Asks the intake, which counts on the pool; a second that does not pass makes it count once.
Task<std::string> SmtpWorld::wait_for_room() {
    constexpr int kRounds = 10000;
    for (int round = 0; intake_.is_full(); ++round) {
        if (round == kRounds) co_return "the intake is still full";
        auto work = [] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); };
        co_await async::offload(pool_, work);
    }
    co_return std::string();
}

std::string SmtpWorld::choose_listener(const Words& arguments) {
    using config::Auth;
    using config::Protocol;
    using config::Tls;
    if (arguments.empty()) return "LISTENER protocol";
    const auto protocol = named(arguments[0], std::array{Protocol::smtp, Protocol::submission, Protocol::lmtp});
    if (!protocol) return "no such protocol";
    listener_.protocol = *protocol;
    listener_.auth = *protocol == Protocol::submission ? Auth::required : Auth::off;
    listener_.tls = Tls::none;
    user_.reset();
    for (const auto& word : arguments) {
        const auto tls = word.starts_with("tls=")
                             ? named(word.substr(4), std::array{Tls::none, Tls::starttls, Tls::implicit})
                             : std::nullopt;
        if (tls) listener_.tls = *tls;
        const auto uid = word.starts_with("user=") ? parse_number<uid_t>(word.substr(5)) : std::nullopt;
        if (uid) user_ = daemon::LocalUser{"someone", *uid, 1};
        if (word == "auth=off") listener_.auth = Auth::off;
        if (word == "auth=offered") listener_.auth = Auth::offered;
        if (word == "auth=required") listener_.auth = Auth::required;
    }
    return "";
}

void SmtpWorld::read_journal() {
    reader_.look();
    for (;;) {
        auto more = reader_.read();
        if (more.empty()) return;
        for (auto& entry : more) entries_.push_back(std::move(entry));
    }
}

void SmtpWorld::take_over() {
    read_journal();
    for (const auto& entry : shown_) reader_.remove_large(entry);
    shown_.clear();
    reader_.release(reader_.exhausted(), 0);
}

std::string SmtpWorld::stored(const Words& arguments, const Words& block) {
    read_journal();
    const auto pattern = joined(arguments);
    if (pattern == "none") return entries_.empty() ? "" : "there is a message";
    if (entries_.empty()) return "there is no message";
    const auto& entry = shown_.emplace_back(std::move(entries_.front()));
    entries_.pop_front();
    if (entry.damaged) return "the record is damaged";
    const auto envelope = spool::decode_envelope(entry.envelope);
    if (!envelope) return "the envelope cannot be read";
    Variables none;
    const auto said = text_of(*envelope);
    if (!matches(pattern, said, none)) return "awaited: " + pattern + "\n  stored:  " + said;
    const auto file = reader_.open_message(entry);
    if (!file) return "the message is gone";
    std::string message(entry.message_size, '\0');
    file->read_at(entry.message_offset, message.data(), message.size());
    if (block.empty()) return "";
    // Edits of a large message are made by who takes it over.
    if (!envelope->edits.empty()) {
        const auto from = envelope->relay_from;
        const auto end = message.find("\n\n");
        const auto header = mail::apply(std::string_view(message).substr(from, end + 1 - from), envelope->edits);
        message = message.substr(0, from) + header + message.substr(end + 1);
    }
    return compare(message, block);
}

std::unique_ptr<World> make_smtp_world(const Surroundings& surroundings) {
    return std::make_unique<SmtpWorld>(surroundings);
}

}  // namespace md::dialogue
