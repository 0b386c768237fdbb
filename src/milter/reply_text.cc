// milter/reply_text.cc - see reply_text.h

#include "milter/reply_text.h"

#include <algorithm>

#include "base/strings.h"

namespace md::milter {

namespace {

using Kind = Answer::Kind;

/// An SMTP reply line has 512 octets (RFC 5321 §4.5.3.1.5); the session may add something.
constexpr std::size_t kLongestReply = 480;

bool has_code(std::string_view line) {
    return line.size() >= 3 && (line[0] == '4' || line[0] == '5') && is_digit(line[1]) && is_digit(line[2]) &&
           (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

/// "5.7.1 " at its front; its length, or 0.
std::size_t enhanced_code_size(std::string_view text, char reply_class) {
    std::size_t at = 0;
    for (int part = 0; part < 3; ++part) {
        const auto begin = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        if (at == begin || at - begin > 3) return 0;
        if (part < 2 && (at == text.size() || text[at++] != '.')) return 0;
    }
    if (text[0] != reply_class || (at < text.size() && text[at] != ' ')) return 0;
    return std::min(at + 1, text.size());
}

/// libmilter doubles each % in its replies.
std::string undoubled(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        out.push_back(text[i]);
        if (text[i] == '%' && i + 1 < text.size() && text[i + 1] == '%') ++i;
    }
    return out;
}

std::string doubled(std::string_view text) {
    std::string out;
    for (const char c : text) out.append(c == '%' ? 2 : 1, c);
    return out;
}

/// "550-5.7.1 one\r\n550 5.7.1 two" as "550 5.7.1 one two"
std::optional<std::string> one_line(std::string_view text) {
    std::string out;
    for (auto line : split(text, '\n')) {
        line = trim(line);
        if (line.empty()) continue;
        if (!has_code(line)) return std::nullopt;
        auto rest = line.substr(std::min<std::size_t>(line.size(), 4));
        if (out.empty()) {
            out.append(line.substr(0, 3));
        } else {
            if (line.substr(0, 3) != std::string_view(out).substr(0, 3)) return std::nullopt;
            rest.remove_prefix(enhanced_code_size(rest, line[0]));
        }
        if (!rest.empty()) out.append(" ").append(rest);
    }
    if (out.empty()) return std::nullopt;
    return printable(undoubled(out), kLongestReply);
}

std::optional<Answer> read_code(std::string_view data) {
    const auto end = data.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    auto text = one_line(data.substr(0, end));
    if (!text) return std::nullopt;
    const auto kind = text->front() == '4' ? Kind::temp_fail : Kind::reject;
    return Answer(kind, std::move(*text));
}

}  // namespace

std::optional<Answer> read_answer(const Packet& packet) {
    switch (packet.command) {
        case reply::kContinue: return Answer();
        case reply::kAccept: return Answer(Kind::accept);
        case reply::kReject: return Answer(Kind::reject);
        case reply::kTempFail: return Answer(Kind::temp_fail);
        case reply::kDiscard: return Answer(Kind::discard);
        case reply::kReplyCode: return read_code(packet.data);
        case reply::kShutdown: return Answer(Kind::temp_fail, "421 4.7.0 The content filter ends this session");
        case reply::kConnectionFailed: return Answer(Kind::unavailable, "says that it cannot serve");
        default: return std::nullopt;
    }
}

void put_answer(std::string& out, const Answer& answer) {
    const bool coded = answer.kind == Kind::reject || answer.kind == Kind::temp_fail;
    if (coded && has_code(answer.reply)) {
        const auto text = doubled(printable(answer.reply, kLongestReply));
        put_texts(out, reply::kReplyCode, {text});
        return;
    }
    char what = reply::kContinue;
    switch (answer.kind) {
        case Kind::proceed: break;
        case Kind::accept: what = reply::kAccept; break;
        case Kind::reject: what = reply::kReject; break;
        case Kind::discard: what = reply::kDiscard; break;
        case Kind::temp_fail:
        case Kind::unavailable: what = reply::kTempFail; break;
    }
    put_packet(out, what, {});
}

}  // namespace md::milter
