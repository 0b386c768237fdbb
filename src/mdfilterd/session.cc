// mdfilterd/session.cc - see session.h

#include "mdfilterd/session.h"

#include <algorithm>

#include "base/strings.h"
#include "log/counter.h"
#include "milter/change.h"

namespace md::mdfilterd {

using async::Task;
using checks::Action;
using checks::Decision;
using checks::Judgement;
using milter::Answer;
using milter::MacroTable;
using milter::Outcome;
using Kind = Answer::Kind;

namespace {

/// RFC 5321 §4.1.3: Sendmail tells IPv6 addresses as its literals have them.
constexpr std::string_view kV6Tag = "IPv6:";

checks::Client client_of(const milter::ConnectInfo& info, const config::Config& config) {
    checks::Client client;
    client.host = info.host;
    std::string_view address = info.address;
    if (info.family == '6' && address.starts_with(kV6Tag)) address.remove_prefix(kV6Tag.size());
    if (info.family == '4' || info.family == '6') client.address = IpAddress::parse(address);
    client.trusted = client.address && config.trusted(client.address->text());
    return client;
}

/// Of the first argument, whatever stands between its brackets: a quoted local part may hold all there is.
std::string path_of(const std::vector<std::string>& arguments) {
    if (auto bare = milter::bare_address(arguments.front())) return std::move(*bare);
    std::string_view path(arguments.front());
    if (path.starts_with('<')) path.remove_prefix(1);
    if (path.ends_with('>')) path.remove_suffix(1);
    return std::string(path);
}

milter::RecipientVerdict::Action verdict_action(Action action) {
    using To = milter::RecipientVerdict::Action;
    switch (action) {
        case Action::tag: return To::tag;
        case Action::junk: return To::junk;
        case Action::queue: return To::queue;
        case Action::quarantine: return To::quarantine;
        case Action::discard: return To::discard;
        case Action::refuse: return To::refuse;
        case Action::none:
        case Action::exempt:
        case Action::temp_fail: break;  // the last is of the whole message
    }
    return To::accept;
}

milter::HeaderChange field(std::string_view name, std::string value) {
    milter::HeaderChange change;
    change.kind = milter::HeaderChange::Kind::add;
    change.name = name;
    change.value = std::move(value);
    return change;
}

std::vector<milter::RecipientVerdict> verdicts_of(const Judgement& judgement) {
    std::vector<milter::RecipientVerdict> verdicts;
    for (std::uint32_t place = 0; place < judgement.recipients.size(); ++place) {
        const auto& from = judgement.recipients[place];
        milter::RecipientVerdict verdict;
        verdict.recipient = place;
        verdict.action = verdict_action(from.decision.action);
        verdict.score_hundredths = from.score_hundredths;
        verdict.queue = from.decision.queue;
        verdict.reason = from.decision.reason;
        if (from.decision.action == Action::refuse) verdict.reason = answer_of(from.decision).reply;
        verdicts.push_back(std::move(verdict));
    }
    return verdicts;
}

/// Verdicts that differ, for an MTA that knows one for all.
void fold(const Judgement& judgement, const std::vector<std::string>& recipients, Outcome& outcome) {
    auto mark = Action::none;
    for (std::size_t place = 0; place < judgement.recipients.size(); ++place) {
        const auto& decision = judgement.recipients[place].decision;
        if (decision.action == Action::discard) {
            outcome.deleted_recipients.push_back(recipients[place]);
        } else if (decision.action == Action::quarantine || decision.action == Action::refuse) {
            if (!outcome.quarantine) outcome.quarantine = printable(recipients[place] + ": " + decision.reason);
        } else if (decision.action != Action::exempt) {
            mark = std::max(mark, decision.action);
        }
    }
    if (mark == Action::none) return;
    outcome.headers.push_back(field("X-Mdmail-Verdict", std::string(" ").append(checks::name(mark))));
    outcome.headers.push_back(field("X-Mdmail-Score", " " + checks::score_text(judgement.score_hundredths)));
}

Counter counter_of(Action verdict) {
    switch (verdict) {
        case Action::tag: return Counter::judged_tagged;
        case Action::junk: return Counter::judged_junk;
        case Action::queue: return Counter::judged_queued;
        case Action::quarantine: return Counter::judged_quarantined;
        case Action::discard: return Counter::judged_discarded;
        case Action::temp_fail: return Counter::judged_deferred;
        case Action::refuse: return Counter::judged_refused;
        case Action::none:
        case Action::exempt: break;
    }
    return Counter::judged_accepted;
}

}  // namespace

milter::ServerSettings server_settings(const checks::Pipeline& pipeline, bool own) {
    namespace action = milter::action;
    milter::ServerSettings settings;
    settings.offer_verdicts = own;
    settings.answer_mail = false;  // an exemption is told at RCPT
    settings.actions = action::kAddHeaders | action::kChangeHeaders | action::kDeleteRcpt | action::kQuarantine;
    settings.wants_body = pipeline.sees_body();
    return settings;
}

Answer answer_of(const Decision& decision) {
    switch (decision.action) {
        case Action::refuse: return Answer(Kind::reject, "550 5.7.1 " + printable(decision.reason));
        case Action::temp_fail: return Answer(Kind::temp_fail, "451 4.7.1 " + printable(decision.reason));
        case Action::discard: return Answer(Kind::discard);
        case Action::exempt: return Answer(Kind::accept);
        default: return {};
    }
}

Session::Session(const checks::Pipeline& pipeline, async::Scope& scope, const config::Config& config, log::Logger log,
                 Busy busy)
    : examination_(pipeline, scope, log), config_(config), log_(std::move(log)), busy_(std::move(busy)) {}

Session::~Session() {
    if (counted_) busy_(-1);
}

std::string Session::client_text() const {
    const auto& client = examination_.subject().client;
    return client.address ? client.address->text() : printable(client.host);
}

Task<Answer> Session::on_connect(milter::ConnectInfo info, const MacroTable&) {
    examination_.connect(client_of(info, config_));
    co_return Answer();
}

Task<Answer> Session::on_helo(std::string name, const MacroTable&) {
    examination_.helo(std::move(name));
    co_return Answer();
}

Task<Answer> Session::on_mail(std::vector<std::string> arguments, const MacroTable& macros) {
    if (!counted_) busy_(+1);
    counted_ = true;
    auto path = path_of(arguments);
    arguments.erase(arguments.begin());
    std::string id(macros.find("i"));
    std::string account(macros.find("{auth_authen}"));
    const auto decision =
        co_await examination_.mail(std::move(id), std::move(account), std::move(path), std::move(arguments));
    if (decision.action == Action::exempt)
        log_.event(Event::FilterExempted, client_text(), printable(examination_.subject().reverse_path),
                   decision.reason);
    co_return answer_of(decision);
}

Task<Answer> Session::on_rcpt(std::vector<std::string> arguments, const MacroTable& macros) {
    std::string account(macros.find("{mdmail_account}"));
    auto recipient = path_of(arguments);
    const auto shown = printable(recipient);
    const auto decision = co_await examination_.rcpt(std::move(recipient), std::move(account));
    if (decision.action != Action::none)
        log_.event(Event::FilterRefused, client_text(), printable(examination_.subject().reverse_path), shown,
                   decision.reason);
    co_return answer_of(decision);
}

Task<Answer> Session::on_data(const MacroTable&) {
    co_return Answer();
}

Task<Answer> Session::on_header(std::string_view name, std::string_view value) {
    if (examination_.header(name, value)) co_return Answer();
    co_return Answer(Kind::reject, std::string(kHeaderTooLarge));
}

Task<Answer> Session::on_end_of_header(const MacroTable&) {
    examination_.end_of_header();
    co_return Answer();
}

Task<Answer> Session::on_body(std::string_view octets) {
    examination_.body(octets);
    co_return Answer();
}

Task<Outcome> Session::on_end_of_message(const MacroTable& macros) {
    const auto judgement = co_await examination_.end_of_message();
    report(judgement, macros.find("i"));  // Postfix has no queue id before
    co_return outcome_of(judgement);
}

Outcome Session::outcome_of(const Judgement& judgement) const {
    Outcome outcome;
    outcome.answer = answer_of(judgement.whole);
    if (judgement.whole.action != Action::none) return outcome;
    outcome.headers = judgement.changes;
    if (verdicts_) {
        outcome.verdicts = verdicts_of(judgement);
    } else {
        fold(judgement, examination_.subject().recipients, outcome);
    }
    return outcome;
}

void Session::report(const Judgement& judgement, std::string_view id) const {
    auto worst = judgement.whole.action;
    for (const auto& verdict : judgement.recipients) worst = std::max(worst, verdict.decision.action);
    const auto& subject = examination_.subject();
    log::count(counter_of(worst));
    log_.event(Event::FilterJudged, printable(id), client_text(), printable(subject.reverse_path),
               subject.recipients.size(), checks::name(worst), checks::score_text(judgement.score_hundredths),
               checks::describe(judgement.lines));
}

void Session::message_over() {
    examination_.message_over();
    if (counted_) busy_(-1);
    counted_ = false;
}

void Session::client_over() {
    examination_.client_over();
    log_ = log::Logger(log_.sink(), log::new_session_id());
}

}  // namespace md::mdfilterd
