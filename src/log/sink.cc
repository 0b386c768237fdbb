// log/sink.cc - see sink.h

#include "log/sink.h"

#include "log/descriptor_sink.h"
#include "log/syslog_sink.h"

namespace md::log {

std::unique_ptr<Sink> open_sink(const Settings& settings, const Writer& writer) {
    if (settings.target == Target::syslog) return std::make_unique<SyslogSink>(settings, writer);
    return std::make_unique<DescriptorSink>(settings, writer);
}

}  // namespace md::log
