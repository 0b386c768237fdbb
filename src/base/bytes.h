// base/bytes.h - little-endian numbers in records on disk and in frames between daemons
//
// CONTRACT
//   Reader never reads past its view: after a short read every later one yields zero and ok() is false.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace md {

template <std::unsigned_integral N>
void put_number(std::string& out, N value) {
    for (std::size_t i = 0; i < sizeof(N); ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

/// 32-bit length, then the octets.
inline void put_text(std::string& out, std::string_view text) {
    put_number(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

class ByteReader {
  public:
    explicit ByteReader(std::string_view data) noexcept : rest_(data) {}

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

    template <std::unsigned_integral N>
    N number() noexcept {
        const auto octets = take(sizeof(N));
        N value = 0;
        for (std::size_t i = 0; i < octets.size(); ++i)
            value = static_cast<N>(value |
                                   static_cast<N>(static_cast<N>(static_cast<unsigned char>(octets[i])) << (8 * i)));
        return value;
    }

    std::string_view text() noexcept { return take(number<std::uint32_t>()); }

    std::string_view take(std::size_t size) noexcept {
        if (size > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return {};
        }
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace md
