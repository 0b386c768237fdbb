// mdsmtpd/xclient.cc - XCLIENT: a listed host tells whose session it passes on; see session.h
//
// CONTRACT
//   For hosts in smtp.xclient_hosts alone, by the address that the connection has itself; to others the command does
//   not exist. The session begins again as the client's: its address is the one that limits, [[relay]] and [trusted]
//   networks, the filter and the trace see. Attributes may come in several commands; ADDR begins another client. A name
//   given as HELO stands for the one in the EHLO that follows.
// DIAGNOSTICS
//   SmtpXclient.

#include "proto/smtp/xclient.h"

#include "async/loop.h"
#include "mdsmtpd/session.h"

namespace md::mdsmtpd {

using async::Task;
using mail::Status;
using smtp::Reply;

namespace opt = config::opt;

Task<void> Session::xclient(std::string_view argument) {
    auto given = smtp::parse_xclient(argument);
    if (!given) {
        refuse(given.error());
        co_return;
    }
    co_await reset();
    passed_on_ = true;
    messages_ = 0;
    recipient_domains_.clear();
    if (given->address) {
        client_name_.clear();
        told_helo_.clear();
        told_login_.clear();
    }
    const auto before = stream_.peer();
    auto ip = before.ip();
    auto port = before.port();
    if (given->address) {
        // 0.0.0.0 and a port: unknown, but no Unix socket, whose client would be a program of this machine.
        ip = given->address->value_or(IpAddress());
        port = 1;
    }
    if (given->port && *given->port > 0) port = *given->port;
    stream_.set_peer(net::SocketAddress(ip, port));
    if (given->name) client_name_ = std::move(*given->name);
    if (given->helo) told_helo_ = std::move(*given->helo);
    if (given->login) told_login_ = std::move(*given->login);
    forget_dialogue();
    connection_.entry.note_account(account_);
    connection_.log.event(Event::SmtpXclient, before.text(), stream_.peer().text(), account_);
    find_relays();
    errors_ = 0;
    auth_failures_ = 0;
    if (connection_.recount && !connection_.recount(ip)) {
        reply(Reply(421, Status{4, 7, 0}, config_[opt::hostname] + " too many connections, try again later"));
        co_return;
    }
    const bool banned = co_await is_banned(ip);
    if (banned) {
        reply(Reply(421, Status{4, 7, 1}, config_[opt::hostname] + " no service for you"));
        co_return;
    }
    filter_.quit();
    filter_ = make_filter();
    co_await greet();
}

/// The door has let in who passes the client on, and not the client.
Task<bool> Session::is_banned(IpAddress ip) {
    if (services_.door == nullptr) co_return false;
    const auto way = co_await services_.door->knock(ip);
    co_return way != daemon::Door::Way::in || (!account_.empty() && services_.door->account_banned(account_));
}

}  // namespace md::mdsmtpd
