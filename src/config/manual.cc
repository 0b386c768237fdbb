// config/manual.cc - see manual.h

#include "config/manual.h"

#include "base/strings.h"

namespace md::config {

namespace {

constexpr std::size_t kWidth = 78;
constexpr std::string_view kDate = "November 25, 2026";

/// Backslashes would be escapes, a dot or apostrophe at the start of a line a request.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else {
            out.push_back(c);
        }
    }
    return out;
}

bool ends_sentence(std::string_view word) {
    return word.ends_with('.') || word.ends_with('?') || word.ends_with(".)");
}

std::string wrapped(std::string_view text) {
    std::string out;
    std::string line;
    const auto flush = [&] {
        if (line.empty()) return;
        if (line.front() == '.' || line.front() == '\'') out += "\\&";
        out += line + "\n";
        line.clear();
    };
    for (const auto word : split(text, ' ')) {
        if (word.empty()) continue;
        const auto safe = escaped(word);
        if (!line.empty() && line.size() + 1 + safe.size() > kWidth) flush();
        line += (line.empty() ? "" : " ") + safe;
        if (ends_sentence(word)) flush();
    }
    flush();
    return out;
}

/// An argument of a macro.
std::string argument(std::string_view text) {
    std::string out = "\"";
    for (const char c : escaped(text)) {
        if (c == '"') {
            out += "\"\"";
        } else {
            out.push_back(c);
        }
    }
    return out + "\"";
}

}  // namespace

Manual::Manual(std::string_view name, int section, std::string_view description) {
    out_ = ".\\\" made from the tables of the program; do not edit\n";
    out_ += ".Dd " + std::string(kDate) + "\n.Dt " + upper(name) + " " + std::to_string(section) + "\n.Os\n";
    out_ += ".Sh NAME\n.Nm " + std::string(name) + "\n.Nd " + std::string(description) + "\n";
}

void Manual::heading(std::string_view text) {
    out_ += ".Sh " + std::string(text) + "\n";
    after_heading_ = true;
}

void Manual::subheading(std::string_view text) {
    out_ += ".Ss " + std::string(text) + "\n";
    after_heading_ = true;
}

void Manual::paragraph(std::string_view text) {
    if (!after_heading_) out_ += ".Pp\n";
    after_heading_ = false;
    out_ += wrapped(text);
}

void Manual::example(std::string_view lines) {
    out_ += ".Bd -literal -offset indent\n";
    for (const auto line : split(lines, '\n')) {
        const auto safe = escaped(line);
        out_ += (safe.starts_with('.') || safe.starts_with('\'') ? "\\&" : "") + safe + "\n";
    }
    out_ += ".Ed\n";
    after_heading_ = false;
}

void Manual::begin_list() {
    out_ += ".Bl -tag -width Ds\n";
    after_heading_ = false;
}

void Manual::item(std::string_view tag, std::string_view text) {
    out_ += ".It " + argument(tag) + "\n" + wrapped(text);
}

void Manual::end_list() {
    out_ += ".El\n";
}

void Manual::see_also(std::string_view pages) {
    heading("SEE ALSO");
    const auto all = split(pages, ',');
    for (std::size_t i = 0; i < all.size(); ++i)
        out_ += ".Xr " + std::string(trim(all[i])) + (i + 1 < all.size() ? " ,\n" : "\n");
}

}  // namespace md::config
