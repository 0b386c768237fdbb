// sendmail/draft.cc - see draft.h

#include "sendmail/draft.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "sendmail/message_text.h"

namespace md::sendmail {

namespace {

constexpr std::size_t kPiece = 64U << 10U;

Complaint no_room() {
    return {Exit::again, std::string("the message cannot be kept in a temporary file: ") + std::strerror(errno)};
}

Complaint unreadable() {
    const auto exit = errno == EBADF || errno == EISDIR ? Exit::no_input : Exit::input_error;
    return {exit, std::string("standard input: ") + std::strerror(errno)};
}

Complaint too_large(std::uint64_t most) {
    return {Exit::refused, "the message is larger than " + std::to_string(most) +
                               " octets, the most that is taken (smtp.max_message_size); it was not sent"};
}

Fd temporary_file() {
    const char* folder = std::getenv("TMPDIR");
    std::string name(folder != nullptr && *folder != '\0' ? folder : "/tmp");
    name += "/sendmail-XXXXXX";
    Fd file(::mkostemp(name.data(), O_CLOEXEC));
    if (file) ::unlink(name.c_str());
    return file;
}

}  // namespace

/// Moves the tail into the file.
bool Draft::keep() {
    if (!file_) file_ = temporary_file();
    if (!file_) return false;
    std::string_view left(tail_);
    while (!left.empty()) {
        const auto n = ::write(file_.get(), left.data(), left.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        left.remove_prefix(static_cast<std::size_t>(n));
    }
    written_ += tail_.size();
    tail_.clear();
    return true;
}

Result<Draft, Complaint> Draft::read(int fd, bool dot_ends, std::uint64_t most) {
    Draft draft;
    TextReader text(dot_ends);
    HeaderReader header;
    std::array<char, kPiece> piece{};
    for (bool more = true; more;) {
        const auto n = ::read(fd, piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(unreadable());
        std::string taken;
        if (n > 0) {
            more = text.feed(std::string_view(piece.data(), static_cast<std::size_t>(n)), taken);
        } else {
            text.finish(taken);
            more = false;
        }
        if (header.ended()) {
            draft.tail_ += taken;
        } else {
            header.feed(taken, draft.tail_);
        }
        if (header.too_large())
            return fail(Complaint{Exit::bad_input, "the header of the message is larger than " +
                                                       std::to_string(HeaderReader::kHeaderLimit) + " octets"});
        if (header.header().size() + draft.body_size() > most) return fail(too_large(most));
        if (draft.tail_.size() > kInMemory && !draft.keep()) return fail(no_room());
    }
    draft.header = header.header();
    return draft;
}

std::string Draft::body_at(std::uint64_t offset) const {
    errno = 0;
    if (offset >= written_) return tail_.substr(static_cast<std::size_t>(offset - written_), kPiece);
    std::string piece(kPiece, '\0');
    const auto n = ::pread(file_.get(), piece.data(), piece.size(), static_cast<off_t>(offset));
    piece.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return piece;
}

}  // namespace md::sendmail
