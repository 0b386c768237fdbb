// mdctl/log.cc - `mdctl log follow`: what happens, as it happens

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "base/address.h"
#include "base/strings.h"
#include "mdctl/context.h"
#include "mdctl/control.h"
#include "mdctl/log_follower.h"
#include "mdctl/log_line.h"
#include "mdctl/process.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

constexpr auto kLookAgain = std::chrono::milliseconds(200);

Result<LogFilter, Complaint> filter_of(const Request& request) {
    LogFilter out;
    out.session = request.value("--session").value_or("");
    if (const auto account = request.value("--account")) {
        const auto name = accounts::parse_name(*account);
        if (!name) return fail(not_a("address of an account", *account, "bob@example.org"));
        out.account = name->text();
    }
    if (const auto ip = request.value("--ip")) {
        const auto address = IpAddress::parse(*ip);
        if (!address) return fail(not_a("IP address", *ip, "192.0.2.1"));
        out.ip = address->text();
    }
    out.daemon = request.value("--daemon").value_or("");
    if (!out.daemon.empty() && std::ranges::find(kDaemons, out.daemon) == kDaemons.end())
        return fail(not_a("daemon", out.daemon, "mdsmtpd"));
    return out;
}

void show(Context& context, const LogFilter& filter, const std::string& line) {
    const auto read = read_log_line(line);
    if (read && matches(filter, *read)) context.print_raw((context.json() ? read->dump() : line) + "\n");
}

Outcome follow_file(Context& context, const std::string& path, const LogFilter& filter) {
    LogFollower follower(path);
    follower.begin();
    for (;;) {
        const auto lines = follower.read();
        for (const auto& line : lines) show(context, filter, line);
        if (lines.empty()) std::this_thread::sleep_for(kLookAgain);
    }
}

Outcome follow_journal(Context& context, const LogFilter& filter) {
    std::vector<std::string> arguments{"journalctl", "--follow", "--lines=0", "--output=json", "--all"};
    for (const auto daemon : kDaemons)
        if (filter.daemon.empty() || filter.daemon == daemon)
            arguments.push_back("--identifier=" + std::string(daemon));
    const auto take = [&](const std::string& entry) {
        if (const auto line = line_of_entry(entry)) show(context, filter, *line);
    };
    if (run_and_read(arguments, take) == 0) return {};
    return fail(Complaint{Exit::again, "journalctl ended with a fault; events go to syslog, see its files"});
}

Outcome follow(Context& context, const Request& request) {
    const auto filter = filter_of(request);
    if (!filter) return fail(filter.error());
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto& target = (**config)[config::opt::log_target];
    if (target == "file") return follow_file(context, (**config)[config::opt::log_file], *filter);
    if (target == "syslog") return follow_journal(context, *filter);
    return fail(
        Complaint{Exit::configuration, "log.target is \"stderr\": the events are with whoever started the daemons"});
}

constexpr std::array kFlags{
    Flag{"--session", "ID", "only lines of this session"},
    Flag{"--account", "ADDRESS", "only lines that name this account, as sender and recipient too"},
    Flag{"--ip", "ADDRESS", "only lines that name this peer"},
    Flag{"--daemon", "NAME", "only lines of this daemon"},
};

constexpr std::array kVerbs{
    Verb{"log", "follow", {}, kFlags, "Shows events as they happen, until it is interrupted.", follow},
};

}  // namespace

std::span<const Verb> log_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
