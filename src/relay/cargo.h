// relay/cargo.h - a message that is given to another host, with its envelope
//
// PURPOSE
//   Cargo is what the caller hands in; CargoReader reads its octets in pieces and says what they will be on the wire.
// CONTRACT
//   The file's octets never change; LF line ends, or CRLF of other writers. It is read at once where the system has it
//   in memory, as it mostly has what has just been written, else on the pool; at most kPiece octets at a time, and no
//   more is kept; a message of one piece is read once, a larger one twice, for its size on the wire is told before it
//   is sent. A file that is shorter than `size`, or cannot be read, is SystemError.
// RFC
//   5321 §3.3; 3461 §4 (parameters); 1870 §3 (size)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "async/task.h"
#include "async/worker_pool.h"
#include "base/files.h"
#include "proto/smtp/parameters.h"

namespace md::relay {

struct CargoRecipient {
    std::string address;                      ///< as for RCPT, without brackets
    std::vector<smtp::Parameter> parameters;  ///< NOTIFY, ORCPT
    std::uint32_t number = 0;                 ///< the caller's
};

struct Cargo {
    const File* message = nullptr;  ///< outlives the sending
    int descriptor = -1;            ///< of that file, where it is a real one: for what is in memory already
    std::uint64_t relay_from = 0;   ///< where in the file what is relayed begins
    std::uint64_t size = 0;         ///< of the file
    smtp::Body body = smtp::Body::seven_bit;
    bool smtputf8 = false;
    std::string reverse_path;                 ///< empty: null
    std::vector<smtp::Parameter> parameters;  ///< RET, ENVID
    std::vector<CargoRecipient> recipients;
};

class CargoReader {
  public:
    static constexpr std::size_t kPiece = 32 * 1024;

    CargoReader(const Cargo& cargo, async::WorkerPool& pool) : cargo_(cargo), pool_(pool), at_(cargo.relay_from) {}

    /// Must have been before wire_size() and eight_bit(). Reading begins at the start afterwards.
    async::Task<void> measure();
    /// Octets with CRLF line ends, without stuffed dots and the final one.
    [[nodiscard]] std::uint64_t wire_size() const noexcept { return wire_size_; }
    [[nodiscard]] bool eight_bit() const noexcept { return eight_bit_; }

    /// Has a header, its own or of a part at any level, octets that are not ASCII? Reads all of it once more.
    async::Task<bool> has_utf8_header();

    void rewind() noexcept { at_ = cargo_.relay_from; }
    /// The next piece; empty at the end. Good until the next call.
    async::Task<std::string_view> next();

  private:
    async::Task<void> load();
    [[nodiscard]] bool load_at_once(std::size_t wanted);

    const Cargo& cargo_;
    async::WorkerPool& pool_;
    std::uint64_t at_;
    std::string piece_;
    std::uint64_t piece_at_ = 0;  ///< where in the file it stands
    std::uint64_t wire_size_ = 0;
    bool eight_bit_ = false;
};

}  // namespace md::relay
