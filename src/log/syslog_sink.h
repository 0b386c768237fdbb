// log/syslog_sink.h - lines to the system's log: syslog(3)'s socket, which journald serves too
//
// CONTRACT
//   See sink.h. A datagram a line, facility mail, sent without waiting; a socket that is full or gone drops and counts.
//   Connects anew when the system's log was restarted.
// RFC
//   3164 §4.1 in the form that local sockets take: <PRI>TAG[PID]: MSG
#pragma once

#include <mutex>
#include <string>

#include "base/fd.h"
#include "log/sink.h"

namespace md::log {

class SyslogSink final : public Sink {
  public:
    SyslogSink(const Settings& settings, Writer writer);

    void write(const Record& record) noexcept override;
    [[nodiscard]] int descriptor() const noexcept override { return socket_.get(); }
    void become(Writer writer) override { writer_ = std::move(writer); }

  private:
    [[nodiscard]] std::string datagram(const Record& record) const;
    bool send(const std::string& datagram) noexcept;
    bool connect() noexcept;

    const Format format_;
    const std::string path_;
    Writer writer_;
    std::mutex mutex_;
    Fd socket_;
    std::uint64_t dropped_ = 0;
};

}  // namespace md::log
