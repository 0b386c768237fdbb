// tests/fuzz/smtp_session.cc - any octets from SMTP and LMTP clients, over a journal in memory
//
// An input begins with an octet: it chooses SMTP, LMTP, a client of [[relay]], or a host that may say XCLIENT. What is
// answered must be lines of CRLF with a code of three digits each, and no fault of this machine.

#include <cstddef>
#include <cstdint>

#include "base/strings.h"
#include "fuzz/mail_session.h"

namespace {

void check_replies(std::string_view got) {
    MD_ASSERT(got.starts_with("220 ") && got.ends_with("\r\n"));
    while (!got.empty()) {
        const auto end = got.find('\n');
        const auto line = got.substr(0, end + 1);
        got.remove_prefix(end + 1);
        MD_ASSERT(line.ends_with("\r\n") && line.size() <= 512 && line.size() > 5);
        MD_ASSERT(line[0] >= '2' && line[0] <= '5' && md::is_digit(line[1]) && md::is_digit(line[2]));
        MD_ASSERT(line[3] == ' ' || line[3] == '-');
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > md::fuzz::kSessionInput) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    md::fuzz::SessionInput session(input);
    // One client is greeted, for what stands behind EHLO in the same write ends a session.
    session.clients.front().insert(0, session.choice == 1 ? "LHLO x\r\n\x1d" : "EHLO x\r\n\x1d");
    std::string config = "limits.errors = 1000\nsmtp.max_message_size = \"64K\"\nintake.large = \"4K\"\n";
    if (session.choice == 2) config += "[[relay]]\nnetwork = \"127.0.0.1\"\nrate = \"100/1h\"\n";
    if (session.choice == 3) config += "smtp.xclient_hosts = \"127.0.0.1\"\n";
    md::fuzz::Conversation conversation(md::dialogue::make_smtp_world, false, config);
    if (session.choice == 1) conversation.listener().protocol = md::config::Protocol::lmtp;
    const auto got = conversation.converse(session.clients);
    MD_ASSERT(conversation.logged(md::Event::SmtpCommandFailed) == 0);
    for (const auto& text : got) check_replies(text);
    return 0;
}
