// relay/client.cc - see client.h

#include "relay/client.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/strings.h"
#include "relay/opening.h"

namespace md::relay {

using async::Task;
using mail::Status;
using smtp::Extension;

namespace {

constexpr Status kNoConnection{4, 4, 1};
constexpr Status kBadConnection{4, 4, 2};
constexpr Status kProtocolError{4, 5, 0};

std::string shown_name(const Server& server) {
    if (!server.unix_path.empty()) return server.unix_path;
    const auto ip = server.address.ip().text();
    return server.name.empty() || server.name.find(ip) != std::string::npos ? ip : server.name + "[" + ip + "]";
}

}  // namespace

// ---- the connection

Client::Client(async::WorkerPool& pool, std::string hostname, const Timeouts& timeouts)
    : pool_(pool), hostname_(std::move(hostname)), timeouts_(timeouts) {}

Client::~Client() = default;

Task<std::optional<OpenFailure>> Client::open(Server server) {
    const auto deadline = async::after(timeouts_.connect);
    Result<Fd, net::ConnectError> fd = fail(net::ConnectError{0});
    if (server.unix_path.empty()) {
        fd = co_await net::connect_tcp(server.address, deadline, server.source);
    } else {
        fd = co_await net::connect_unix(server.unix_path, deadline);
    }
    server_ = std::move(server);
    if (!fd) co_return not_connected(server_, fd.error());
    auto failure = co_await open(server_, std::move(*fd));
    co_return std::move(failure);
}

Task<std::optional<OpenFailure>> Client::open(Server server, Fd connection) {
    server_ = std::move(server);
    auto stream = std::make_unique<net::Stream>(std::move(connection), server_.address, net::SocketAddress());
    dialogue_ = std::make_unique<Dialogue>(std::move(stream), shown_name(server_));
    Opening opening(*dialogue_, server_, hostname_, timeouts_);
    auto failure = co_await opening.run();
    if (failure) {
        co_await quit();
    } else {
        facts_ = opening.take_facts();
    }
    co_return std::move(failure);
}

OpenFailure Client::not_connected(const Server& server, const net::ConnectError& error) {
    OpenFailure failure;
    const auto why = std::generic_category().message(error.code);
    failure.outcome = host_failed(kNoConnection, shown_name(server) + ": " + why);
    failure.outcome.transcript = transcript_of("", failure.outcome);
    return failure;
}

/// The server takes no more than so many messages over a connection (RFC 9422 §4.1).
bool Client::exhausted() const {
    const auto most = smtp::told_limit(facts_.offer, "MAILMAX");
    return most && transactions_ >= *most;
}

bool Client::usable() const noexcept {
    return dialogue_ && dialogue_->alive() && !broken_off_ && !exhausted();
}

Task<bool> Client::reset() {
    if (!usable()) co_return false;
    const auto trouble = co_await prepare();
    co_return !trouble;
}

/// The server waits for MAIL; else why not.
Task<std::optional<Outcome>> Client::prepare() {
    const auto unasked = co_await dialogue_->flush(timeouts_.reset);
    if (unasked && !*unasked) co_return unasked->error();
    if (unasked) co_return dialogue_->give_up(kProtocolError, "answers what nobody asked: " + one_line(**unasked));
    if (!in_transaction_) co_return std::nullopt;
    const auto answer = co_await dialogue_->ask("RSET", timeouts_.reset);
    if (!answer) co_return answer.error();
    if (!answer->positive()) co_return dialogue_->give_up(kProtocolError, "refuses RSET: " + one_line(*answer));
    in_transaction_ = false;
    co_return std::nullopt;
}

Task<void> Client::quit() {
    if (dialogue_ && dialogue_->alive() && !broken_off_) {
        const auto farewell = co_await dialogue_->ask("QUIT", timeouts_.quit);
        static_cast<void>(farewell);  // whatever it says: it was the last word
        dialogue_->close();
    }
    dialogue_.reset();
}

// ---- one message

/// What send() knows between two transactions.
class Client::Sending {
  public:
    Sending(Client& client, const Cargo& cargo)
        : client_(client),
          cargo_(cargo),
          reader_(cargo, client.pool_),
          outcomes_(cargo.recipients.size()),
          most_(client.server_.most_recipients) {}

    Task<void> run();
    [[nodiscard]] std::vector<Outcome> take_outcomes();

  private:
    [[nodiscard]] bool begin();
    Task<bool> transaction();
    [[nodiscard]] std::vector<std::size_t> next_batch();
    void settle_rest(const Outcome& outcome);

