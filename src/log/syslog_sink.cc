// log/syslog_sink.cc - see syslog_sink.h

#include "log/syslog_sink.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "log/format.h"

namespace md::log {

namespace {

int priority(Level level) {
    switch (level) {
        case Level::error: return LOG_MAIL | LOG_ERR;
        case Level::warning: return LOG_MAIL | LOG_WARNING;
        case Level::notice: return LOG_MAIL | LOG_NOTICE;
        case Level::info: return LOG_MAIL | LOG_INFO;
        case Level::debug: break;
    }
    return LOG_MAIL | LOG_DEBUG;
}

}  // namespace

SyslogSink::SyslogSink(const Settings& settings, Writer writer)
    : Sink(settings.level), format_(settings.format), path_(settings.socket), writer_(std::move(writer)) {
    connect();  // before the child is confined; if it fails now, the first line tries again
}

void SyslogSink::write(const Record& record) noexcept {
    try {
        const auto line = datagram(record);
        const std::lock_guard guard(mutex_);
        if (dropped_ > 0) {
            const Field count(dropped_);
            if (send(datagram({Event::LogDropped, row(Event::LogDropped).level, "", std::span(&count, 1)})))
                dropped_ = 0;
        }
        if (dropped_ > 0 || !send(line)) ++dropped_;
    } catch (const std::exception&) {
        const std::lock_guard guard(mutex_);
        ++dropped_;
    }
}

std::string SyslogSink::datagram(const Record& record) const {
    std::string out = "<" + std::to_string(priority(record.level)) + ">" + writer_.daemon;
    out.append("[").append(std::to_string(writer_.pid)).append("]: ");
    if (format_ == Format::json) {
        out.append(json_line(record, writer_, real_clock().now()));
        out.pop_back();  // the datagram ends the line
        return out;
    }
    if (!writer_.child.empty()) out.append(writer_.child).append(" ");
    return out.append(text_body(record));
}

bool SyslogSink::send(const std::string& datagram) noexcept {
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (!socket_ && !connect()) return false;
        if (::send(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
        if (errno == EAGAIN || errno == ENOBUFS) return false;
        socket_.reset();  // the log was restarted: ECONNREFUSED, ENOTCONN
    }
    return false;
}

bool SyslogSink::connect() noexcept {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
    socket_ = std::move(fd);
    return true;
}

}  // namespace md::log
