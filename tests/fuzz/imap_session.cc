// tests/fuzz/imap_session.cc - any octets from IMAP clients, before and after login, over a store in memory
//
// An input begins with an octet: '0' before login, '1' logged in, '2' INBOX selected, '3' the same with CONDSTORE and
// QRESYNC. What is answered must be responses as RFC 3501 §9 frames them: lines of CRLF without other control octets
// than a literal's, each untagged, a continuation, or tagged with a status.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/strings.h"
#include "fuzz/mail_session.h"

namespace {

constexpr std::array<std::string_view, 4> kBefore{
    "", "a LOGIN bob@example.org secret\r\n", "a LOGIN bob@example.org secret\r\nb SELECT INBOX\r\n",
    "a LOGIN bob@example.org secret\r\nb ENABLE QRESYNC\r\nc SELECT INBOX\r\n"};

constexpr std::array<std::string_view, 5> kStatuses{"OK", "NO", "BAD", "BYE", "PREAUTH"};

bool is_status(std::string_view word) {
    return std::find(kStatuses.begin(), kStatuses.end(), word) != kStatuses.end();
}

std::string_view first_word(std::string_view text) {
    return text.substr(0, text.find(' '));
}

/// The size of the literal that a line announces; none: it announces none.
std::optional<std::size_t> literal_of(std::string_view line) {
    const auto open = line.rfind('{');
    if (!line.ends_with('}') || open == std::string_view::npos) return std::nullopt;
    return md::parse_number<std::size_t>(line.substr(open + 1, line.size() - open - 2));
}

/// One line off the front, without its CRLF.
std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find("\r\n");
    MD_ASSERT(end != std::string_view::npos);
    const auto line = rest.substr(0, end);
    MD_ASSERT(line.find_first_of(std::string_view("\0\r\n", 3)) == std::string_view::npos);
    rest.remove_prefix(end + 2);
    return line;
}

void check_responses(std::string_view rest) {
    while (!rest.empty()) {
        auto line = take_line(rest);
        if (line.starts_with("+ ")) continue;
        const auto word = first_word(line);
        MD_ASSERT(!word.empty() && word.size() < line.size());
        const auto next = first_word(line.substr(word.size() + 1));
        if (word != "*") MD_ASSERT(next == "OK" || next == "NO" || next == "BAD");
        if (is_status(next)) continue;
        // The data of a response may go on behind a literal.
        for (auto size = literal_of(line); size; size = literal_of(line)) {
            MD_ASSERT(*size <= rest.size());
            rest.remove_prefix(*size);
            line = take_line(rest);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > md::fuzz::kSessionInput) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    md::fuzz::SessionInput session(input);
    for (auto& client : session.clients) client.insert(0, kBefore[session.choice]);
    md::fuzz::Conversation conversation(md::dialogue::make_imap_world);
    const auto got = conversation.converse(session.clients);
    MD_ASSERT(conversation.logged(md::Event::ImapCommandFailed) == 0);
    for (std::size_t at = 0; at < got.size(); ++at) {
        // What comes behind COMPRESS is not lines.
        if (md::lower(session.clients[at]).find("compress") == std::string::npos) check_responses(got[at]);
    }
    return 0;
}
