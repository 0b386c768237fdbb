// mail/parameter_pieces.cc - see parameter_pieces.h

#include "mail/parameter_pieces.h"

#include <algorithm>
#include <tuple>

#include "base/strings.h"

namespace md::mail {

namespace {

struct Piece {
    std::string base;  ///< in lower case
    unsigned number = 0;
    bool extended = false;  ///< its value has %XX
    std::size_t at = 0;     ///< in the list
};

/// "name*12" and "name*12*"; none: no piece.
std::optional<Piece> piece_of(std::string_view name, std::size_t at) {
    Piece piece;
    piece.extended = name.size() > 1 && name.back() == '*';
    if (piece.extended) name.remove_suffix(1);
    const auto star = name.rfind('*');
    if (star == std::string_view::npos || star == 0) return std::nullopt;
    const auto digits = name.substr(star + 1);
    const auto number = parse_number<unsigned>(digits);
    if (!number || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
    piece.base = lower(name.substr(0, star));
    piece.number = *number;
    piece.at = at;
    return piece;
}

/// RFC 2231 §7, attribute-char.
bool is_attribute_char(char c) noexcept {
    return c > ' ' && c < 0x7f && std::string_view("*'%()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_attribute_char(c)) {
            out.push_back(c);
        } else {
            const auto octet = static_cast<unsigned char>(c);
            out.append({'%', kHex[octet >> 4], kHex[octet & 15]});
        }
    }
}

using Pieces = std::vector<Piece>;

bool is_whole(Pieces::const_iterator first, Pieces::const_iterator last) noexcept {
    unsigned expected = 0;
    return std::all_of(first, last, [&](const Piece& piece) { return piece.number == expected++; });
}

/// Puts the whole in the first piece's place and takes the names of the others away.
void join(Parameters& parameters, Pieces::const_iterator first, Pieces::const_iterator last) {
    const bool extended = std::any_of(first, last, [](const Piece& piece) { return piece.extended; });
    auto name = parameters[first->at].name.substr(0, first->base.size());
    if (extended) name.push_back('*');
    std::string value;
    if (extended && !first->extended) value = "''";
    for (auto piece = first; piece != last; ++piece) {
        auto& part = parameters[piece->at];
        if (extended && !piece->extended) {
            append_encoded(value, part.value);
        } else {
            value += part.value;
        }
        part.name.clear();
    }
    const auto place = std::min_element(first, last, [](const auto& a, const auto& b) { return a.at < b.at; });
    parameters[place->at] = {std::move(name), std::move(value)};
}

}  // namespace

Parameters join_pieces(Parameters parameters) {
    Pieces pieces;
    for (std::size_t i = 0; i < parameters.size(); ++i)
        if (auto piece = piece_of(parameters[i].name, i)) pieces.push_back(*std::move(piece));
    if (pieces.empty()) return parameters;
    std::sort(pieces.begin(), pieces.end(),
              [](const Piece& a, const Piece& b) { return std::tie(a.base, a.number) < std::tie(b.base, b.number); });
    for (auto first = pieces.cbegin(); first != pieces.cend();) {
        const auto last =
            std::find_if(first, pieces.cend(), [&](const Piece& piece) { return piece.base != first->base; });
        if (is_whole(first, last)) join(parameters, first, last);
        first = last;
    }
    std::erase_if(parameters, [](const Parameter& p) { return p.name.empty(); });
    return parameters;
}

}  // namespace md::mail
