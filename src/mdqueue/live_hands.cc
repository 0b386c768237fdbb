// mdqueue/live_hands.cc - see live_hands.h

#include "mdqueue/live_hands.h"

#include "async/loop.h"
#include "delivery/report_texts.h"
#include "mdqueue/examination.h"

namespace md::mdqueue {

using async::Task;
namespace opt = config::opt;

namespace {

constexpr std::uint64_t kBesideHeader = 64U << 10;  ///< trace fields of our own, which smtp.header_size does not count

/// What is faulty is told, and the built-in one stands for it.
std::shared_ptr<const mail::ReportTexts> read_report_texts(const log::Logger& log, const std::string& folder) {
    std::vector<delivery::ReportTextFault> faults;
    auto texts = std::make_shared<const mail::ReportTexts>(delivery::load_report_texts(real_files(), folder, faults));
    for (const auto& fault : faults)
        log.event(Event::ReportTextFaulty, fault.file,
                  (fault.line > 0 ? "line " + std::to_string(fault.line) + ": " : "") + fault.text);
    return texts;
}

}  // namespace

LiveHands::LiveHands(daemon::Child& child, Dispatcher& dispatcher, Relays& relays, Settlement& settlement,
                     const spool::Freezes& freezes, OutgoingRates& rates, async::Mutex& spool_mutex)
    : child_(child),
      dispatcher_(dispatcher),
      relays_(relays),
      settlement_(settlement),
      freezes_(freezes),
      rates_(rates),
      log_(child.log()),
      spool_mutex_(spool_mutex) {
    std::string fault;
    srs_ = delivery::load_srs(real_files(), child.config(), fault);
    if (!fault.empty()) log_.event(Event::SrsUnusable, srs_->place, fault);
    report_texts_ = read_report_texts(log_, delivery::report_texts_folder(child.config()));
    dispatcher_.lead_back_by(srs_, child.config()[opt::queue_expire]);
}

Task<delivery::Expansion> LiveHands::expand(std::string address, delivery::Forwards forwards) {
    auto expansion = co_await dispatcher_.expand(std::move(address), forwards);
    co_return std::move(expansion);
}

Task<Hands::Found> LiveHands::find_domain(std::string domain) {
    auto found = co_await dispatcher_.find_domain(std::move(domain));
    co_return std::move(found);
}

Task<Attempt> LiveHands::attempt(const spool::Envelope& envelope, const delivery::Target& target,
                                 const Readable& message, How how, const Link& first) {
    auto attempt = co_await dispatcher_.attempt(envelope, target, message, how, first);
    co_return std::move(attempt);
}

std::string LiveHands::destination_of(const std::string& domain) const {
    return relays_.destination_of(domain);
}

std::optional<OutgoingRates::Wait> LiveHands::ask_sender_rate(const spool::Envelope& envelope, std::uint64_t recipients,
                                                              bool promised) {
    return rates_.ask_sender(envelope, recipients, promised, async::Loop::current().now());
}

std::optional<OutgoingRates::Wait> LiveHands::ask_destination_rate(const std::string& destination, bool promised) {
    return rates_.ask_destination(destination, promised, async::Loop::current().now());
}

/// What begins while the process ends would be cut off in the middle.
Hands::Turn LiveHands::take_turn(const std::string& destination) {
    return ending() ? Turn::busy : relays_.take_turn(destination);
}

Task<Relayed> LiveHands::relay(const spool::Envelope& envelope, const std::string& destination, const File& message,
                               std::uint64_t size, bool turn) {
    if (ending()) {
        if (turn) relays_.give_back(destination);
        Relayed busy;
        busy.kind = Relayed::Kind::busy;
        co_return busy;
    }
    auto relayed = co_await relays_.relay(envelope, destination, message, size, turn);
    co_return std::move(relayed);
}

Task<Examined> LiveHands::examine(const spool::StoredEnvelope& stored, const File& message) {
    const auto& config = child_.config();
    milter::Settings settings;
    settings.step_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(config[opt::filter_timeout]);
    const auto endpoints = milter::endpoints(config[opt::filter_milters], child_.run_path("filter.sock"));
    milter::Chain chain(endpoints, settings);
    Examination::Message what{&stored, &message};
    Examination examination(chain, child_.pool(), config[opt::hostname], what);
    auto examined = co_await examination.examine();
    co_return std::move(examined);
}

Task<bool> LiveHands::on_disk() {
    const auto good = co_await settlement_.on_disk();
    co_return good;
}

Rules LiveHands::rules() const {
    const auto& config = child_.config();
    clock.look(now(), async::Loop::current().now());
    Rules rules;
    rules.hostname = config[opt::hostname];
    for (const auto wait : config[opt::queue_retry]) rules.retry.emplace_back(wait);
    rules.expire = config[opt::queue_expire];
    rules.ahead = clock.ahead();
    rules.ahead_since = clock.since();
    rules.delay_after = config[opt::dsn_delay_after];
    rules.return_message = config[opt::dsn_return] == "message";
    rules.return_limit = config[opt::dsn_return_limit];
    rules.remote_recipients = static_cast<std::size_t>(config[opt::remote_recipients]);
    rules.srs = srs_;
    rules.notify_account = config[opt::queue_notify_account];
    rules.report_texts = report_texts_;
    rules.report_language = config[opt::dsn_language];
    rules.report_transcript = config[opt::dsn_transcript];
    rules.header_limit = config[opt::smtp_header_size] + kBesideHeader;
    return rules;
}

WallTime LiveHands::now() const {
    return real_clock().now();
}

bool LiveHands::ending() const {
    return child_.retiring().is_set();
}

Task<void> LiveHands::run(Job& job) {
    const auto guard = co_await spool_mutex_.lock();
    auto work = [&job] { job.run(); };
    co_await async::offload(child_.pool(), work);
}

}  // namespace md::mdqueue
