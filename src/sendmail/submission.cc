// sendmail/submission.cc - see submission.h

#include "sendmail/submission.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <thread>
#include <utility>

#include "base/strings.h"
#include "mail/address.h"
#include "proto/smtp/parameters.h"
#include "sendmail/message_text.h"

namespace md::sendmail {

namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(200);
constexpr auto kLongestPause = std::chrono::milliseconds(5000);
constexpr int kServiceClosing = 421;

bool is_limit(const Answer& answer) {
    return answer.code == 452 && answer.status() == "4.5.3";
}

}  // namespace

Exit Submission::run() {
    until_ = Clock::now() + patience_;
    auto pause = kFirstPause;
    for (;;) {
        const auto before = waiting_.size();
        const auto step = attempt();
        for (auto& one : deferred_) waiting_.push_back(one.recipient);
        if (waiting_.empty() || step == Step::over || goes_in_circles(before)) break;
        if (waiting_.size() < before) {
            until_ = Clock::now() + patience_;
            pause = kFirstPause;
        }
        if (Clock::now() + pause >= until_) break;
        deferred_.clear();
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, kLongestPause);
    }
    return finish();
}

/// The server has ended two sessions at the same recipient, with nothing gained.
bool Submission::goes_in_circles(std::size_t waiting_before) {
    const bool same = place_ > 0 && place_ == last_place_ && waiting_.size() == waiting_before;
    last_place_ = std::exchange(place_, 0);
    return same;
}

/// One connection.
Submission::Step Submission::attempt() {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until_ - Clock::now());
    auto fd = connect_to(order_.socket, left);
    if (!fd) {
        reason_ = fd.error();
        return Step::over;
    }
    Conversation talk(std::move(*fd), order_.verbose);
    sent_in_session_ = false;
    auto step = greet(talk);
    while (step == Step::done && !waiting_.empty()) step = transaction(talk);
    if (step != Step::done && step != Step::later) return step;
    // Whatever it says, all that this session can do is done.
    [[maybe_unused]] const auto farewell = talk.ask("QUIT", Conversation::kShortPatience);
    return step;
}

Submission::Step Submission::greet(Conversation& talk) {
    const auto greeting = talk.read(Conversation::kShortPatience);
    const auto hello =
        greeting && greeting->good() ? talk.ask("EHLO " + order_.hostname, Conversation::kShortPatience) : greeting;
    if (!hello || hello->transient()) return not_now(hello);
    if (!hello->good()) {
        reason_ = {hello->exit_of_sender(), "mdsmtpd gives no service: " + hello->text()};
        return Step::over;
    }
    note_offer(*hello);
    return Step::done;
}

/// A connection that is lost, or 4xx.
Submission::Step Submission::not_now(const Result<Answer, Lost>& answer) {
    const auto why = answer ? answer->text() : answer.error().why;
    reason_ = {Exit::again, "mdsmtpd cannot take the message now (" + why + "); try again"};
    return answer && answer->code != kServiceClosing ? Step::later : Step::again;
}

void Submission::note_offer(const Answer& answer) {
    offers_eight_bit_ = offers_utf8_ = offers_dsn_ = offers_size_ = false;
    for (const auto& line : answer.lines) {
        const auto words = split(line, ' ');
        offers_eight_bit_ = offers_eight_bit_ || equal_nocase(words.front(), "8BITMIME");
        offers_utf8_ = offers_utf8_ || equal_nocase(words.front(), "SMTPUTF8");
        offers_dsn_ = offers_dsn_ || equal_nocase(words.front(), "DSN");
        offers_size_ = offers_size_ || equal_nocase(words.front(), "SIZE");
        if (!equal_nocase(words.front(), "LIMITS")) continue;
        for (const auto word : words) {
            if (!starts_with_nocase(word, "RCPTMAX=")) continue;
            const auto most = parse_number<std::size_t>(word.substr(8));
            if (most && *most > 0) batch_limit_ = *most;
        }
    }
}

bool Submission::needs_utf8() const {
    const auto needs = [](const std::string& address) { return !mail::is_ascii(address); };
    return needs(order_.sender) || std::ranges::any_of(order_.recipients, needs);
}

std::string Submission::mail_command() const {
    auto command = "MAIL FROM:<" + order_.sender + ">";
    if (offers_size_ && draft_ != nullptr) command += " SIZE=" + std::to_string(draft_->size());
    if (order_.eight_bit && offers_eight_bit_) command += " BODY=8BITMIME";
    if (needs_utf8() && offers_utf8_) command += " SMTPUTF8";
    if (offers_dsn_ && !order_.ret.empty()) command += " RET=" + order_.ret;
    if (offers_dsn_ && !order_.envelope_id.empty()) command += " ENVID=" + smtp::encode_xtext(order_.envelope_id);
    return command;
}

std::string Submission::rcpt_command(const std::string& recipient) const {
    auto command = "RCPT TO:<" + recipient + ">";
    if (offers_dsn_ && !order_.notify.empty()) command += " NOTIFY=" + order_.notify;
    return command;
}

