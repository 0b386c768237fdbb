// tests/unit/spool/samples.h - envelopes and messages that several tests use
#pragma once

#include <string>

#include "spool/envelope.h"

namespace md::test {

/// With every field set to something of its own.
[[nodiscard]] inline spool::Envelope full_envelope() {
    spool::Envelope e;
    e.id = QueueId(0x0123456789abcdef);
    e.arrived = WallTime(std::chrono::microseconds(1'795'602'600'123'456));
    e.reverse_path = "alice@example.org";
    e.parameters.emplace_back("RET", "HDRS");
    e.parameters.emplace_back("ENVID", "a b\\c");
    auto& bob = e.recipients.emplace_back("bob@example.net");
    bob.parameters.emplace_back("NOTIFY", "FAILURE,DELAY");
    bob.parameters.emplace_back("ORCPT", "rfc822;bob@example.net");
    auto& carol = e.recipients.emplace_back("\"carol x\"@example.net");
    carol.verdict.action = spool::Verdict::Action::queue;
    carol.verdict.score_hundredths = -1250;
    carol.verdict.queue = "slow";
    carol.verdict.reason = "too much\nof it";
    e.client.ip = "2001:db8::1";
    e.client.name = "mail.example.org";
    e.client.helo = "h\x01lo";
    e.client.account = "alice@example.org";
    e.client.origin = spool::Origin::submission;
    e.client.tls = true;
    e.body = spool::BodyType::eight_bit_mime;
    e.smtputf8 = true;
    e.unfiltered = true;
    e.relay_from = 33;
    auto& edit = e.edits.emplace_back();
    edit.kind = spool::HeaderEdit::Kind::change;
    edit.index = 2;
    edit.name = "X-Spam";
    edit.value = " no,\n\treally";
    e.parent = QueueId(77);
    return e;
}

[[nodiscard]] inline spool::Envelope simple_envelope(std::uint64_t id, const std::string& to = "bob@example.net") {
    spool::Envelope e;
    e.id = QueueId(id);
    e.arrived = WallTime(std::chrono::seconds(1'795'602'600));
    e.reverse_path = "alice@example.org";
    e.recipients.emplace_back(to);
    return e;
}

/// A message that only this number has.
[[nodiscard]] inline std::string message_of(std::uint64_t number, std::size_t size = 300) {
    std::string out = "Return-Path: <alice@example.org>\nSubject: " + std::to_string(number) + "\n\n";
    while (out.size() < size) out += "line " + std::to_string(number * 31 + out.size()) + " of the message\n";
    return out;
}

}  // namespace md::test
