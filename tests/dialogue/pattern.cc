// dialogue/pattern.cc - see script.h: what a text sends, and which lines a pattern means

#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "dialogue/script.h"
#include "support/scram_client.h"

namespace md::dialogue {
namespace {

/// "${name}" at the front of the text: its inside, and the text goes on behind it. Nested ones are not read.
bool take_variable(std::string_view& text, std::string_view& inside) {
    if (!text.starts_with("${")) return false;
    const auto end = text.find('}');
    if (end == std::string_view::npos) return false;
    inside = text.substr(2, end - 2);
    text.remove_prefix(end + 1);
    return true;
}

std::string repeated(std::string_view arguments, bool hex) {
    const auto colon = arguments.find(':');
    const auto count = parse_number<std::size_t>(arguments.substr(0, colon)).value_or(0);
    const auto text = arguments.substr(colon + 1);
    const auto octets = hex ? hex_decode(text).value_or("?") : std::string(text);
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += octets;
    return out;
}

std::string plain_response(std::string_view arguments) {
    const auto colon = arguments.find(':');
    std::string out(1, '\0');
    out.append(arguments.substr(0, colon)).append(1, '\0').append(arguments.substr(colon + 1));
    return base64_encode(out);
}

/// "SCHEME:password:client-first-bare:variable", where the variable keeps what the server said (base64). False: it
/// keeps nothing yet.
bool scram_response(std::string_view arguments, const Variables& variables, std::string& out) {
    const auto parts = split(arguments, ':');
    const auto said = parts.size() == 4 ? variables.find(std::string(parts[3])) : variables.end();
    if (said == variables.end()) return false;
    const auto server_first = base64_decode(said->second).value_or("");
    out += base64_encode(test::scram_client_final(parts[0], parts[1], parts[2], server_first));
    return true;
}

/// A function of the format; none if the name is a variable's.
bool call(std::string_view inside, std::string& out) {
    const auto colon = inside.find(':');
    const auto name = inside.substr(0, colon);
    const auto arguments = colon == std::string_view::npos ? std::string_view() : inside.substr(colon + 1);
    if (name == "crlf") {
        out += "\r\n";
    } else if (name == "lf") {
        out += '\n';
    } else if (name == "cr") {
        out += '\r';
    } else if (name == "hex") {
        out += hex_decode(arguments).value_or("?");
    } else if (name == "repeat") {
        out += repeated(arguments, false);
    } else if (name == "hexes") {
        out += repeated(arguments, true);
    } else if (name == "base64") {
        out += base64_encode(arguments);
    } else if (name == "plain") {
        out += plain_response(arguments);
    } else {
        return false;
    }
    return true;
}

struct Piece {
    enum class Kind { literal, any, capture } kind;
    std::string text;  ///< literal: the octets; capture: the name
};

std::vector<Piece> pieces_of(std::string_view pattern, const Variables& variables) {
    std::vector<Piece> pieces;
    std::string literal;
    const auto flush = [&] {
        if (!literal.empty()) pieces.push_back({Piece::Kind::literal, std::exchange(literal, {})});
    };
    if (pattern.starts_with("* ")) {
        literal = "* ";
        pattern.remove_prefix(2);
    }
    while (!pattern.empty()) {
        std::string_view inside;
        if (take_variable(pattern, inside)) {
            const auto known = variables.find(std::string(inside));
            if (known != variables.end()) {
                literal += known->second;
            } else if (!call(inside, literal)) {
                flush();
                pieces.push_back({Piece::Kind::capture, std::string(inside)});
            }
        } else if (pattern.front() == '*') {
            flush();
            pieces.push_back({Piece::Kind::any, {}});
            pattern.remove_prefix(1);
        } else {
            literal += pattern.front();
            pattern.remove_prefix(1);
        }
    }
    flush();
    return pieces;
}

bool match_from(const std::vector<Piece>& pieces, std::size_t at, std::string_view line, Variables& found) {
    if (at == pieces.size()) return line.empty();
    const auto& piece = pieces[at];
    if (piece.kind == Piece::Kind::literal)
        return line.starts_with(piece.text) && match_from(pieces, at + 1, line.substr(piece.text.size()), found);
    const bool capture = piece.kind == Piece::Kind::capture;
    for (std::size_t size = capture ? 1 : 0; size <= line.size(); ++size) {
        if (capture && line[size - 1] == ' ') return false;
        if (!match_from(pieces, at + 1, line.substr(size), found)) continue;
        if (capture) found[piece.text] = line.substr(0, size);
        return true;
    }
    return false;
}

}  // namespace

std::string expand(std::string_view text, const Variables& variables, std::string& unknown) {
    std::string out;
    while (!text.empty()) {
        std::string_view inside;
        if (!take_variable(text, inside)) {
            out += text.front();
            text.remove_prefix(1);
            continue;
        }
        const auto known = variables.find(std::string(inside));
        if (known != variables.end()) {
            out += known->second;
        } else if (inside.starts_with("scram:")) {
            if (!scram_response(inside.substr(6), variables, out) && unknown.empty()) unknown = inside;
        } else if (!call(inside, out) && unknown.empty()) {
            unknown = inside;
        }
    }
    return out;
}

bool matches(std::string_view pattern, std::string_view line, Variables& variables) {
    Variables found;
    if (!match_from(pieces_of(pattern, variables), 0, line, found)) return false;
    variables.merge(found);
    return true;
}

}  // namespace md::dialogue
