// milter/connections.cc - see connections.h

#include "milter/connections.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "async/loop.h"
#include "proto/milter/packet.h"

namespace md::milter {

namespace {

void say_quit(net::Stream& stream) {
    std::string out;
    put_packet(out, command::kQuit, {});
    stream.put(out);
    stream.close();
}

}  // namespace

bool has_left(const net::Stream& stream) noexcept {
    char octet = 0;
    const auto got = ::recv(stream.descriptor(), &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

Connections::~Connections() {
    for (auto& kept : kept_) say_quit(*kept.connection.stream);
}

void Connections::keep(const std::string& path, Connection connection) {
    const auto now = async::Loop::current().now();
    close_old(now);
    if (kept_.size() == kMost || connection.opened + kAge <= now) {
        say_quit(*connection.stream);
        return;
    }
    const auto older = [](const Kept& kept, async::Deadline opened) { return kept.connection.opened < opened; };
    const auto place = std::lower_bound(kept_.begin(), kept_.end(), connection.opened, older);
    kept_.insert(place, Kept{path, std::move(connection)});
    if (kept_.size() == 1) changed_.wake_all();
}

std::optional<Connections::Connection> Connections::take(const std::string& path) {
    close_old(async::Loop::current().now());
    for (auto i = kept_.size(); i-- > 0;) {
        if (kept_[i].path != path) continue;
        auto connection = std::move(kept_[i].connection);
        kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
        if (!has_left(*connection.stream)) return connection;
    }
    return std::nullopt;
}

void Connections::close_old(async::Deadline now) {
    const auto young = [now](const Kept& kept) { return kept.connection.opened + kAge > now; };
    const auto first_young = std::find_if(kept_.begin(), kept_.end(), young);
    std::for_each(kept_.begin(), first_young, [](Kept& kept) { say_quit(*kept.connection.stream); });
    kept_.erase(kept_.begin(), first_young);
}

async::Task<void> Connections::run() {
    for (;;) {
        const auto oldest = kept_.empty() ? async::never() : kept_.front().connection.opened + kAge;
        const auto woken = co_await async::Wait(changed_, oldest);
        static_cast<void>(woken);
        close_old(async::Loop::current().now());
    }
}

}  // namespace md::milter
