// log/format.cc - see format.h

#include "log/format.h"

#include <algorithm>

#include "base/strings.h"
#include "base/utf8.h"

namespace md::log {

namespace {

constexpr std::size_t kValueLimit = 1024;

void append_escaped(std::string& out, unsigned char octet) {
    constexpr char digits[] = "0123456789abcdef";
    out.append("\\x");
    out.push_back(digits[octet >> 4]);
    out.push_back(digits[octet & 15]);
}

/// At most `limit` octets, not ending inside a character.
std::string_view cut(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    std::size_t end = limit;
    while (end > limit - 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end);
}

bool needs_quotes(std::string_view text) {
    return text.empty() || text.find_first_of(" \"\\=") != std::string_view::npos;
}

/// `text` is sanitised: only quote and backslash are left to escape, in both forms.
void append_quoted(std::string& out, std::string_view text) {
    out.push_back('"');
    for (const char c : text) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    out.push_back('"');
}

void append_key(std::string& out, std::string_view key) {
    if (out.size() > 1) out.push_back(',');
    append_quoted(out, key);
    out.push_back(':');
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
    append_key(out, key);
    append_quoted(out, sanitised(text));
}

/// Calls take(name, field) for each field of the record.
template <class Take>
void each_field(const Record& record, Take take) {
    std::string_view names = row(record.event).fields;
    for (const auto& field : record.fields) {
        const auto comma = std::min(names.find(','), names.size());
        take(names.substr(0, comma), field);
        names.remove_prefix(std::min(comma + 1, names.size()));
    }
}

}  // namespace

std::string sanitised(std::string_view text) {
    const auto shown = cut(text, kValueLimit);
    const bool utf8 = is_utf8(shown);
    std::string out;
    out.reserve(shown.size());
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const auto octet = static_cast<unsigned char>(shown[i]);
        const bool latin1_control =
            octet == 0xc2 && i + 1 < shown.size() && static_cast<unsigned char>(shown[i + 1]) < 0xa0;
        if (is_control(shown[i]) || (octet >= 0x80 && !utf8)) {
            append_escaped(out, octet);
        } else if (latin1_control) {
            append_escaped(out, static_cast<unsigned char>(shown[++i]));
        } else {
            out.push_back(shown[i]);
        }
    }
    if (shown.size() < text.size()) out.append("...");
    return out;
}

std::string text_body(const Record& record) {
    std::string out(name(record.level));
    out.append(" ").append(record.session.empty() ? "-" : record.session);
    out.append(" ").append(row(record.event).id);
    each_field(record, [&out](std::string_view key, const Field& field) {
        out.append(" ").append(key).append("=");
        const auto value = sanitised(field.text());
        if (needs_quotes(value)) {
            append_quoted(out, value);
        } else {
            out.append(value);
        }
    });
    return out;
}

std::string text_line(const Record& record, const Writer& writer, WallTime time) {
    std::string out = rfc3339(time);
    out.append(" ").append(writer.daemon);
    if (!writer.child.empty()) out.append("/").append(writer.child);
    out.append("[").append(std::to_string(writer.pid)).append("] ");
    return out.append(text_body(record)).append("\n");
}

std::string json_line(const Record& record, const Writer& writer, WallTime time) {
    std::string out = "{";
    append_member(out, "time", rfc3339(time));
    append_member(out, "daemon", writer.daemon);
    if (!writer.child.empty()) append_member(out, "child", writer.child);
    append_key(out, "pid");
    out.append(std::to_string(writer.pid));
    append_member(out, "level", name(record.level));
    if (!record.session.empty()) append_member(out, "session", record.session);
    append_member(out, "event", row(record.event).id);
    each_field(record, [&out](std::string_view key, const Field& field) {
        if (field.bare()) {
            append_key(out, key);
            out.append(field.text());
        } else {
            append_member(out, key, field.text());
        }
    });
    return out.append("}\n");
}

}  // namespace md::log
