// net/line_reader.cc - see line_reader.h

#include "net/line_reader.h"

namespace md::net {

void LineReader::release() noexcept {
    stream_.consume(given_);
    given_ = 0;
}

async::Task<Line> LineReader::read_line(async::Deadline deadline) {
    release();
    bool too_long = false;
    std::size_t searched = 0;
    for (;;) {
        const auto input = stream_.buffered();
        const auto end = input.find('\n', searched);
        if (end != std::string_view::npos) {
            const auto size = end + 1;
            if (too_long || size > limit_) {
                stream_.consume(size);
                co_return Line(std::string_view(), true, false);
            }
            given_ = size;
            auto text = input.substr(0, end);
            const bool bare = !text.ends_with('\r');
            if (!bare) text.remove_suffix(1);
            co_return Line(text, false, bare);
        }
        searched = input.size();
        if (searched >= limit_) {
            too_long = true;
            stream_.consume(searched);
            searched = 0;
        }
        co_await stream_.fill(deadline);
    }
}

}  // namespace md::net
