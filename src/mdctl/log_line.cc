// mdctl/log_line.cc - see log_line.h

#include "mdctl/log_line.h"

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/strings.h"
#include "log/level.h"

namespace md::mdctl {

namespace {

std::string_view next_word(std::string_view& rest) {
    const auto end = std::min(rest.find(' '), rest.size());
    const auto word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
}

/// The value after "key=": a word, or quoted with \" and \\ inside.
std::string next_value(std::string_view& rest) {
    if (!rest.starts_with('"')) return std::string(next_word(rest));
    std::string value;
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
        value.push_back(rest[i]);
    }
    rest.remove_prefix(std::min(i + 2, rest.size()));
    return value;
}

/// "mdsmtpd/session[123]"
bool add_writer(std::string_view word, ipc::Json& line) {
    const auto slash = word.find('/');
    const auto open = word.find('[');
    if (open == std::string_view::npos || !word.ends_with(']')) return false;
    const auto pid = parse_number<std::uint32_t>(word.substr(open + 1, word.size() - open - 2));
    if (!pid) return false;
    line.set("daemon", word.substr(0, std::min(slash, open)));
    if (slash < open) line.set("child", word.substr(slash + 1, open - slash - 1));
    line.set("pid", *pid);
    return true;
}

/// With or without a port behind it. Of IPv6 what stands behind a colon may be the address's own.
bool is_ip(const std::string& value, const std::string& ip) {
    const bool v6 = ip.find(':') != std::string::npos;
    return value == ip || (v6 ? value.starts_with("[" + ip + "]") : value.starts_with(ip + ":"));
}

bool names_ip(const ipc::Json& line, const std::string& ip) {
    return std::ranges::any_of(std::array{"peer", "ip", "client", "host"},
                               [&](const char* key) { return is_ip(line.text(key), ip); });
}

bool names_account(const ipc::Json& line, const std::string& account) {
    return std::ranges::any_of(std::array{"account", "sender", "recipient"},
                               [&](const char* key) { return equal_nocase(line.text(key), account); });
}

}  // namespace

std::optional<ipc::Json> read_log_line(std::string_view text) {
    if (text.starts_with('{')) return ipc::Json::parse(text);
    ipc::Json line;
    line.set("time", next_word(text));
    if (!add_writer(next_word(text), line)) return std::nullopt;
    line.set("level", next_word(text));
    const auto session = next_word(text);
    if (session != "-") line.set("session", session);
    line.set("event", next_word(text));
    while (!text.empty()) {
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        const std::string key(text.substr(0, equals));
        text.remove_prefix(equals + 1);
        line.set(key, next_value(text));
    }
    return line;
}

/// To syslog a line begins at its level, or at the child before it; as JSON it is whole.
std::optional<std::string> line_of_entry(std::string_view text) {
    const auto entry = ipc::Json::parse(text);
    if (!entry) return std::nullopt;
    auto message = entry->text("MESSAGE");
    if (message.starts_with('{')) return message;
    const auto microseconds = parse_number<std::uint64_t>(entry->text("__REALTIME_TIMESTAMP"));
    if (!microseconds) return std::nullopt;
    const WallTime time{std::chrono::microseconds(*microseconds)};
    std::string_view rest = message;
    std::string child;
    if (const auto first = next_word(rest); !log::parse_level(first)) {
        if (!log::parse_level(next_word(rest))) return std::nullopt;
        child = "/" + std::string(first);
        message.erase(0, first.size() + 1);
    }
    const auto pid = entry->text("SYSLOG_PID", entry->text("_PID"));
    return rfc3339(time) + " " + entry->text("SYSLOG_IDENTIFIER") + child + "[" + pid + "] " + message;
}

bool matches(const LogFilter& filter, const ipc::Json& line) {
    return (filter.session.empty() || line.text("session") == filter.session) &&
           (filter.account.empty() || names_account(line, filter.account)) &&
           (filter.ip.empty() || names_ip(line, filter.ip)) &&
           (filter.daemon.empty() || line.text("daemon") == filter.daemon);
}

}  // namespace md::mdctl
