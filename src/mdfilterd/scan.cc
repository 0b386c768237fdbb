// mdfilterd/scan.cc - see scan.h

#include "mdfilterd/scan.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/strings.h"
#include "delivery/filter_view.h"
#include "mail/header.h"
#include "mdfilterd/session.h"

namespace md::mdfilterd {

using async::Task;
using checks::Action;
using checks::Decision;
using checks::Judgement;
using checks::Line;
using ipc::Json;

namespace opt = config::opt;

namespace {

/// INTERFACE's words for what becomes of a message.
std::string_view verdict_name(Action action) {
    constexpr std::array<std::string_view, 9> names{"accept",  "tag",   "junk",   "queue", "quarantine",
                                                    "discard", "defer", "reject", "accept"};
    return names[static_cast<std::size_t>(action)];
}

double score_of(std::int32_t hundredths) {
    return static_cast<double>(hundredths) / 100;
}

/// One recipient and what is decided about it.
struct Row {
    std::string recipient;
    Decision decision;
    std::int32_t score_hundredths = 0;
    std::string_view reply;  ///< where it is not made of the decision

    [[nodiscard]] std::string told() const {
        if (!reply.empty()) return std::string(reply);
        const auto answer = answer_of(decision);
        return answer.reply.empty() ? decision.reason : answer.reply;
    }
};

/// What a live client would have been told step by step, gathered.
struct Scanned {
    std::vector<Row> rows;
    std::vector<std::size_t> passed;                  ///< places in `rows` of the recipients that were let pass
    std::vector<std::pair<Line, std::string>> lines;  ///< and the recipient that each is about, or ""
    std::int32_t score_hundredths = 0;
};

Json rule_of(const Line& line, const std::string& recipient) {
    auto rule = Json()
                    .set("name", line.check)
                    .set("score", score_of(line.score_hundredths))
                    .set("ms", static_cast<double>(line.took.count()) / 1000)
                    .set("found", line.found);
    if (!recipient.empty()) rule.set("recipient", recipient);
    if (line.ended != checks::Ended::answered) rule.set("ended", checks::name(line.ended));
    return rule;
}

bool differ(const std::vector<Row>& rows) {
    return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
        return row.decision.action != rows.front().decision.action || row.told() != rows.front().told();
    });
}

/// Milder than every verdict: `exempt` is the strongest of a recipient, but says to take the message.
int severity(Action action) {
    return action == Action::exempt ? 0 : static_cast<int>(action);
}

Json report_of(const Scanned& scanned, const config::Config& config) {
    const auto worst = std::max_element(scanned.rows.begin(), scanned.rows.end(), [](const Row& a, const Row& b) {
        return severity(a.decision.action) < severity(b.decision.action);
    });
    auto rules = Json::array();
    for (const auto& [line, recipient] : scanned.lines) rules.add(rule_of(line, recipient));
    Json report;
    report.set("verdict", verdict_name(worst->decision.action))
        .set("reason", worst->told())
        .set("score", score_of(scanned.score_hundredths))
        .set("threshold", static_cast<double>(config[opt::filter_junk_at]))
        .set("rules", std::move(rules));
    if (differ(scanned.rows)) {
        auto recipients = Json::array();
        for (const auto& row : scanned.rows)
            recipients.add(Json()
                               .set("recipient", row.recipient)
                               .set("verdict", verdict_name(row.decision.action))
                               .set("score", score_of(row.score_hundredths))
                               .set("reason", row.told()));
        report.set("recipients", std::move(recipients));
    }
    // What no check of this version looks into.
    report.set("spf", Json()).set("dkim", Json::array()).set("dmarc", Json()).set("arc", Json());
    report.set("virus", Json()).set("bayes", Json());
    return report;
}

checks::Client client_of(const checks::ScanRequest& request, const config::Config& config) {
    checks::Client client;
    if (request.ip.empty()) {
        client.host = "localhost";
        return client;
    }
    client.address = IpAddress::parse(request.ip);
    client.host = request.host.empty() ? "[" + client.address->text() + "]" : request.host;
    client.trusted = config.trusted(client.address->text());
    return client;
}

/// False: its header is too large, and a live client is told so.
bool show_message(checks::Examination& examination, std::string_view message) {
    mail::HeaderScanner header(message);
    while (const auto field = header.next()) {
        if (equal_nocase(field->name, "Return-Path")) continue;  // taken out at receipt
        std::string value(delivery::shown_value(*field));
        std::erase(value, '\r');
        if (!examination.header(field->name, value)) return false;
    }
    examination.end_of_header();
    std::string body(message.substr(header.body_offset()));
    std::erase(body, '\r');
    examination.body(delivery::with_crlf(body));
    return true;
}

