// mdctl/filter.cc - `mdctl filter`: how mdfilterd would judge a message
//
// CONTRACT
//   A judge of the running mdfilterd is asked, so that its checks, lists and options are those that live mail meets. A
//   file that cannot be scanned is told at the end; what could be is printed.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <iterator>

#include "async/loop.h"
#include "async/scope.h"
#include "base/error.h"
#include "base/strings.h"
#include "checks/scan_request.h"
#include "delivery/expansion.h"
#include "dns/reverse_name.h"
#include "dns/unbound_resolver.h"
#include "ipc/client.h"
#include "mail/address.h"
#include "mdctl/ask.h"
#include "mdctl/context.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

/// One file at a judge.
struct Scan {
    std::string socket;
    std::string request;
    std::vector<Fd> file;
    std::optional<Result<ipc::Reply, ipc::Unavailable>> answer;
};

/// As long as all checks may take.
constexpr auto kPatience = std::chrono::minutes(6);

async::Task<void> scan_in(async::Scope& scope, Scan& scan) {
    ipc::Client client(scope, scan.socket);
    auto payload = scan.request;
    auto answer = co_await client.call(checks::kScan, std::move(payload), std::move(scan.file), kPatience);
    scan.answer.emplace(std::move(answer));
}

/// Standard input as a file.
Fd spooled_input() {
    Fd fd(memfd_create("stdin", MFD_CLOEXEC));
    if (!fd) throw SystemError("memfd_create", "standard input", errno);
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    for (std::size_t at = 0; at < text.size();) {
        const auto n = ::write(fd.get(), text.data() + at, text.size() - at);
        if (n < 0 && errno != EINTR) throw SystemError("write", "standard input", errno);
        if (n > 0) at += static_cast<std::size_t>(n);
    }
    return fd;
}

Result<Fd, Complaint> opened(const std::string& file) {
    if (file == "-") return spooled_input();
    Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd && errno == EACCES) return fail(Complaint{Exit::not_allowed, file + ": you may not read it"});
    struct stat what {};
    if (!fd || ::fstat(fd.get(), &what) != 0 || !S_ISREG(what.st_mode))
        return fail(Complaint{Exit::not_there, file + " cannot be read; expected a file with a message, or -"});
    return fd;
}

/// "<a@b>" or "a@b"; empty is taken where `null` is.
Result<std::string, Complaint> path_of(std::string_view text, bool null) {
    if (text.size() >= 2 && text.front() == '<' && text.back() == '>') text = text.substr(1, text.size() - 2);
    if (text.empty() && null) return std::string();
    const auto address = mail::parse_mailbox(text);
    if (!address) return fail(not_a("address", std::string(text), "user@example.org"));
    return address->text();
}

Result<checks::ScanRequest, Complaint> request_of(const Request& typed) {
    checks::ScanRequest request;
    request.ip = typed.value("--ip").value_or("");
    if (!request.ip.empty() && !IpAddress::parse(request.ip)) return fail(not_a("address", request.ip, "192.0.2.1"));
    request.helo = typed.value("--helo").value_or("");
    request.account = typed.value("--auth").value_or("");
    auto sender = path_of(typed.value("--from").value_or(""), true);
    if (!sender) return fail(sender.error());
    request.sender = std::move(*sender);
    const auto recipients = typed.value("--to").value_or("postmaster");
    for (const auto& word : split(recipients, ',')) {
        if (word == "postmaster") {
            request.recipients.emplace_back(word);
            continue;
        }
        auto recipient = path_of(trim(word), false);
        if (!recipient) return fail(recipient.error());
        request.recipients.push_back(std::move(*recipient));
    }
    return request;
}

/// As mdsmtpd looks for it before it greets.
std::string host_of(const config::Config& config, const std::string& ip) {
    const auto address = IpAddress::parse(ip);
    const auto patience = config[config::opt::smtp_reverse_lookup];
    if (!address || address->loopback() || patience.count() == 0) return {};
    async::Loop loop;
    const auto resolver = dns::make_lenient_resolver(config, [](const SystemError&) {});
    const auto name = loop.run(dns::confirmed_name(*resolver, *address, async::after(patience)));
    return name ? *name : std::string();
}

/// The accounts whose lists count, as mdsmtpd tells them to the filter.
std::vector<std::string> accounts_of(const accounts::Directory& directory, const std::vector<std::string>& recipients) {
    std::vector<std::string> out;
    for (const auto& recipient : recipients) {
        const auto meant = delivery::expand(directory, recipient);
        const auto* account = meant.only_account();
        out.push_back(account == nullptr ? std::string() : account->name.text());
    }
    return out;
}

/// The judgement of one file.
Result<ipc::Json, Complaint> scanned(const std::string& socket, const std::string& request, const std::string& file) {
    auto fd = opened(file);
    if (!fd) return fail(fd.error());
    Scan scan;
    scan.socket = socket;
    scan.request = request;
    scan.file.push_back(std::move(*fd));
    async::Loop loop;
    const auto body = [&](async::Scope& scope) { return scan_in(scope, scan); };
    loop.run(async::scoped(body));
    if (!scan.answer || !*scan.answer)
        return fail(Complaint{Exit::again, file + ": mdfilterd: " +
                                               (scan.answer ? scan.answer->error().reason : std::string("no answer"))});
    const auto report = ipc::Json::parse((*scan.answer)->payload);
    if (!report) return fail(Complaint{Exit::again, file + ": mdfilterd gives an answer that is no JSON"});
    if (const auto error = report->text("error"); !error.empty())
        return fail(Complaint{Exit::data, file + ": " + error});
    auto row = ipc::Json().set("file", file);
    for (const auto& [name, value] : report->members()) row.set(name, value);
    return row;
}

Outcome scan(Context& context, const Request& typed) {
    auto request = request_of(typed);
    if (!request) return fail(request.error());
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    request->host = host_of(**config, request->ip);
    request->accounts = accounts_of(**directory, request->recipients);
    const auto socket = (**config)[config::opt::paths_run] + "/" + std::string(checks::kScanSocket);
    if (!somebody_listens(socket))
        return fail(Complaint{Exit::no_daemon, "mdfilterd does not run; `mdctl start` starts it"});
    std::optional<Complaint> complaint;
    for (const auto& file : typed.all("FILE")) {
        const auto row = scanned(socket, write(*request).dump(), file);
        if (row) {
            context.print_raw(row->dump() + "\n");
        } else if (complaint) {
            complaint->text += "\n" + row.error().text;
        } else {
            complaint = row.error();
        }
    }
    if (complaint) return fail(*complaint);
    return {};
}

constexpr std::array kFiles{Argument{"FILE", "a message; - for standard input", Argument::Count::several}};
constexpr std::array kScanFlags{
    Flag{"--ip", "ADDRESS", "of the client; else it is judged as if it came by a local socket"},
    Flag{"--helo", "NAME", "what the client called itself"},
    Flag{"--from", "ADDRESS", "the sender of the envelope; else the null sender"},
    Flag{"--to", "ADDRESS", "the recipients, with commas between them; else postmaster"},
    Flag{"--auth", "ACCOUNT", "who logged in; else a stranger"},
};
constexpr std::array<Verb, 1> kVerbs{
    {{"filter", "scan", kFiles, kScanFlags,
      "Has the running mdfilterd judge messages as if they came now: a line of JSON for each file with verdict, score, "
      "every "
      "check that was asked and its time in ms, and a row for each recipient where they differ. Nothing is delivered "
      "or kept. "
      "Exit 0 whatever the verdict; 65 a file that is too large, 66 one that is not there.",
      scan}}};

}  // namespace

std::span<const Verb> filter_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
