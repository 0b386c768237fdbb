// store/crlf_reader.cc - see crlf_reader.h

#include "store/crlf_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace md::store {

namespace {

constexpr std::size_t kChunk = 64U << 10;

/// LF as CRLF unless a CR stands before it; `after_cr` carries that over chunks.
void expand(std::string_view raw, std::string& out, bool& after_cr) {
    out.clear();
    std::size_t begin = 0;
    while (begin < raw.size()) {
        const auto* end = static_cast<const char*>(std::memchr(raw.data() + begin, '\n', raw.size() - begin));
        if (end == nullptr) break;
        const auto at = static_cast<std::size_t>(end - raw.data());
        out.append(raw.substr(begin, at - begin));
        const bool has_cr = at > 0 ? raw[at - 1] == '\r' : after_cr;
        out.append(has_cr ? "\n" : "\r\n");
        begin = at + 1;
    }
    out.append(raw.substr(begin));
    if (!raw.empty()) after_cr = raw.back() == '\r';
}

}  // namespace

std::string_view CrlfReader::read() {
    if (rest_.empty() && offset_ < size_) {
        raw_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, size_ - offset_)));
        raw_.resize(file_.read_at(offset_, raw_.data(), raw_.size()));
        offset_ += raw_.size();
        if (raw_.empty()) size_ = offset_;  // shorter than it said: the end all the same
        expand(raw_, expanded_, after_carriage_return_);
        rest_ = expanded_;
    }
    return std::exchange(rest_, {});
}

std::uint64_t CrlfReader::skip(std::uint64_t octets) {
    std::uint64_t skipped = 0;
    while (skipped < octets) {
        auto chunk = read();
        if (chunk.empty()) break;
        const auto drop = std::min<std::uint64_t>(chunk.size(), octets - skipped);
        chunk.remove_prefix(static_cast<std::size_t>(drop));
        skipped += drop;
        rest_ = chunk;
    }
    return skipped;
}

}  // namespace md::store
