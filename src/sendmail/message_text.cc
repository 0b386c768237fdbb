// sendmail/message_text.cc - see message_text.h

#include "sendmail/message_text.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "mail/header.h"

namespace md::sendmail {

bool TextReader::feed(std::string_view piece, std::string& out) {
    for (std::size_t at = 0; at < piece.size(); ++at) {
        if (!at_start_ && !dot_held_ && !after_cr_) {  // what has no line end is taken at once
            const auto end = std::min(piece.find_first_of("\r\n", at), piece.size());
            out.append(piece.substr(at, end - at));
            at = end;
            if (at == piece.size()) break;
        }
        if (!take(piece[at], out)) return false;
    }
    return true;
}

/// CRs before an LF vanish with it; others end a line, but neither begin nor end that of the lone dot: they stand in
/// what a program shows of its progress.
bool TextReader::take(char c, std::string& out) {
    if (c == '\r') {
        after_cr_ = true;
        return true;
    }
    const bool bare_cr = after_cr_ && c != '\n';
    after_cr_ = false;
    if (bare_cr) {
        if (std::exchange(dot_held_, false)) out.push_back('.');
        end_line(out);
        behind_lf_ = false;
    }
    if (c == '\n') return end_line(out);
    if (dot_held_) out.push_back('.');
    dot_held_ = dot_ends_ && at_start_ && behind_lf_ && c == '.';
    at_start_ = false;
    if (!dot_held_) out.push_back(c);
    return true;
}

bool TextReader::end_line(std::string& out) {
    if (dot_held_) return false;
    out.push_back('\n');
    at_start_ = true;
    behind_lf_ = true;
    return true;
}

void TextReader::finish(std::string& out) {
    if (dot_held_) return;
    if (!at_start_ || after_cr_) out.push_back('\n');
    at_start_ = true;
    after_cr_ = false;
}

HeaderReader::Line HeaderReader::kind_of(std::string_view line) const {
    if (line.empty()) return Line::empty;
    const auto colon = line.find(':');
    const auto name = trim(line.substr(0, colon));
    const bool envelope = line.starts_with("From ") || line.starts_with(">From ");
    if (line_start_ == 0 && !envelope_seen_ && envelope && !equal_nocase(name, "From")) return Line::envelope;
    const bool continues = line.front() == ' ' || line.front() == '\t';
    if (continues) return line_start_ > 0 ? Line::field : Line::body;
    return colon != std::string_view::npos && mail::is_field_name(name) ? Line::field : Line::body;
}

void HeaderReader::feed(std::string_view text, std::string& rest) {
    header_.append(text);
    while (!ended_) {
        const auto end = header_.find('\n', searched_);
        searched_ = header_.size();
        if (end == std::string::npos) return;
        const auto kind = kind_of(std::string_view(header_).substr(line_start_, end - line_start_));
        if (kind == Line::field) {
            line_start_ = searched_ = end + 1;
        } else if (kind == Line::envelope) {
            header_.erase(0, end + 1);
            searched_ = 0;
            envelope_seen_ = true;
        } else {
            ended_ = true;
            rest = header_.substr(kind == Line::empty ? end + 1 : line_start_);
            header_.resize(line_start_);
        }
    }
}

std::string sending_form(std::string_view text, bool& at_start) {
    std::string out;
    out.reserve(text.size() + text.size() / 16);
    while (!text.empty()) {
        if (at_start && text.front() == '.') out.push_back('.');
        const auto end = text.find('\n');
        at_start = end != std::string_view::npos;
        out.append(text.substr(0, end));
        if (at_start) out.append("\r\n");
        text.remove_prefix(at_start ? end + 1 : text.size());
    }
    return out;
}

}  // namespace md::sendmail
