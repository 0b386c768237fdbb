// checks/pipeline.cc - see pipeline.h

#include "checks/pipeline.h"

#include <algorithm>
#include <exception>

#include "async/loop.h"
#include "net/disconnected.h"

namespace md::checks {

using async::Scope;
using async::Task;
using async::Woken;

/// One check at work. Shared by the examination, which reads the answer, and the coroutine, which may end later.
struct Examination::Run {
    Run(const Check& c, std::optional<std::uint32_t> r, std::chrono::milliseconds time, log::Logger logger)
        : check(c), log(std::move(logger)), began(async::Loop::current().now()), deadline(began + time) {
        answered.line.check = c.terms().name;
        answered.line.recipient = r;
    }

    /// Takes the answer, or why there is none; the first one counts.
    void finish(Ended how, Finding finding) {
        if (finished.is_set()) return;
        auto& line = answered.line;
        line.ended = how;
        line.took = std::chrono::duration_cast<std::chrono::microseconds>(async::Loop::current().now() - began);
        line.found = finding.found;
        line.score_hundredths = finding.score_hundredths;
        answered.finding = std::move(finding);
        finished.set();
    }
    void fail_as(Ended how, const std::string& why) {
        if (finished.is_set()) return;
        log.event(Event::FilterCheckFailed, check.terms().name, why);
        Finding finding;
        finding.found = why;
        if (check.terms().on_failure == OnFailure::temp_fail)
            finding.decision = Decision(Action::temp_fail, "mail cannot be examined now, try again later");
        finish(how, std::move(finding));
    }

    const Check& check;
    log::Logger log;
    Answered answered;
    async::Deadline began;
    async::Deadline deadline;
    async::Signal finished;
    async::Signal abandoned;
};

void Pipeline::add(std::unique_ptr<Check> check) {
    const auto& terms = check->terms();
    MD_ASSERT(terms.due >= terms.begins);
    if (terms.wants_body) kept_body_ = std::max(kept_body_, terms.largest_body);
    sees_body_ = sees_body_ || terms.wants_body || terms.largest_body != Terms().largest_body;
    checks_.push_back(std::move(check));
}

Examination::Examination(const Pipeline& pipeline, Scope& scope, log::Logger log)
    : pipeline_(pipeline), scope_(scope), log_(std::move(log)), connection_(std::make_shared<Subject>()) {}

Examination::~Examination() {
    message_over();
    abandon(connection_runs_);
}

// ---- checks at work

bool Examination::concerns(const Check& check, const Client& client) noexcept {
    return !check.terms().strangers_only || client.stranger();
}

/// Starts the checks of that stage.
void Examination::begin(Stage stage, const std::shared_ptr<Subject>& subject, std::optional<std::uint32_t> recipient,
                        Runs& runs) {
    for (const auto& check : pipeline_.checks()) {
        const auto& terms = check->terms();
        if (terms.begins != stage || !concerns(*check, subject->client)) continue;
        auto run = std::make_shared<Run>(*check, recipient, terms.time.value_or(pipeline_.limits().check_time), log_);
        runs.push_back(run);
        if (subject->body_size > terms.largest_body) {
            Finding finding;
            finding.found = "not asked: the body has more than " + std::to_string(terms.largest_body) + " octets";
            run->finish(Ended::passed_by, std::move(finding));
            continue;
        }
        scope_.spawn(carry_out(std::move(run), subject));
    }
}

Task<void> Examination::carry_out(std::shared_ptr<Run> run, std::shared_ptr<const Subject> subject) {
    auto body = [&](Scope& scope) { return watch(&scope, run.get(), subject); };
    co_await async::scoped(body);
}

/// The answer is there, the time is over, or the message has gone: whatever still works on it is cancelled. A job on
/// another thread is waited for here, and not by the message.
Task<void> Examination::watch(Scope* scope, Run* run, std::shared_ptr<const Subject> subject) {
    scope->spawn(ask(run, std::move(subject)));
    const auto woken = co_await async::either(run->finished.point(), run->abandoned.point(), run->deadline);
    if (woken == Woken::timed_out) {
        const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(run->deadline - run->began);
        run->fail_as(Ended::timed_out, "no answer after " + std::to_string(time.count()) + " ms");
    }
    scope->cancel();
}

Task<void> Examination::ask(Run* run, std::shared_ptr<const Subject> subject) {
    std::string why;
    try {
        auto task = run->check.examine(std::move(subject), run->answered.line.recipient);
        auto finding = co_await task;
        run->finish(Ended::answered, std::move(finding));
        co_return;
    } catch (const net::Disconnected& over) {
        why = "a connection of its own ended: " + std::string(net::name(over.reason));
    } catch (const std::exception& e) {
        why = e.what();
    }
    run->fail_as(Ended::failed, why);
}

/// Until every answer that is due by `stage` is there, of all recipients and of those whose runs begin at `from`: there
/// may be many.
Task<void> Examination::settle(Stage stage, std::size_t from) {
    for (std::size_t i = 0; i < runs_.size(); ++i) {  // an iterator would not survive
        if (i == of_all_) i = std::max(i, from);
        if (i >= runs_.size()) break;
        const auto run = runs_[i];
        if (run->check.terms().due <= stage) co_await run->finished.wait(async::never());
    }
}

std::vector<Answered> Examination::answers(Stage stage, std::size_t from) const {
    std::vector<Answered> all;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
        if (i == of_all_) i = std::max(i, from);
        if (i >= runs_.size()) break;
        if (runs_[i]->check.terms().due <= stage) all.push_back(runs_[i]->answered);
    }
    return all;
}

