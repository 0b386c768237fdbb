// mdpop3d/multiline.cc - see multiline.h

#include "mdpop3d/multiline.h"

namespace md::mdpop3d {

void Multiline::feed(std::string_view chunk, std::string& out) {
    while (!chunk.empty() && !full_) {
        if (line_start_ && chunk.front() == '.') out += '.';
        const auto end = chunk.find('\n');
        const auto piece = chunk.substr(0, end == std::string_view::npos ? end : end + 1);
        out += piece;
        chunk.remove_prefix(piece.size());
        const bool ended = piece.back() == '\n' && (piece.size() > 1 ? piece[piece.size() - 2] == '\r' : after_cr_);
        const bool only_cr = line_start_ && piece == "\r";
        const bool rest_of_end = piece == "\n" && ended;
        line_empty_ = line_start_ ? piece == "\r\n" || only_cr : line_empty_ && rest_of_end;
        after_cr_ = piece.back() == '\r';
        line_start_ = ended;
        if (ended) end_line();
    }
}

/// Counts a line that is whole.
void Multiline::end_line() noexcept {
    if (!left_) return;
    if (!in_body_) {
        in_body_ = line_empty_;
    } else if (*left_ > 0) {
        --*left_;
    }
    full_ = in_body_ && *left_ == 0;
}

void Multiline::finish(std::string& out) const {
    if (!line_start_) out += after_cr_ ? "\n" : "\r\n";
    out += ".\r\n";
}

}  // namespace md::mdpop3d
