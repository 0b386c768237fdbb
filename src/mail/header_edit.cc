// mail/header_edit.cc - see header_edit.h

#include "mail/header_edit.h"

#include <algorithm>

#include "base/strings.h"
#include "mail/header.h"

namespace md::mail {

namespace {

/// A field of the header in the making: its octets either still stand in the message or were made here.
struct Piece {
    std::string_view name;
    std::string_view whole;
    std::string made;
    bool is_made = false;
};

using Pieces = std::vector<Piece>;

Pieces::iterator nth_of_name(Pieces& pieces, std::string_view name, std::uint32_t index) {
    return std::find_if(pieces.begin(), pieces.end(),
                        [&](const Piece& piece) { return equal_nocase(piece.name, name) && --index == 0; });
}

void apply_one(Pieces& pieces, const HeaderEdit& edit) {
    if (!is_field_name(edit.name)) return;
    auto at = pieces.end();
    switch (edit.kind) {
        case HeaderEdit::Kind::append: break;
        case HeaderEdit::Kind::insert:
            if (edit.index < pieces.size()) at = pieces.begin() + static_cast<std::ptrdiff_t>(edit.index);
            break;
        case HeaderEdit::Kind::change:
        case HeaderEdit::Kind::remove:
            // libmilter counts from 1, and takes 0 for 1
            at = nth_of_name(pieces, edit.name, std::max<std::uint32_t>(edit.index, 1));
            if (at != pieces.end()) at = pieces.erase(at);
            if (edit.kind == HeaderEdit::Kind::remove) return;
            break;
    }
    pieces.insert(at, Piece{edit.name, {}, format_field(edit.name, edit.value), true});
}

void append_with_lf(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const auto lf = text.find('\n');
        auto line = text.substr(0, lf);
        text.remove_prefix(lf == std::string_view::npos ? text.size() : lf + 1);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        out.append(line).append(1, '\n');
    }
}

}  // namespace

std::string format_field(std::string_view name, std::string_view value) {
    std::string field(name);
    field.append(1, ':');
    if (value.empty() || !is_space(value.front())) field.append(1, ' ');
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.remove_suffix(1);
    for (std::size_t at = 0; at < value.size(); ++at) {
        const char c = value[at];
        if (c == '\r' || c == '\0') continue;
        field.push_back(c);
        if (c == '\n' && (at + 1 == value.size() || !is_space(value[at + 1]))) field.push_back('\t');
    }
    return field.append(1, '\n');
}

std::string apply(std::string_view header, const std::vector<HeaderEdit>& edits) {
    Pieces pieces;
    HeaderScanner scanner(header);
    while (const auto field = scanner.next()) pieces.push_back(Piece{field->name, field->whole, {}, false});
    for (const auto& edit : edits) apply_one(pieces, edit);
    std::string out;
    out.reserve(header.size());
    for (const auto& piece : pieces) {
        if (piece.is_made) {
            out.append(piece.made);
        } else {
            append_with_lf(out, piece.whole);
        }
    }
    return out;
}

}  // namespace md::mail