void Examination::abandon(Runs& runs) noexcept {
    for (const auto& run : runs) run->abandoned.set();
    runs.clear();
}

// ---- the steps

void Examination::connect(Client client) {
    abandon(connection_runs_);
    connection_->client = std::move(client);
    begin(Stage::connect, connection_, std::nullopt, connection_runs_);
}

void Examination::helo(std::string name) {
    const auto begun_here = [](const std::shared_ptr<Run>& run) { return run->check.terms().begins == Stage::helo; };
    for (const auto& run : connection_runs_)
        if (begun_here(run)) run->abandoned.set();
    std::erase_if(connection_runs_, begun_here);
    // Checks that still run keep what they were given.
    connection_ = std::make_shared<Subject>(*connection_);
    connection_->client.helo = std::move(name);
    begin(Stage::helo, connection_, std::nullopt, connection_runs_);
}

Task<Decision> Examination::mail(std::string id, std::string account, std::string reverse_path,
                                 std::vector<std::string> parameters) {
    message_over();
    header_octets_ = 0;
    message_ = std::make_shared<Subject>(*connection_);
    message_->id = std::move(id);
    message_->client.account = std::move(account);
    message_->reverse_path = std::move(reverse_path);
    message_->parameters = std::move(parameters);
    for (const auto& run : connection_runs_)
        if (concerns(run->check, message_->client)) runs_.push_back(run);
    begin(Stage::mail, message_, std::nullopt, runs_);
    of_all_ = runs_.size();
    co_await settle(Stage::mail, of_all_);
    auto decision = strongest(answers(Stage::mail, of_all_), std::nullopt);
    if (decision.action != Action::exempt) decision = Decision();
    co_return decision;
}

Task<Decision> Examination::rcpt(std::string recipient, std::string account) {
    const auto place = static_cast<std::uint32_t>(message_->recipients.size());
    message_->recipients.push_back(std::move(recipient));
    message_->accounts.push_back(std::move(account));
    const auto own = runs_.size();
    begin(Stage::rcpt, message_, place, runs_);
    co_await settle(Stage::rcpt, own);
    auto decision = strongest(answers(Stage::rcpt, own), place);
    if (decision.action != Action::refuse && decision.action != Action::temp_fail) co_return Decision();
    message_->recipients.pop_back();
    message_->accounts.pop_back();
    refused_.clear();
    for (auto& answer : answers(Stage::rcpt, own))
        if (answer.line.recipient == place) refused_.push_back(std::move(answer.line));
    for (auto i = own; i < runs_.size(); ++i) runs_[i]->abandoned.set();
    runs_.resize(own);
    co_return decision;
}

bool Examination::header(std::string_view name, std::string_view value) {
    header_octets_ += name.size() + value.size() + 3;
    if (header_octets_ > pipeline_.limits().header_octets) return false;
    HeaderField field;
    field.name = name;
    field.value = value;
    message_->header.push_back(std::move(field));
    return true;
}

void Examination::end_of_header() {
    begin(Stage::headers, message_, std::nullopt, runs_);
}

void Examination::body(std::string_view octets) {
    message_->body_size += octets.size();
    if (message_->body_size <= pipeline_.kept_body()) {
        message_->body.append(octets);
    } else {
        message_->body = std::string();
    }
}

Task<Judgement> Examination::end_of_message() {
    begin(Stage::end_of_message, message_, std::nullopt, runs_);
    co_await settle(Stage::end_of_message, of_all_);
    const auto all = answers(Stage::end_of_message, of_all_);
    const auto recipients = static_cast<std::uint32_t>(message_->recipients.size());
    auto judgement = judge(all, recipients, pipeline_.limits().thresholds);
    co_return judgement;
}

/// What the connection's checks found stays.
void Examination::message_over() noexcept {
    for (const auto& run : connection_runs_) std::erase(runs_, run);
    abandon(runs_);
    message_.reset();
}

void Examination::client_over() {
    message_over();
    abandon(connection_runs_);
    connection_ = std::make_shared<Subject>();
}

}  // namespace md::checks
