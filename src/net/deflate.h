// net/deflate.h - the two directions of a compressed stream: raw deflate, flushed after each group of octets
//
// CONTRACT
//   No I/O. Memory is bounded: about 260 KiB while a Deflater works and nothing after release(), at most 40 KiB an
//   Inflater. An Inflater gives no more than it is asked for, however much its input would unpack to, so that a bomb
//   costs time, which the reader divides, and no memory.
// RFC
//   1951 (DEFLATE); 4978 §4 (raw, without header or trailer)
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace md::net {

class Deflater {
  public:
    Deflater();
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    /// Appends what the peer needs in order to have all of `octets`.
    void pack(std::string_view octets, std::string& out);
    /// Forgets what went before: nothing that follows refers to it, and the peer notices nothing.
    void release() noexcept;

  private:
    std::unique_ptr<z_stream_s> state_;
};

class Inflater {
  public:
    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// Takes octets from the front of `packed` and appends at most `limit` to `out`. False: it is no deflate, or the
    /// peer has ended it. Nothing was appended: `packed` is empty, and more is needed.
    [[nodiscard]] bool unpack(std::string_view& packed, std::string& out, std::size_t limit);
    /// Whether there may be more to append without further input.
    [[nodiscard]] bool holds_more() const noexcept { return holds_more_; }

  private:
    std::unique_ptr<z_stream_s> state_;
    bool holds_more_ = false;
};

}  // namespace md::net
