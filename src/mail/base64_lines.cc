// mail/base64_lines.cc - see base64_lines.h

#include "mail/base64_lines.h"

#include <cstddef>

#include "base/encoding.h"

namespace md::mail {

namespace {

constexpr std::size_t kLineOctets = 57;  // 76 letters

}  // namespace

void Base64Lines::feed(std::string_view octets, std::string& out) {
    while (held_.size() + octets.size() >= kLineOctets) {
        const auto piece = octets.substr(0, kLineOctets - held_.size());
        octets.remove_prefix(piece.size());
        held_ += piece;
        out.append(base64_encode(held_)).append(1, '\n');
        held_.clear();
    }
    held_ += octets;
}

void Base64Lines::finish(std::string& out) {
    if (!held_.empty()) out.append(base64_encode(held_)).append(1, '\n');
    held_.clear();
}

}  // namespace md::mail
