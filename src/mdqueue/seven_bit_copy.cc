// mdqueue/seven_bit_copy.cc - see seven_bit_copy.h

#include "mdqueue/seven_bit_copy.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>

#include "base/error.h"
#include "base/fd.h"
#include "mail/seven_bit.h"

namespace md::mdqueue {

namespace {

constexpr std::size_t kPiece = 64U << 10U;

template <class Take>
void read_through(const File& message, std::uint64_t from, std::uint64_t size, Take take) {
    std::string piece(kPiece, '\0');
    while (from < size) {
        const auto got = message.read_at(from, piece.data(), std::min<std::uint64_t>(piece.size(), size - from));
        if (got == 0) throw CorruptFile(message.path(), "shorter than the message in it");
        take(std::string_view(piece).substr(0, got));
        from += got;
    }
}

/// On the disk where that can be, for a message may be large.
std::unique_ptr<File> nameless_file() {
    Fd fd(::open(P_tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!fd) fd = Fd(::memfd_create("message", MFD_CLOEXEC));
    if (!fd) throw SystemError("open", P_tmpdir, errno);
    return adopt_file(std::move(fd), "converted message");
}

}  // namespace

bool has_long_line(const File& message, std::uint64_t from, std::uint64_t size) {
    std::uint64_t line = 0;  // octets of it, without its LF
    bool cr = false;         // the last of them
    bool found = false;
    const auto end = [&] { found = found || line - (cr ? 1 : 0) > mail::kSevenBitLine; };
    read_through(message, from, size, [&](std::string_view piece) {
        while (!piece.empty()) {
            const auto text = piece.substr(0, piece.find('\n'));
            line += text.size();
            if (!text.empty()) cr = text.back() == '\r';
            if (text.size() == piece.size()) return;
            end();
            line = 0;
            cr = false;
            piece.remove_prefix(text.size() + 1);
        }
    });
    end();
    return found;
}

Result<std::unique_ptr<File>, NotConvertible> seven_bit_copy(const File& message, std::uint64_t from,
                                                             std::uint64_t size) {
    mail::SevenBitPlanner planner;
    read_through(message, from, size, [&](std::string_view piece) { planner.feed(piece); });
    auto plan = planner.finish();
    if (plan.fault != mail::SevenBitPlan::Fault::none) return fail(NotConvertible{mail::describe(plan.fault)});
    if (plan.header_is_eight_bit) return fail(NotConvertible{"its header has octets that are not ASCII"});
    auto copy = nameless_file();
    if (!plan.needed) {  // it said more than it has
        std::uint64_t at = 0;
        read_through(message, from, size, [&](std::string_view piece) {
            copy->write_at(at, piece);
            at += piece.size();
        });
        return copy;
    }
    mail::SevenBitWriter writer(std::move(plan));
    std::string out;
    std::uint64_t at = 0;
    const auto flush = [&] {
        copy->write_at(at, out);
        at += out.size();
        out.clear();
    };
    read_through(message, from, size, [&](std::string_view piece) {
        writer.feed(piece, out);
        flush();
    });
    writer.finish(out);
    flush();
    return copy;
}

}  // namespace md::mdqueue
