// proto/smtp/reply_reader.cc - see reply_reader.h

#include "proto/smtp/reply_reader.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/strings.h"
#include "base/utf8.h"

namespace md::smtp {

using Progress = ReplyReader::Progress;

namespace {

constexpr std::size_t kCodeDigits = 3;
constexpr std::string_view kCut = "...";

/// 0: the line begins with no code of a reply.
int code_of(std::string_view line) noexcept {
    if (line.size() < kCodeDigits || !std::all_of(line.begin(), line.begin() + kCodeDigits, is_digit)) return 0;
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    return code >= 200 && code < 600 ? code : 0;
}

/// The status at the front of a line's text, taken off it with the blank behind it. One of another class than the
/// code's is text like any other (RFC 2034 §4: 2xx, 4xx and 5xx have the status of their class, 3xx none).
std::optional<mail::Status> take_status(int code, std::string_view& text) noexcept {
    const auto word = text.substr(0, text.find_first_of(" \t"));
    const auto status = mail::Status::parse(word);
    if (!status || status->success_class != code / 100) return std::nullopt;
    text.remove_prefix(word.size());
    if (!text.empty()) text.remove_prefix(1);
    return status;
}

/// As it may stand in a log line: no control octet, C1 controls in their UTF-8 form neither.
std::string harmless(std::string_view text) {
    std::string out(text);
    const bool utf8 = is_utf8(out);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto octet = static_cast<unsigned char>(out[i]);
        if (octet == '\t') {
            out[i] = ' ';
        } else if (is_control(out[i]) || (octet >= 0x80 && !utf8)) {
            out[i] = '?';
        } else if (octet == 0xc2 && static_cast<unsigned char>(out[i + 1]) < 0xa0) {
            out[i] = out[i + 1] = '?';
        }
    }
    return out;
}

/// At most `limit` octets, no character cut in two.
void cut(std::string& text, std::size_t limit) {
    if (text.size() <= limit) return;
    auto end = limit - kCut.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
    text.append(kCut);
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    for (const auto word : split(line, ' '))
        if (const auto trimmed = trim(word); !trimmed.empty()) words.push_back(trimmed);
    return words;
}

/// "AUTH=PLAIN LOGIN" is how AUTH was told before it was a standard.
void add_mechanisms(Offer& offer, std::string_view first, const std::vector<std::string_view>& words) {
    const auto add = [&](std::string_view word) {
        auto mechanism = upper(word);
        if (mechanism.empty() || std::ranges::find(offer.mechanisms, mechanism) != offer.mechanisms.end()) return;
        offer.mechanisms.push_back(std::move(mechanism));
    };
    add(first);
    std::for_each(words.begin() + 1, words.end(), add);
}

void add_line(Offer& offer, std::string_view line) {
    const auto words = words_of(line);
    if (words.empty()) return;
    auto keyword = words.front();
    std::string_view behind_equals;
    if (starts_with_nocase(keyword, "AUTH=")) {
        behind_equals = keyword.substr(5);
        keyword = keyword.substr(0, 4);
    }
    const auto rule =
        std::ranges::find_if(kExtensions, [&](const auto& one) { return equal_nocase(one.keyword, keyword); });
    if (rule == kExtensions.end()) return;
    offer.add(rule->extension);
    if (rule->extension == Extension::auth) add_mechanisms(offer, behind_equals, words);
    // RFC 1870 §4: without a number, or with 0, no limit is known.
    if (rule->extension == Extension::size && words.size() > 1)
        offer.size_limit = parse_number<std::uint64_t>(words[1]).value_or(0);
    if (rule->extension == Extension::limits) offer.limits.assign(words.begin() + 1, words.end());
}

}  // namespace

Progress ReplyReader::refuse(std::string_view fault) {
    fault_ = fault;
    return Progress::malformed;
}

ReplyReader::Step ReplyReader::feed(std::string_view octets) {
    MD_ASSERT(fault_.empty());
    std::size_t consumed = 0;
    while (consumed < octets.size()) {
        auto piece = octets.substr(consumed);
        const auto end = piece.find('\n');
        piece = piece.substr(0, end == std::string_view::npos ? end : end + 1);
        if (line_.size() + piece.size() > kReplyLineLimit) return {consumed, refuse("a line of the reply is too long")};
        octets_ += piece.size();
        if (octets_ > kReplyLimit) return {consumed, refuse("reply too long")};
        line_.append(piece);
        consumed += piece.size();
        if (end == std::string_view::npos) break;
        const auto progress = take_line();
        line_.clear();
        if (progress != Progress::more) return {consumed, progress};
    }
    return {consumed, Progress::more};
}

/// `line_` is whole.
Progress ReplyReader::take_line() {
    std::string_view line(line_);
    line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const int code = code_of(line);
    if (code == 0) return refuse("not a reply");
    if (lines_ > 0 && code != reply_.code) return refuse("the lines of a reply have different codes");
    if (++lines_ > kReplyLines) return refuse("reply too long");
    reply_.code = code;
    line.remove_prefix(kCodeDigits);
    const char separator = line.empty() ? ' ' : line.front();
    if (separator != ' ' && separator != '-' && separator != '\t') return refuse("not a reply");
    if (!line.empty()) line.remove_prefix(1);
    keep_text(line);
    return separator == '-' ? Progress::more : Progress::complete;
}

void ReplyReader::keep_text(std::string_view text) {
    const auto status = take_status(reply_.code, text);
    if (!reply_.status) reply_.status = status;
    if (reply_.dropped_lines > 0 || kept_ + text.size() > kReplyTextLimit) {
        ++reply_.dropped_lines;
        return;
    }
    kept_ += text.size();
    reply_.lines.emplace_back(text);
}

ServerReply ReplyReader::take() {
    auto reply = std::exchange(reply_, {});
    octets_ = lines_ = kept_ = 0;
    return reply;
}

std::string one_line(const ServerReply& reply) {
    auto text = std::to_string(reply.code);
    if (reply.status) text.append(" ").append(reply.status->text());
    for (const auto& line : reply.lines) {
        const auto trimmed = trim(line);
        if (!trimmed.empty()) text.append(" ").append(trimmed);
    }
    text = harmless(text);
    cut(text, kReplyOneLineLimit);
    return text;
}

Offer read_offer(const ServerReply& ehlo) {
    Offer offer;
    // The first line is the server's name and greeting (RFC 5321 §4.1.1.1).
    for (std::size_t i = 1; i < ehlo.lines.size(); ++i) add_line(offer, ehlo.lines[i]);
    return offer;
}

std::optional<std::uint64_t> told_limit(const Offer& offer, std::string_view name) {
    for (const auto& limit : offer.limits) {
        const auto equals = limit.find('=');
        if (equals == std::string::npos || !equal_nocase(limit.substr(0, equals), name)) continue;
        const auto number = parse_number<std::uint64_t>(std::string_view(limit).substr(equals + 1));
        if (number && *number > 0) return number;
    }
    return std::nullopt;
}

}  // namespace md::smtp
