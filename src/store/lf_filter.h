// store/lf_filter.h - line ends as they are stored: CRLF becomes LF, whatever the chunks' cuts
//
// CONTRACT
//   Pure; keeps nothing but a CR at the end of a chunk. A CR that no LF follows stays. The sink is called with views
//   into the chunk.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace md::store {

class LfFilter {
  public:
    template <class Sink>
    void feed(std::string_view chunk, Sink sink) {
        if (chunk.empty()) return;
        if (carriage_return_ && chunk.front() != '\n') pass("\r", sink);
        carriage_return_ = false;
        std::size_t begin = 0;  // not passed on yet
        for (std::size_t from = 0; from < chunk.size();) {
            const auto* end = static_cast<const char*>(std::memchr(chunk.data() + from, '\n', chunk.size() - from));
            if (end == nullptr) break;
            const auto at = static_cast<std::size_t>(end - chunk.data());
            if (at > begin && chunk[at - 1] == '\r') {
                pass(chunk.substr(begin, at - 1 - begin), sink);
                begin = at;
            }
            // Of CR CR LF a CR LF is left, which readers leave as it is.
            if ((at == begin ? last_ : chunk[at - 1]) != '\r') ++lines_;
            from = at + 1;
        }
        if (chunk.back() == '\r') {
            carriage_return_ = true;
            chunk.remove_suffix(1);
        }
        pass(chunk.substr(begin), sink);
    }
    template <class Sink>
    void finish(Sink sink) {
        if (carriage_return_) pass("\r", sink);
        carriage_return_ = false;
    }

    [[nodiscard]] std::uint64_t octets() const noexcept { return octets_; }
    [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }  ///< LFs without a CR: what CRLF ends add

  private:
    template <class Sink>
    void pass(std::string_view octets, Sink& sink) {
        if (octets.empty()) return;
        octets_ += octets.size();
        last_ = octets.back();
        sink(octets);
    }

    std::uint64_t octets_ = 0;
    std::uint64_t lines_ = 0;
    char last_ = '\0';  ///< passed on
    bool carriage_return_ = false;
};

}  // namespace md::store
