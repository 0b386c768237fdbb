// sendmail/submission.cc - see submission.h

#include "sendmail/submission.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <thread>

#include "base/strings.h"
#include "mail/address.h"
#include "proto/smtp/parameters.h"
#include "sendmail/message_text.h"

namespace md::sendmail {

namespace {

constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kPause = std::chrono::milliseconds(200);
constexpr int kServiceClosing = 421;
constexpr int kInsufficient = 452;

}  // namespace

Exit Submission::run() {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        const auto step = attempt();
        if (step != Step::again) return exit_;
        if (std::chrono::steady_clock::now() >= until) break;
        std::this_thread::sleep_for(kPause);
    }
    fail_with(Exit::again, "mdsmtpd cannot take the message now (" + trouble_ + "); try again");
    return exit_;
}

/// One connection.
Submission::Step Submission::attempt() {
    auto fd = connect_to(order_.socket, kPatience);
    if (!fd) {
        fail_with(fd.error().exit, fd.error().text);
        return Step::over;
    }
    Conversation talk(std::move(*fd), order_.verbose);
    auto step = greet(talk);
    while (step == Step::done && next_ < order_.recipients.size()) step = transaction(talk);
    if (step != Step::done) return step;
    [[maybe_unused]] const auto farewell = talk.ask("QUIT");  // whatever it says, all is settled
    return step;
}

Submission::Step Submission::greet(Conversation& talk) {
    const auto greeting = talk.read();
    const auto hello = greeting && greeting->good() ? talk.ask("EHLO " + order_.hostname) : greeting;
    if (!hello || hello->transient()) {
        trouble_ = hello ? hello->text() : hello.error().why;
        return Step::again;
    }
    if (!hello->good()) return refuse_all("mdsmtpd gives no service", *hello);
    note_offer(*hello);
    return Step::done;
}

void Submission::note_offer(const Answer& answer) {
    offers_eight_bit_ = offers_utf8_ = offers_dsn_ = false;
    for (const auto& line : answer.lines) {
        const auto words = split(line, ' ');
        offers_eight_bit_ = offers_eight_bit_ || equal_nocase(words.front(), "8BITMIME");
        offers_utf8_ = offers_utf8_ || equal_nocase(words.front(), "SMTPUTF8");
        offers_dsn_ = offers_dsn_ || equal_nocase(words.front(), "DSN");
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
    if (!begun || begun->code == kServiceClosing) {
        trouble_ = begun ? begun->text() : begun.error().why;
        return Step::again;
    }
    if (!begun->good()) return refuse_all("sender <" + order_.sender + ">", *begun);
    const auto before = exit_;
    std::size_t looked_at = 0;
    std::size_t taken = 0;
    auto step = name_recipients(talk, looked_at, taken);
    if (step == Step::done) step = taken > 0 && draft_ != nullptr ? send_message(talk, looked_at) : Step::done;
    if (step == Step::again) exit_ = before;
    if (step != Step::done) return step;
    next_ += looked_at;
    if (taken > 0 && draft_ != nullptr) return Step::done;
    const auto reset = talk.ask("RSET");
    return reset ? Step::done : Step::again;
}

/// Of as many as one transaction holds. `looked_at`: they are settled but for the message itself.
Submission::Step Submission::name_recipients(Conversation& talk, std::size_t& looked_at, std::size_t& taken) {
    const auto most = std::min(batch_limit_, order_.recipients.size() - next_);
    for (; looked_at < most; ++looked_at) {
        const auto& recipient = order_.recipients[next_ + looked_at];
        const auto answer = talk.ask(rcpt_command(recipient));
        if (!answer || answer->code == kServiceClosing) {
            trouble_ = answer ? answer->text() : answer.error().why;
            return Step::again;
        }
        if (answer->code == kInsufficient && answer->status() == "4.5.3" && taken > 0) return Step::done;
        if (!answer->good()) {
            refused(recipient, *answer);
            continue;
        }
        ++taken;
        if (draft_ == nullptr) std::cout << recipient << ": " << answer->text() << std::endl;
    }
    return Step::done;
}

Submission::Step Submission::send_message(Conversation& talk, std::size_t batch) {
    const auto go_on = talk.ask("DATA");
    if (!go_on || go_on->code == kServiceClosing) {
        trouble_ = go_on ? go_on->text() : go_on.error().why;
        return Step::again;
    }
    if (go_on->code != 354) {
        refused("the message", *go_on);
        return Step::done;
    }
    if (const auto step = transfer(talk); step != Step::done) return step;
    const auto answer = talk.ask(".");
    if (!answer) {
        fail_with(Exit::again, "mdsmtpd went away before it said whether it has the message for " +
                                   std::to_string(batch) + " recipients (" + answer.error().why + ")");
        return Step::over;
    }
    if (answer->good()) return Step::done;
    if (answer->code == kServiceClosing) {
        trouble_ = answer->text();
        return Step::again;
    }
    refused("the message", *answer);
    return Step::done;
}

/// All but the final dot.
Submission::Step Submission::transfer(Conversation& talk) {
    bool at_start = true;
    auto piece = draft_->header + "\n";
    for (std::uint64_t at = 0;;) {
        const auto sent = talk.send(sending_form(piece, at_start));
        if (!sent) {
            trouble_ = sent.error().why;
            return Step::again;
        }
        piece = draft_->body_at(at);
        if (piece.empty()) break;
        at += piece.size();
    }
    if (errno == 0) return Step::done;
    fail_with(Exit::again, std::string("the temporary file of the message cannot be read: ") + std::strerror(errno));
    return Step::over;
}

void Submission::fail_with(Exit exit, const std::string& text) {
    std::cerr << "sendmail: " << text << "\n";
    exit_ = exit;
}

/// What can be had by trying again counts only if nothing else went wrong.
void Submission::refused(const std::string& what, const Answer& answer) {
    std::cerr << "sendmail: " << printable(what, 300) << ": " << answer.text() << "\n";
    if (exit_ == Exit::done || exit_ == Exit::again) exit_ = answer.exit();
}

Submission::Step Submission::refuse_all(const std::string& what, const Answer& answer) {
    refused(what, answer);
    return Step::over;
}

}  // namespace md::sendmail
