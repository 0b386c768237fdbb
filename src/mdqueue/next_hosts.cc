// mdqueue/next_hosts.cc - see next_hosts.h

#include "mdqueue/next_hosts.h"

#include <utility>

#include "async/loop.h"
#include "base/error.h"
#include "base/files.h"

namespace md::mdqueue {

using async::Task;
using relay::RoutingFailure;
using relay::TlsUse;
namespace opt = config::opt;

namespace {

constexpr auto kFindHosts = std::chrono::seconds(60);
constexpr std::uint64_t kPasswordLimit = 4096;

TlsUse tls_of(const config::Config& config, const config::Route* route) {
    if (route != nullptr && route->tls)
        return *route->tls == config::ClientTls::none  ? TlsUse::none
               : *route->tls == config::ClientTls::may ? TlsUse::may
                                                       : TlsUse::must;
    const auto& usual = config[opt::remote_tls];
    return usual == "none" ? TlsUse::none : usual == "may" ? TlsUse::may : TlsUse::must;
}

relay::Family family_of(const config::Config& config) {
    const auto& family = config[opt::remote_ip];
    return family == "ipv4"   ? relay::Family::v4_only
           : family == "ipv6" ? relay::Family::v6_only
                              : relay::Family::v6_first;
}

/// RFC 5321 §4.1.3, where it is an address.
std::string as_literal(const std::string& host) {
    const auto address = IpAddress::parse(host);
    if (!address) return host;
    return (address->v6() ? "[IPv6:" : "[") + host + "]";
}

}  // namespace

bool NextHosts::verifies() const {
    return route_ != nullptr && route_->tls == config::ClientTls::verify;
}

Task<NextHosts::Found> NextHosts::find() const {
    auto server = pattern();
    if (verifies() && !server.tls_client)
        co_return fail(RoutingFailure{false, {4, 7, 5}, "the certificate authorities of this machine cannot be read"});
    if (route_ != nullptr && !route_->login.empty()) {
        auto credentials = co_await login();
        if (!credentials) co_return fail(RoutingFailure{false, {4, 7, 0}, "the password of the route cannot be read"});
        server.login = std::move(*credentials);
    }
    auto found = co_await complete(std::move(server));
    co_return std::move(found);
}

Task<NextHosts::Found> NextHosts::complete(relay::Server pattern) const {
    std::vector<relay::Server> out;
    if (route_ != nullptr && !route_->to.path.empty()) {
        pattern.unix_path = pattern.name = route_->to.path;
        out.push_back(std::move(pattern));
        co_return std::move(out);
    }
    auto found = co_await exchanges();
    if (!found) {
        auto failure = std::move(found.error());
        if (route_ != nullptr) failure = RoutingFailure{false, {4, 4, 4}, std::move(failure.text)};
        co_return fail(std::move(failure));
    }
    for (const auto& host : found->hosts) {
        for (const auto& address : host.addresses) {
            auto& server = out.emplace_back(pattern);
            server.name = host.name;
            server.address = address;
            server.source = source_for(address.ip());
        }
    }
    co_return std::move(out);
}

Task<relay::ExchangeFinder::Found> NextHosts::exchanges() const {
    const relay::ExchangeFinder finder(services_.resolver, services_.ourselves, family_of(services_.config));
    const auto deadline = async::after(kFindHosts);
    const auto port = route_ != nullptr ? route_->to.port : relay::kSmtpPort;
    if (route_ != nullptr && !route_->to.mail_exchangers) {
        auto host = as_literal(route_->to.host);
        auto found = co_await finder.find_host(std::move(host), port, deadline);
        co_return std::move(found);
    }
    auto domain = route_ != nullptr ? route_->to.host : domain_;
    auto found = co_await finder.find(std::move(domain), port, deadline);
    co_return std::move(found);
}

std::optional<IpAddress> NextHosts::source_for(const IpAddress& address) const {
    std::optional<IpAddress> out;
    for (const auto& source : services_.config[opt::remote_source])
        if (const auto own = IpAddress::parse(source); own && own->v6() == address.v6()) out = own;
    return out;
}

relay::Server NextHosts::pattern() const {
    relay::Server server;
    server.most_recipients = static_cast<std::size_t>(services_.config[opt::remote_recipients]);
    server.tls = tls_of(services_.config, route_);
    if (route_ != nullptr && route_->to.lmtp) server.dialect = smtp::Dialect::lmtp;
    if (route_ != nullptr && !route_->login.empty()) server.tls = TlsUse::must;
    if (verifies()) server.tls_client = services_.verifying.client(async::Loop::current().now());
    return server;
}

Task<std::optional<relay::Login>> NextHosts::login() const {
    auto read = [&] { return real_files().read(route_->password_file, kPasswordLimit); };
    std::optional<std::string> text;
    try {
        text = co_await async::offload(services_.pool, read);
    } catch (const SystemError& error) {
        text.reset();
    }
    if (!text) co_return std::nullopt;
    relay::Login login;
    login.user = route_->login;
    login.password = text->substr(0, text->find_first_of("\r\n"));
    co_return std::move(login);
}

}  // namespace md::mdqueue
