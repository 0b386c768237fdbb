// net/line_reader.h - a stream's input as lines
//
// CONTRACT
//   A line ends at LF; one CR before it is taken off. That a line ended by LF alone is told, for where it matters. No
//   other octet is touched. A line longer than the limit is dropped up to its end as it arrives and told as too long:
//   the session answers and goes on. The view given lives until the next call.
#pragma once

#include <string_view>

#include "async/task.h"
#include "net/stream.h"

namespace md::net {

struct Line {
    Line(std::string_view t, bool long_one, bool lf) : text(t), too_long(long_one), bare_lf(lf) {}

    std::string_view text;  ///< without its end; empty if too long
    bool too_long;
    bool bare_lf;
};

class LineReader {
  public:
    /// `limit_bytes` counts the line's end too (RFC 5321 §4.5.3.1.4).
    LineReader(Stream& stream, std::size_t limit_bytes) : stream_(stream), limit_(limit_bytes) {}

    void set_limit(std::size_t bytes) noexcept { limit_ = bytes; }
    async::Task<Line> read_line(async::Deadline deadline);
    /// Takes the line last given out of the stream now, so that buffered() begins after it.
    void release() noexcept;

  private:
    Stream& stream_;
    std::size_t limit_;
    std::size_t given_ = 0;  ///< octets of the line last given, still in the stream's buffer
};

}  // namespace md::net
