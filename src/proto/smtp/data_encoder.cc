// proto/smtp/data_encoder.cc - see data_encoder.h

#include "proto/smtp/data_encoder.h"

#include <algorithm>

namespace md::smtp {

void DataEncoder::end_line(std::string& out) {
    out.append("\r\n");
    line_start_ = true;
    after_cr_ = false;
}

void DataEncoder::feed(std::string_view piece, std::string& out) {
    std::size_t at = 0;
    if (after_cr_ && !piece.empty()) {
        end_line(out);
        if (piece.front() == '\n') at = 1;
    }
    // Each of LF and CR is looked for once from each place: linear whatever the mixture.
    std::size_t next_lf = std::min(piece.find('\n', at), piece.size());
    std::size_t next_cr = std::min(piece.find('\r', at), piece.size());
    while (at < piece.size()) {
        if (next_lf < at) next_lf = std::min(piece.find('\n', at), piece.size());
        if (next_cr < at) next_cr = std::min(piece.find('\r', at), piece.size());
        const auto stop = std::min(next_lf, next_cr);
        if (stop > at) {
            if (line_start_ && framing_ == Framing::dots && piece[at] == '.') out.push_back('.');
            out.append(piece, at, stop - at);
            line_start_ = false;
        }
        at = stop + 1;
        if (stop == piece.size()) return;
        if (stop == next_cr && at == piece.size()) {
            after_cr_ = true;
            return;
        }
        if (stop == next_cr && piece[at] == '\n') ++at;
        end_line(out);
    }
}

void DataEncoder::finish(std::string& out) {
    if (after_cr_ || !line_start_) end_line(out);
    if (framing_ == Framing::dots) out.append(".\r\n");
}

}  // namespace md::smtp
