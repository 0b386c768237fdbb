// mail/seven_bit.cc - see seven_bit.h

#include "mail/seven_bit.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace md::mail {

namespace {

using Kind = SevenBitPiece::Kind;

}  // namespace

SevenBitWriter::SevenBitWriter(SevenBitPlan plan) : plan_(std::move(plan)) {
    MD_ASSERT(plan_.fault == SevenBitPlan::Fault::none);
}

void SevenBitWriter::feed(std::string_view octets, std::string& out) {
    const auto before = out.size();
    begin_piece(out);
    while (!octets.empty() && piece_ < plan_.pieces.size()) {
        const auto& piece = plan_.pieces[piece_];
        // A field that has been replaced is in no piece.
        const bool skips = offset_ < piece.begin;
        const auto left = (skips ? piece.begin : piece.end) - offset_;
        const auto now = octets.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, octets.size())));
        octets.remove_prefix(now.size());
        offset_ += now.size();
        if (!skips) write(now, out);
        if (offset_ == piece.end) end_piece(out);
    }
    if (out.size() > before) last_ = out.back();
}

void SevenBitWriter::finish(std::string& out) {
    const auto before = out.size();
    begin_piece(out);
    if (piece_ < plan_.pieces.size()) end_piece(out);
    if (out.size() > before) last_ = out.back();
    if (last_ != '\n') out.push_back('\n');
}

/// Text comes as soon as its place is reached: with the octets in front of it.
void SevenBitWriter::begin_piece(std::string& out) {
    for (; piece_ < plan_.pieces.size() && plan_.pieces[piece_].kind == Kind::text; ++piece_) {
        out.append(plan_.pieces[piece_].text);
        line_ended_ = false;
    }
}

void SevenBitWriter::end_piece(std::string& out) {
    switch (plan_.pieces[piece_].kind) {
        case Kind::as_it_is:
        case Kind::text: break;
        case Kind::lines:
            if (is_seven_bit(line_)) out.append(line_);
            line_.clear();
            break;
        case Kind::quoted: quote_.finish(out); break;
        case Kind::requoted: requote_.finish(out); break;
        case Kind::rebased:
            (void)decoder_.finish(decoded_);
            reencode(out);
            decoder_ = TransferDecoder(Encoding::base64);
            [[fallthrough]];
        case Kind::base64:
            base64_.finish(out);
            // Its lines have ends of their own; if there is none, that of the header's blank line stands here.
            line_ended_ = true;
            cr_ = false;
    }
    ++piece_;
    begin_piece(out);
}

void SevenBitWriter::write(std::string_view octets, std::string& out) {
    switch (plan_.pieces[piece_].kind) {
        case Kind::as_it_is:
        case Kind::text: out.append(octets); break;
        case Kind::lines: write_lines(octets, out); break;
        case Kind::quoted: quote_.feed(octets, out); break;
        case Kind::requoted: requote_.feed(octets, out); break;
        case Kind::rebased:
            decoder_.feed(octets, decoded_);
            reencode(out);
            break;
        case Kind::base64: encode_lines(octets, out);
    }
}

void SevenBitWriter::reencode(std::string& out) {
    base64_.feed(decoded_, out);
    decoded_.clear();
}

/// Of a line as much is held as shows that it is too long.
void SevenBitWriter::write_lines(std::string_view octets, std::string& out) {
    while (!octets.empty()) {
        const auto end = octets.find('\n');
        const auto piece = octets.substr(0, end);
        octets.remove_prefix(std::min(octets.size(), piece.size() + 1));
        line_.append(piece.substr(0, kSevenBitLine + 2 - line_.size()));
        if (end == std::string_view::npos) return;
        const auto text = std::string_view(line_).substr(0, line_.size() - (line_.ends_with('\r') ? 1 : 0));
        const bool written = std::exchange(line_ended_, false) && text.empty();
        if (!written && is_seven_bit(text)) out.append(line_).append(1, '\n');
        line_.clear();
    }
}

/// In base64 a line ends with CRLF (RFC 2045 §6.8).
void SevenBitWriter::encode_lines(std::string_view octets, std::string& out) {
    while (!octets.empty()) {
        const auto end = octets.find('\n');
        const auto piece = octets.substr(0, end);
        octets.remove_prefix(std::min(octets.size(), piece.size() + 1));
        if (!piece.empty()) cr_ = piece.back() == '\r';
        base64_.feed(piece, out);
        if (end == std::string_view::npos) return;
        base64_.feed(std::exchange(cr_, false) ? "\n" : "\r\n", out);
    }
}

}  // namespace md::mail
