// mdctl/log.cc - `mdctl log follow`: what happens, as it happens

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "base/address.h"
#include "base/error.h"
#include "base/strings.h"
#include "mdctl/context.h"
#include "mdctl/control.h"
#include "mdctl/log_line.h"
#include "mdctl/process.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

constexpr auto kLookAgain = std::chrono::milliseconds(200);
constexpr std::size_t kPiece = 64U << 10;

/// What is appended to a file, line by line; goes over to a new file of the name when there is one.
class Follower {
  public:
    explicit Follower(std::string path) : path_(std::move(path)) {}

    /// From the end of the file as it is now.
    void begin() {
        open();
        if (file_) offset_ = file_->info().size_bytes;
    }

    /// Whole lines that have come since; none: nothing new.
    std::vector<std::string> read() {
        if (!file_) open();
        std::vector<std::string> lines;
        if (!file_) return lines;
        std::string piece(kPiece, '\0');
        const auto size = file_->read_at(offset_, piece.data(), piece.size());
        offset_ += size;
        rest_.append(piece, 0, size);
        for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
            lines.push_back(rest_.substr(0, end));
            rest_.erase(0, end + 1);
        }
        if (size == 0) look_for_a_new_file();
        return lines;
    }

  private:
    void open() {
        file_ = real_files().open_if_there(path_, OpenMode::read_linked);
        offset_ = 0;
        rest_.clear();
    }

    void look_for_a_new_file() {
        const auto named = real_files().info(path_);
        const auto own = file_->info();
        if (named && (named->inode != own.inode || named->device != own.device || named->size_bytes < offset_)) open();
    }

    std::string path_;
    std::unique_ptr<File> file_;
    std::uint64_t offset_ = 0;
    std::string rest_;
};

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

Outcome follow_file(Context& context, const std::string& path, const LogFilter& filter) {
    Follower follower(path);
    follower.begin();
    for (;;) {
        const auto lines = follower.read();
        for (const auto& line : lines) {
            const auto read = read_log_line(line);
            if (!read || !matches(filter, *read)) continue;
            context.print_raw((context.json() ? read->dump() : line) + "\n");
        }
        if (lines.empty()) std::this_thread::sleep_for(kLookAgain);
    }
}

Outcome follow_journal(const LogFilter& filter) {
    std::vector<std::string> arguments{"journalctl", "--follow", "--lines=0"};
    for (const auto daemon : kDaemons)
        if (filter.daemon.empty() || filter.daemon == daemon)
            arguments.push_back("--identifier=" + std::string(daemon));
    std::string pattern;
    for (const auto* wanted : {&filter.session, &filter.account, &filter.ip})
        if (!wanted->empty()) pattern += "(?=.*\\Q" + *wanted + "\\E)";
    if (!pattern.empty()) arguments.push_back("--grep=^" + pattern);
    if (run_and_wait(arguments) == 0) return {};
    return fail(Complaint{Exit::again, "journalctl ended with a fault; events go to syslog, see its files"});
}

Outcome follow(Context& context, const Request& request) {
    const auto filter = filter_of(request);
    if (!filter) return fail(filter.error());
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto& target = (**config)[config::opt::log_target];
    if (target == "file") return follow_file(context, (**config)[config::opt::log_file], *filter);
    if (target == "syslog") return follow_journal(*filter);
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
