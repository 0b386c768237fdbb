// relay/outcome.cc - see outcome.h

#include "relay/outcome.h"

#include <utility>

#include "base/strings.h"

namespace md::relay {

namespace {

constexpr int kServiceClosing = 421;
constexpr std::string_view kCut = "...\n";

/// RFC 3463 §3.4: X.3.2 is a system that goes down or has too much to do, which is what 421 says. Of any other code
/// only the class is known.
mail::Status status_of(const smtp::ServerReply& reply) {
    if (reply.status) return *reply.status;
    if (reply.code == kServiceClosing) return {4, 3, 2};
    return {static_cast<std::uint8_t>(reply.code / 100), 0, 0};
}

void add_line(std::string& transcript, std::string_view line) {
    if (transcript.ends_with(kCut)) return;
    const auto room = kTranscriptLimit - transcript.size() - kCut.size();
    if (line.size() + 1 <= room) {
        transcript.append(line).append("\n");
    } else {
        transcript.append(kCut);
    }
}

}  // namespace

Outcome outcome_of(const smtp::ServerReply& reply) {
    Outcome outcome;
    outcome.kind = reply.positive()    ? Outcome::Kind::delivered
                   : reply.permanent() ? Outcome::Kind::failed
                                       : Outcome::Kind::deferred;
    outcome.status = status_of(reply);
    outcome.reply = one_line(reply);
    return outcome;
}

Outcome host_failed(mail::Status status, std::string why) {
    Outcome outcome;
    outcome.status = status;
    outcome.reply = std::move(why);
    outcome.host_fault = true;
    return outcome;
}

Outcome refused(mail::Status status, std::string why) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::failed;
    outcome.status = status;
    outcome.reply = std::move(why);
    return outcome;
}

std::string transcript_of(const std::string& command, const smtp::ServerReply& reply) {
    std::string transcript;
    if (!command.empty()) add_line(transcript, ">>> " + printable(command, kTranscriptLimit / 2));
    for (const auto& text : reply.lines) {
        smtp::ServerReply line;
        line.code = reply.code;
        line.status = reply.status;
        line.lines.push_back(text);
        add_line(transcript, "<<< " + one_line(line));
    }
    return transcript;
}

std::string transcript_of(const std::string& command, const Outcome& trouble) {
    std::string transcript;
    if (!command.empty()) add_line(transcript, ">>> " + printable(command, kTranscriptLimit / 2));
    // 421 is the server's word, all other trouble is told in ours.
    const bool told = trouble.reply.starts_with(std::to_string(kServiceClosing) + " ");
    add_line(transcript, (told ? "<<< " : "*** ") + printable(trouble.reply, kTranscriptLimit / 2));
    return transcript;
}

}  // namespace md::relay
