// daemon/child.cc - see child.h

#include "daemon/child.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "async/loop.h"
#include "base/encoding.h"
#include "daemon/account_pools.h"
#include "daemon/child_setup.h"
#include "daemon/connection_table.h"
#include "daemon/listening.h"
#include "daemon/signals.h"

namespace md::daemon {

using async::Scope;
using async::Task;
using async::Wait;

namespace opt = config::opt;

namespace {

constexpr auto kIdentityTime = std::chrono::seconds(5);
/// A count of sessions reaches the parent at most so often.
constexpr auto kReportStep = std::chrono::milliseconds(50);

}  // namespace

Child::Child(ChildSetup& setup) : setup_(setup), pool_(kPoolThreads) {}

Child::~Child() {
    wipe(key_pem_);
}

const config::ConfigPointer& Child::config_pointer() const noexcept {
    return setup_.config;
}
log::Sink& Child::sink() const noexcept {
    return *setup_.sink;
}
std::string_view Child::daemon() const noexcept {
    return setup_.daemon;
}
unsigned Child::slot() const noexcept {
    return setup_.slot;
}
unsigned Child::places() const noexcept {
    return setup_.places;
}
const std::vector<ListeningSocket>& Child::listeners() const noexcept {
    return setup_.listeners;
}
void Child::stop_listening() {
    std::set<int> sockets;  // two rows may share one
    for (auto& listener : setup_.listeners)
        if (const int fd = std::exchange(listener.fd, -1); fd >= 0) sockets.insert(fd);
    for (const int fd : sockets) ::close(fd);
}
ConnectionTable& Child::connections() noexcept {
    return *setup_.connections;
}
unsigned Child::connection_row() const noexcept {
    return setup_.connection_row;
}

int Child::internal_socket(std::string_view name) const noexcept {
    const auto found = std::find_if(setup_.sockets.begin(), setup_.sockets.end(),
                                    [name](const auto& socket) { return socket.first == name; });
    MD_ASSERT(found != setup_.sockets.end());  // the role declares no such socket
    return found->second;
}

std::string Child::run_path(std::string_view name) const {
    return config()[opt::paths_run] + "/" + std::string(name);
}

std::vector<uid_t> Child::peers(std::initializer_list<std::string_view> users) const {
    std::vector<uid_t> uids{0, ::geteuid()};
    if (!setup_.user) return uids;  // a private instance has but one user
    for (const auto name : users)
        if (const auto user = find_user(std::string(name))) uids.push_back(user->uid);
    return uids;
}

std::shared_ptr<const net::TlsServer> Child::tls(std::string_view protocol) {
    for (const auto& known : tls_)
        if (known.protocol == protocol) return known.server;
    const auto where = config()[opt::tls_certificate];
    const std::vector<net::TlsIdentity> identities{net::TlsIdentity::from_pem(chain_pem_, key_pem_, where)};
    std::shared_ptr<const net::TlsServer> made;
    if (!chain_pem_.empty()) {  // else the parent has said why
        auto server = net::TlsServer::make(identities, protocol);
        if (server) {
            made = std::move(*server);
        } else {
            log().event(Event::TlsUnusable, where, server.error().text);
        }
    }
    tls_.push_back({std::string(protocol), made});
    return made;
}

void Child::take_identity(const Message& message) {
    const auto split = std::min<std::size_t>(message.number, message.text.size());
    wipe(key_pem_);
    chain_pem_ = message.text.substr(0, split);
    key_pem_ = message.text.substr(split);
    tls_.clear();
    identity_arrived_.set();
}

void Child::ready() {
    setup_.channel->send(Message(Said::ready, 0, {}));
}

Child::SessionCount::SessionCount(Child& child) noexcept : child_(&child) {
    ++child.sessions_;
    child.counted_.set();
}

Child::SessionCount::~SessionCount() {
    if (child_ == nullptr) return;
    --child_->sessions_;
    child_->counted_.set();
}

Task<void> Child::live() {
    const auto body = [this](Scope& scope) { return live_in(scope); };
    co_await async::scoped(body);
}

Task<void> Child::live_in(Scope& scope) {
    const auto listen = [this](Scope& inner) { return listen_to_parent(inner); };
    scope.spawn(async::scoped(listen));
    scope.spawn(heed_signals());
    scope.spawn(report_sessions());
    if (setup_.role->listens) {
        const auto until = async::after(kIdentityTime);
        co_await identity_arrived_.wait(until);
    }
    auto role = setup_.role->run(*this);
    co_await role;
    scope.cancel();
}

Task<void> Child::listen_to_parent(Scope& scope) {
    for (;;) {
        auto message = co_await setup_.channel->receive();
        if (!message) ::_exit(0);  // no parent, no child
        if (message->kind == Said::identity) {
            take_identity(*message);
            wipe(message->text);
        } else if (message->kind == Said::retire) {
            retiring_.set();
        } else if (message->kind == Said::stop) {
            begin_stop();
        } else if (message->kind == Said::change) {
            scope.spawn(act_on_change(std::move(*message)));
        } else if (message->kind == Said::ask) {
            scope.spawn(answer_question(std::move(*message)));
        }
    }
}

/// What a person sends to one child alone: it ends in order, and its parent starts another. SIGINT and SIGHUP, which a
/// terminal sends to all, are the parent's.
Task<void> Child::heed_signals() {
    SignalQueue signals{SIGTERM};
    co_await signals.next();
    begin_stop();
}

void Child::begin_stop() {
    retiring_.set();
    stopping_.set();
    book_.end_all();
}

Task<void> Child::answer_question(Message question) {
    auto request = ipc::Json::parse(question.text).value_or(ipc::Json());
    const auto answer = co_await book_.answer(std::move(request));
    // An answer that the channel does not take now is missed: who asked is told so after a while.
    setup_.channel->send(Message(Said::answer, question.number, answer.dump()));
}

Task<void> Child::act_on_change(Message change) {
    if (on_change_) {
        try {
            auto task = on_change_(change.text);
            co_await task;
        } catch (const std::exception& e) {
            log().failure(Event::ChangeFailed, change.text, e);
            co_return;  // not acted on: who waits for it is told so by the lack of an answer
        }
    }
    setup_.channel->send(Message(Said::acted, change.number, {}));
}

Task<void> Child::report_sessions() {
    unsigned told = 0;
    for (;;) {
        co_await counted_.wait(async::never());
        counted_.clear();
        if (sessions_ != told && setup_.channel->send(Message(Said::sessions, sessions_, {}))) told = sessions_;
        co_await async::sleep_for(kReportStep);
    }
}

}  // namespace md::daemon