Submission::Step Submission::transaction(Conversation& talk) {
    const auto begun = talk.ask(mail_command());
    if (!begun || begun->transient()) return not_now(begun);
    if (!begun->good()) {
        reason_ = {begun->exit_of_sender(),
                   "sender <" + printable(order_.sender, 300) + ">: " + begun->text() + "; the message was not sent"};
        return Step::over;
    }
    Batch batch;
    auto step = name_recipients(talk, batch);
    if (step != Step::done) return step;
    if (draft_ != nullptr && !batch.taken.empty()) {
        step = send_message(talk, batch);
        if (step == Step::done) settle(std::move(batch));
        return step;
    }
    settle(std::move(batch));
    const auto reset = talk.ask("RSET");
    return reset ? Step::done : not_now(reset);
}

/// Of as many as one transaction holds.
Submission::Step Submission::name_recipients(Conversation& talk, Batch& batch) {
    const auto most = std::min(batch_limit_, waiting_.size());
    while (batch.size() < most) {
        const auto& recipient = waiting_[batch.size()];
        auto answer = talk.ask(rcpt_command(recipient));
        if (!answer || answer->code == kServiceClosing) {
            place_ = batch.size();
            return not_now(answer);
        }
        if (is_limit(*answer) && !batch.taken.empty()) return Step::done;
        if (is_limit(*answer) && sent_in_session_) return not_now(answer);
        auto& fate = answer->good() ? batch.taken : answer->transient() ? batch.deferred : batch.refused;
        fate.push_back({recipient, std::move(*answer)});
    }
    return Step::done;
}

/// The batch's recipients wait no more, but for those who are told to come again.
void Submission::settle(Batch batch) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
    if (draft_ == nullptr)
        for (const auto& one : batch.taken) std::cout << one.recipient << ": " << one.answer.text() << std::endl;
    for (const auto& one : batch.refused) refuse(one.recipient, one.answer, one.answer.exit());
    for (auto& one : batch.deferred) deferred_.push_back(std::move(one));
}

Submission::Step Submission::send_message(Conversation& talk, const Batch& batch) {
    const auto go_on = talk.ask("DATA");
    if (!go_on || go_on->transient()) return not_now(go_on);
    if (go_on->code != 354) {
        refuse("the message", *go_on, go_on->exit());
        const auto reset = talk.ask("RSET");
        return reset ? Step::done : not_now(reset);
    }
    const auto step = transfer(talk);
    return step == Step::done ? end_message(talk, batch) : step;
}

Submission::Step Submission::end_message(Conversation& talk, const Batch& batch) {
    const auto answer = talk.ask(".");
    if (answer && answer->transient()) return not_now(answer);
    if (!answer) {
        reason_ = {Exit::again, "mdsmtpd went away before it said whether it has the message for " +
                                    std::to_string(batch.taken.size()) + " recipients (" + answer.error().why + ")"};
        if (!anybody_has_it_) return Step::over;
        lost_sight_of(batch);
        return Step::done;
    }
    sent_in_session_ = true;
    anybody_has_it_ = anybody_has_it_ || answer->good();
    if (!answer->good()) refuse("the message", *answer, answer->exit());
    return Step::done;
}

/// The message may have been taken. Who sends it again may send it twice: the caller decides, but where others have it
/// for sure it is not for the caller to send all again, and the rest still gets it.
void Submission::lost_sight_of(const Batch& batch) {
    say(reason_.text);
    for (const auto& one : batch.taken) say(printable(one.recipient, 300) + ": the message may not have been sent");
    if (exit_ == Exit::done) exit_ = Exit::refused;
}

/// All but the final dot.
Submission::Step Submission::transfer(Conversation& talk) {
    bool at_start = true;
    auto piece = draft_->header + "\n";
    for (std::uint64_t at = 0;;) {
        const auto sent = talk.send(sending_form(piece, at_start));
        if (!sent) return not_now(fail(sent.error()));
        piece = draft_->body_at(at);
        if (piece.empty()) break;
        at += piece.size();
    }
    if (errno == 0) return Step::done;
    reason_ = {Exit::input_error,
               std::string("the temporary file of the message cannot be read: ") + std::strerror(errno)};
    return Step::over;
}

void Submission::say(const std::string& text) {
    std::cerr << "sendmail: " << text << "\n";
}

/// The first counts.
void Submission::refuse(const std::string& what, const Answer& answer, Exit exit) {
    say(printable(what, 300) + ": " + answer.text());
    if (exit_ == Exit::done) exit_ = exit;
}

/// Tells of those who still wait.
Exit Submission::finish() {
    if (waiting_.empty()) return exit_;
    for (const auto& one : deferred_) {
        say(printable(one.recipient, 300) + ": " + one.answer.text());
        std::erase(waiting_, one.recipient);
    }
    if (!waiting_.empty()) say(reason_.text);
    if (anybody_has_it_)
        for (const auto& recipient : waiting_) say(printable(recipient, 300) + ": the message was not sent");
    if (exit_ == Exit::done) exit_ = anybody_has_it_ ? Exit::refused : reason_.exit;
    return exit_;
}

}  // namespace md::sendmail
