// tests/fuzz/smtp_command.cc - any octets as one command line, in both dialects
//
// What is taken must survive being written: an address that parses has a text that parses to the same address.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "mail/address.h"
#include "proto/smtp/command.h"
#include "proto/smtp/parameters.h"

namespace {

void check_address(const md::mail::Address& address) {
    if (address.domain.empty()) return;
    const auto text = address.text();
    if (text.size() > md::mail::kMailboxLimit) return;  // quoting may lengthen it
    const auto again = md::mail::parse_mailbox(text, md::mail::Utf8::allowed);
    MD_ASSERT(again && *again == address);
}

void check_reply(const md::smtp::Reply& reply) {
    const auto bytes = reply.bytes();
    MD_ASSERT(reply.code >= 400 && bytes.size() > 2 && bytes.substr(bytes.size() - 2) == "\r\n");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace md::smtp;
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    Offer offer;
    for (const auto& rule : kExtensions) offer.add(rule.extension);
    for (const auto dialect : {Dialect::smtp, Dialect::lmtp}) {
        const auto command = parse_command(line, dialect);
        if (!command) {
            check_reply(command.error());
            continue;
        }
        for (const auto state : {State::start, State::ready, State::mail, State::rcpt})
            if (const auto refusal = out_of_sequence(command->verb, state, dialect)) check_reply(*refusal);
        if (command->verb == Verb::mail) {
            const auto mail = parse_mail(command->argument, offer);
            if (!mail) check_reply(mail.error());
            if (mail && mail->sender) check_address(*mail->sender);
        }
        if (command->verb == Verb::rcpt) {
            for (const bool smtputf8 : {false, true}) {
                const auto rcpt = parse_rcpt(command->argument, offer, smtputf8);
                if (!rcpt) check_reply(rcpt.error());
                if (rcpt) check_address(rcpt->recipient);
            }
        }
    }
    return 0;
}
