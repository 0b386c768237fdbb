// mail/status.cc - see status.h

#include "mail/status.h"

#include "base/strings.h"

namespace md::mail {

std::string Status::text() const {
    return std::to_string(success_class)
        .append(1, '.')
        .append(std::to_string(subject))
        .append(1, '.')
        .append(std::to_string(detail));
}

std::optional<Status> Status::parse(std::string_view text) noexcept {
    const auto take = [&]() -> std::optional<std::uint16_t> {
        const auto piece = text.substr(0, text.find('.'));
        text.remove_prefix(piece.size());
        // "without leading zeros" (RFC 3463 §2)
        if (piece.size() > 3 || (piece.size() > 1 && piece.front() == '0')) return std::nullopt;
        return parse_number<std::uint16_t>(piece);
    };
    const auto dot = [&] {
        if (text.empty() || text.front() != '.') return false;
        text.remove_prefix(1);
        return true;
    };
    const auto first = take();
    if (!first || (*first != 2 && *first != 4 && *first != 5) || !dot()) return std::nullopt;
    const auto second = take();
    if (!second || !dot()) return std::nullopt;
    const auto third = take();
    if (!third || !text.empty()) return std::nullopt;
    return Status{static_cast<std::uint8_t>(*first), *second, *third};
}

}  // namespace md::mail
