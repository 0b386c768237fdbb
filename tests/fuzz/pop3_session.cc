// tests/fuzz/pop3_session.cc - any octets from POP3 clients, before and after login, over a store in memory
//
// An input begins with an octet: an odd one is logged in. What is answered must be lines of CRLF, and begin with a
// greeting (RFC 1939 §4).

#include <cstddef>
#include <cstdint>

#include "fuzz/mail_session.h"

namespace {

void check_lines(std::string_view got) {
    MD_ASSERT(got.starts_with("+OK"));
    MD_ASSERT(got.ends_with("\r\n"));
    for (auto at = got.find('\n'); at != std::string_view::npos; at = got.find('\n', at + 1))
        MD_ASSERT(at > 0 && got[at - 1] == '\r');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > md::fuzz::kSessionInput) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    md::fuzz::SessionInput session(input);
    if (session.choice % 2 == 1)
        for (auto& client : session.clients) client.insert(0, "USER bob@example.org\r\nPASS secret\r\n");
    md::fuzz::Conversation conversation(md::dialogue::make_pop3_world);
    const auto got = conversation.converse(session.clients);
    MD_ASSERT(conversation.logged(md::Event::Pop3CommandFailed) == 0);
    for (const auto& text : got) check_lines(text);
    return 0;
}