Task<void> tell_recipients(checks::Examination* examination, const checks::ScanRequest* request, Scanned* scanned) {
    for (std::size_t i = 0; i < request->recipients.size(); ++i) {
        const auto& recipient = request->recipients[i];
        auto address = recipient;
        auto account = request->accounts[i];
        auto decision = co_await examination->rcpt(std::move(address), std::move(account));
        const bool refused = decision.action != Action::none;
        if (!refused) scanned->passed.push_back(scanned->rows.size());
        Row row;
        row.recipient = recipient;
        row.decision = std::move(decision);
        scanned->rows.push_back(std::move(row));
        if (!refused) continue;
        for (const auto& line : examination->lines_of_refused()) scanned->lines.emplace_back(line, recipient);
    }
}

void take_judgement(const Judgement& judgement, Scanned& scanned) {
    scanned.score_hundredths = judgement.score_hundredths;
    for (std::size_t place = 0; place < judgement.recipients.size(); ++place) {
        auto& row = scanned.rows[scanned.passed[place]];
        row.decision = judgement.recipients[place].decision;
        row.score_hundredths = judgement.recipients[place].score_hundredths;
        if (judgement.whole.action != Action::none) row.decision = judgement.whole;
    }
    for (const auto& line : judgement.lines)
        scanned.lines.emplace_back(
            line, line.recipient ? scanned.rows[scanned.passed[*line.recipient]].recipient : std::string());
}

std::string contents_of(int fd, std::uint64_t limit) {
    std::string text;
    std::array<char, 65536> piece{};
    for (;;) {
        const auto n = ::pread(fd, piece.data(), piece.size(), static_cast<off_t>(text.size()));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw SystemError("read", "the message to scan", errno);
        if (n == 0 || text.size() > limit) return text;
        text.append(piece.data(), static_cast<std::size_t>(n));
    }
}

}  // namespace

Task<Json> scan(const checks::Pipeline& pipeline, async::Scope& scope, const config::Config& config, log::Logger log,
                checks::ScanRequest request, std::string message) {
    checks::Examination examination(pipeline, scope, std::move(log));
    examination.connect(client_of(request, config));
    if (!request.helo.empty()) examination.helo(request.helo);
    std::vector<std::string> parameters;
    std::string id;
    auto account = request.account;
    auto sender = request.sender;
    const auto at_mail =
        co_await examination.mail(std::move(id), std::move(account), std::move(sender), std::move(parameters));
    static_cast<void>(at_mail);  // an exemption is in the judgement too
    Scanned scanned;
    co_await tell_recipients(&examination, &request, &scanned);
    if (!scanned.passed.empty()) {
        if (show_message(examination, message)) {
            const auto judgement = co_await examination.end_of_message();
            take_judgement(judgement, scanned);
        } else {
            for (const auto place : scanned.passed) {
                scanned.rows[place].decision = Decision(Action::refuse);
                scanned.rows[place].reply = kHeaderTooLarge;
            }
        }
    }
    examination.message_over();
    co_return report_of(scanned, config);
}

Task<ipc::Reply> answer_scan(const checks::Pipeline& pipeline, async::Scope& scope, async::WorkerPool& pool,
                             const config::Config& config, log::Logger log, ipc::Call call) {
    auto request = checks::read_scan_request(call.payload);
    struct stat what {};
    if (!request || call.descriptors.size() != 1 || ::fstat(call.descriptors[0].get(), &what) != 0 ||
        !S_ISREG(what.st_mode))
        co_return ipc::Reply::refused("a request that is not of this version, or not in its form");
    const auto limit = config[opt::smtp_max_message_size];
    std::string message;
    auto read = [&] { message = contents_of(call.descriptors[0].get(), limit); };
    co_await async::offload(pool, read);
    if (message.size() > limit) {
        const auto said = Json().set("error", "more than smtp.max_message_size, which no client may send");
        ipc::Reply answer(said.dump());
        co_return std::move(answer);
    }
    const auto report = co_await scan(pipeline, scope, config, std::move(log), std::move(*request), std::move(message));
    ipc::Reply answer(report.dump());
    co_return std::move(answer);
}

}  // namespace md::mdfilterd
