// relay/cargo.cc - see cargo.h

#include "relay/cargo.h"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "mail/address.h"
#include "mail/seven_bit_plan.h"
#include "proto/smtp/data_encoder.h"

namespace md::relay {

using async::Task;

/// A hop to another thread and back costs more than to copy a message.
bool CargoReader::load_at_once(std::size_t wanted) {
    if (cargo_.descriptor < 0) return false;
    std::string octets(wanted, '\0');
    iovec piece{octets.data(), octets.size()};
    const auto got = ::preadv2(cargo_.descriptor, &piece, 1, static_cast<off_t>(at_), RWF_NOWAIT);
    if (got != static_cast<ssize_t>(wanted)) return false;  // not all of it is in memory, or nobody can say
    piece_ = std::move(octets);
    piece_at_ = at_;
    return true;
}

Task<void> CargoReader::load() {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, cargo_.size - at_));
    if (load_at_once(wanted)) co_return;
    auto work = [&] {
        std::string octets(wanted, '\0');
        octets.resize(cargo_.message->read_at(at_, octets.data(), octets.size()));
        return octets;
    };
    piece_ = co_await async::offload(pool_, work);
    piece_at_ = at_;
    // A message cut short must never look like a whole one.
    if (piece_.size() < wanted) throw SystemError("read", cargo_.message->path(), EIO);
}

Task<std::string_view> CargoReader::next() {
    if (at_ >= cargo_.size) co_return std::string_view();
    if (piece_.empty() || piece_at_ != at_) co_await load();
    at_ += piece_.size();
    co_return piece_;
}

Task<void> CargoReader::measure() {
    smtp::DataEncoder encoder(smtp::Framing::chunks);
    std::string encoded;
    wire_size_ = 0;
    rewind();
    for (;;) {
        const auto piece = co_await next();
        if (piece.empty()) break;
        if (!eight_bit_) eight_bit_ = !mail::is_ascii(piece);
        encoder.feed(piece, encoded);
        wire_size_ += encoded.size();
        encoded.clear();
    }
    encoder.finish(encoded);
    wire_size_ += encoded.size();
    rewind();
}

Task<bool> CargoReader::has_utf8_header() {
    mail::SevenBitPlanner planner;
    rewind();
    for (;;) {
        const auto piece = co_await next();
        if (piece.empty()) break;
        planner.feed(piece);
    }
    rewind();
    co_return planner.finish().header_is_eight_bit;
}

}  // namespace md::relay