    Client& client_;
    const Cargo& cargo_;
    CargoReader reader_;
    std::vector<std::optional<Outcome>> outcomes_;
    std::vector<std::size_t> waiting_;  ///< recipients that were not named yet
    std::size_t most_;                  ///< of one transaction, as far as that is known
    Measure measure_;
};

Task<std::vector<Outcome>> Client::send(const Cargo& cargo) {
    Sending sending(*this, cargo);
    const bool was_usable = usable();
    if (was_usable) {
        broken_off_ = true;
        co_await sending.run();
        broken_off_ = false;
    }
    co_return sending.take_outcomes();
}

Task<void> Client::Sending::run() {
    co_await reader_.measure();
    measure_.wire_size = reader_.wire_size();
    measure_.eight_bit = reader_.eight_bit();
    if (cargo_.smtputf8 && measure_.eight_bit && !client_.facts_.offer.has(Extension::smtputf8)) {
        const auto has = co_await reader_.has_utf8_header();
        measure_.utf8_header = has;
    }
    if (!begin()) co_return;
    while (!waiting_.empty() && client_.dialogue_->alive() && !client_.exhausted()) {
        auto trouble = co_await client_.prepare();
        if (trouble) {
            trouble->untried = client_.transactions_ > 0;
            settle_rest(*trouble);
            co_return;
        }
        const bool goes_on = co_await transaction();
        if (!goes_on) co_return;
    }
}

/// Who waits for a transaction; all others have their outcome. False: nobody.
bool Client::Sending::begin() {
    const auto lack = lack_for_message(cargo_, measure_, client_.facts_.offer);
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
        outcomes_[i] = lack ? lack : lack_for_recipient(cargo_.recipients[i], client_.facts_.offer);
        if (!outcomes_[i]) waiting_.push_back(i);
    }
    return !waiting_.empty();
}

/// RFC 9422: so many recipients of a transaction, and so many of their domains in a session.
std::vector<std::size_t> Client::Sending::next_batch() {
    const auto& offer = client_.facts_.offer;
    const auto told = smtp::told_limit(offer, "RCPTMAX").value_or(most_);
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(told, most_));
    const auto most_domains = smtp::told_limit(offer, "RCPTDOMAINMAX");
    std::vector<std::size_t> batch;
    std::vector<std::size_t> left;
    for (const auto i : waiting_) {
        bool fits = batch.size() < most;
        if (fits && most_domains) {
            const auto& address = cargo_.recipients[i].address;
            auto domain = lower(address.substr(address.rfind('@') + 1));
            fits = client_.domains_.contains(domain) || client_.domains_.size() < *most_domains;
            if (fits) client_.domains_.insert(std::move(domain));
        }
        (fits ? batch : left).push_back(i);
    }
    waiting_ = std::move(left);
    return batch;
}

/// false: the session takes none of those who wait.
Task<bool> Client::Sending::transaction() {
    const auto batch = next_batch();
    if (batch.empty()) co_return false;
    const auto& offer = client_.facts_.offer;
    Transaction::Terms terms;
    terms.measure = measure_;
    terms.chunks = offer.has(Extension::chunking) && (measure_.eight_bit || client_.server_.chunks);
    terms.lmtp = client_.server_.dialect == smtp::Dialect::lmtp;
    terms.reused = client_.transactions_ > 0;
    Transaction one(*client_.dialogue_, offer, client_.timeouts_, cargo_, reader_, terms, batch);
    co_await one.run();
    ++client_.transactions_;
    client_.in_transaction_ = one.open();
    auto outcomes = one.take_outcomes();
    for (std::size_t i = 0; i < batch.size(); ++i) outcomes_[batch[i]] = std::move(outcomes[i]);
    if (!one.again().empty()) most_ = std::min(most_, std::max<std::size_t>(1, batch.size() - one.again().size()));
    waiting_.insert(waiting_.begin(), one.again().begin(), one.again().end());
    if (one.mail_refused()) settle_rest(*one.mail_refused());
    co_return true;
}

void Client::Sending::settle_rest(const Outcome& outcome) {
    for (const auto i : waiting_) outcomes_[i] = outcome;
    waiting_.clear();
}

/// On whom nothing was said: the connection went before, or takes no more messages.
std::vector<Outcome> Client::Sending::take_outcomes() {
    std::vector<Outcome> all;
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
        auto outcome = std::move(outcomes_[i]);
        if (!outcome) {
            outcome.emplace();
            outcome->status = kBadConnection;
            outcome->reply = shown_name(client_.server_) + ": takes no more over this connection";
            outcome->untried = true;
        }
        outcome->number = cargo_.recipients[i].number;
        all.push_back(std::move(*outcome));
    }
    return all;
}

}  // namespace md::relay
