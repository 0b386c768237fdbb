// store/binary_message.cc - see binary_message.h

#include "store/binary_message.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"

namespace md::store {

namespace {

/// Of a line of base64 (RFC 2045 §6.8).
constexpr std::size_t kLineOctets = 57;
constexpr std::size_t kPiece = kLineOctets * 1024;

}  // namespace

BinaryMessage::BinaryMessage(Files& files, std::string path) : files_(files), path_(std::move(path)) {
    files_.unlink(path_);
    file_ = files_.open(path_, OpenMode::create_new);
}

BinaryMessage::~BinaryMessage() {
    try {
        files_.unlink(path_);
    } catch (const SystemError&) {
        // What is left in tmp/ is swept with the rest of it.
    }
}

void BinaryMessage::write(std::string_view octets) {
    file_->write_at(size_, octets);
    size_ += octets.size();
    parser_.feed(octets);
}

const std::vector<mail::TextFormPiece>& BinaryMessage::pieces() {
    if (!pieces_)
        pieces_ = mail::plan_text_form(parser_.finish(),
                                       [this](std::uint64_t begin, std::uint64_t end) { return has_nul(begin, end); });
    return *pieces_;
}

std::uint64_t BinaryMessage::text_octets() {
    using Kind = mail::TextFormPiece::Kind;
    std::uint64_t sum = 0;
    for (const auto& piece : pieces()) {
        const auto octets = piece.end - piece.begin;
        if (piece.kind == Kind::text) sum += piece.text.size();
        if (piece.kind == Kind::as_it_is) sum += octets;
        if (piece.kind == Kind::base64) sum += (octets + 2) / 3 * 4 + (octets + kLineOctets - 1) / kLineOctets;
    }
    return sum;
}

bool BinaryMessage::copy_to(MessageWriter& to) {
    const auto& all = pieces();
    return std::all_of(all.begin(), all.end(), [&](const auto& piece) { return copy_piece(piece, to); });
}

bool BinaryMessage::has_nul(std::uint64_t begin, std::uint64_t end) const {
    while (begin < end) {
        const auto read = octets(begin, end, kPiece);
        if (read.find('\0') != std::string::npos) return true;
        begin += read.size();
    }
    return false;
}

bool BinaryMessage::copy_piece(const mail::TextFormPiece& piece, MessageWriter& to) const {
    using Kind = mail::TextFormPiece::Kind;
    if (piece.kind == Kind::text) to.write(piece.text);
    for (auto at = piece.begin; at < piece.end;) {
        const auto read = octets(at, piece.end, kPiece);
        at += read.size();
        if (piece.kind == Kind::as_it_is) {
            if (read.find('\0') != std::string::npos) return false;
            to.write(read);
            continue;
        }
        for (std::size_t line = 0; line < read.size(); line += kLineOctets) {
            // The line end before a boundary is not the part's; at the message's end there is none yet.
            const bool last = at == piece.end && line + kLineOctets >= read.size() && at != size_;
            to.write(base64_encode(std::string_view(read).substr(line, kLineOctets)) + (last ? "" : "\n"));
        }
    }
    return true;
}

std::string BinaryMessage::octets(std::uint64_t begin, std::uint64_t end, std::size_t limit) const {
    std::string out(static_cast<std::size_t>(std::min<std::uint64_t>(limit, end - begin)), '\0');
    out.resize(file_->read_at(begin, out.data(), out.size()));
    if (out.empty()) throw SystemError("read", path_, EIO);
    return out;
}

}  // namespace md::store
