// mdctl/account_ldif.cc - accounts as LDIF; see account_rows.h

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "mdctl/account_rows.h"

namespace md::mdctl {

namespace {

constexpr std::size_t kWidth = 76;
constexpr std::string_view kCrypt = "{CRYPT}";

struct Attribute {
    std::string_view name;
    Column column;
    bool several = false;  ///< one for each word
};
constexpr std::array kAttributes{
    Attribute{"mail", Column::address},
    Attribute{"cn", Column::name},
    Attribute{"mdmailState", Column::state},
    Attribute{"mdmailQuota", Column::quota},
    Attribute{"mdmailQuotaMessages", Column::quota_messages},
    Attribute{"mailSendAs", Column::send_as, true},
    Attribute{"mailForwardingAddress", Column::forward, true},
    Attribute{"mdmailForwardKeep", Column::forward_keep},
    Attribute{"mdmailSubaddressFolders", Column::subaddress_folders},
    Attribute{"userPassword", Column::password_hash},
    Attribute{"mdmailScramSha256", Column::scram_sha_256},
    Attribute{"mdmailScramSha1", Column::scram_sha_1},
};

/// RFC 2849: SAFE-STRING, and no blank at the end, which people lose.
bool is_safe(std::string_view value) {
    if (value.empty()) return true;
    const auto bad = [](char c) { return c == '\0' || c == '\n' || c == '\r' || static_cast<unsigned char>(c) > 127; };
    if (std::ranges::any_of(value, bad)) return false;
    return value.front() != ' ' && value.front() != ':' && value.front() != '<' && value.back() != ' ';
}

std::string line(std::string_view name, std::string_view value) {
    std::string text(name);
    text += is_safe(value) ? ": " + std::string(value) : ":: " + base64_encode(value);
    std::string out = text.substr(0, kWidth);
    for (std::size_t at = kWidth; at < text.size(); at += kWidth - 1) out += "\n " + text.substr(at, kWidth - 1);
    return out + "\n";
}

/// RFC 4514 §2.4
std::string dn_value(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view(",+\"\\<>;=#").find(c) != std::string_view::npos || c == ' ') out.push_back('\\');
        out.push_back(c);
    }
    return out;
}

/// Without folds; each with the number of its first line. Comments are left out, an empty one ends an entry.
std::vector<std::pair<std::size_t, std::string>> unfolded(std::string_view text) {
    std::vector<std::pair<std::size_t, std::string>> lines;
    std::size_t number = 0;
    for (auto piece : split(text, '\n')) {
        ++number;
        if (piece.ends_with('\r')) piece.remove_suffix(1);
        if (piece.starts_with(' ') && !lines.empty() && !lines.back().second.empty()) {
            lines.back().second += piece.substr(1);
        } else {
            lines.emplace_back(number, piece);
        }
    }
    std::erase_if(lines, [](const auto& one) { return one.second.starts_with('#'); });
    lines.emplace_back(number + 1, "");
    return lines;
}

/// The name without options, and the value; none: no line of LDIF.
std::optional<std::pair<std::string, std::string>> attribute_of(const std::string& text) {
    const auto colon = text.find(':');
    if (colon == 0 || colon == std::string::npos) return std::nullopt;
    auto name = text.substr(0, std::min(colon, text.find(';')));
    auto value = text.substr(colon + 1);
    const bool encoded = value.starts_with(':');
    if (encoded) value.erase(0, 1);
    value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
    if (!encoded) return std::pair(std::move(name), std::move(value));
    auto decoded = base64_decode(value);
    if (!decoded) return std::nullopt;
    return std::pair(std::move(name), std::move(*decoded));
}

/// Empty: taken, or none of ours.
std::string take(Row& row, const std::string& name, std::string value) {
    const auto found = std::ranges::find_if(kAttributes, [&](const auto& one) { return equal_nocase(one.name, name); });
    if (found == kAttributes.end()) return {};
    auto column = found->column;
    if (column == Column::password_hash) {
        if (starts_with_nocase(value, kCrypt)) {
            value.erase(0, kCrypt.size());
        } else if (value.starts_with('{')) {
            return "userPassword: expected {CRYPT}HASH, or the password itself";
        } else {
            column = Column::password;
        }
    }
    auto& word = row[column];
    if (word.empty()) {
        word = std::move(value);
    } else if (found->several) {
        word += " " + value;
    } else if (column != Column::name && column != Column::address) {  // people have several; the first counts
        return std::string(found->name) + " is there twice";
    }
    return {};
}

}  // namespace

bool looks_like_ldif(std::string_view text) noexcept {
    while (text.starts_with('#') || text.starts_with('\n') || text.starts_with('\r')) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return false;
        text.remove_prefix(end + 1);
    }
    return starts_with_nocase(text, "version:") || starts_with_nocase(text, "dn:");
}

Rows read_ldif(std::string_view text) {
    Rows out;
    Row row;
    for (const auto& [number, content] : unfolded(text)) {
        if (content.empty()) {
            // People have a common name in LDIF; ours is their address where they have none.
            if (row[Column::name] == row[Column::address]) row[Column::name].clear();
            if (!row[Column::address].empty()) out.rows.push_back(std::move(row));
            row = {};
            continue;
        }
        auto attribute = attribute_of(content);
        if (!attribute) {
            out.faults.push_back({number, "no line of LDIF; expected NAME: VALUE, or NAME:: BASE64"});
            continue;
        }
        if (equal_nocase(attribute->first, "version")) continue;
        if (row.line == 0) {
            row.line = number;
            if (!equal_nocase(attribute->first, "dn"))
                out.faults.push_back({number, "an entry without dn; expected dn: NAME first"});
        }
        if (equal_nocase(attribute->first, "changetype") && !equal_nocase(attribute->second, "add"))
            out.faults.push_back({number, "changetype " + printable(attribute->second, 32) + "; expected add"});
        if (auto fault = take(row, attribute->first, std::move(attribute->second)); !fault.empty())
            out.faults.push_back({number, fault});
    }
    return out;
}

std::string ldif_entry(const Row& row, std::size_t columns) {
    const auto& address = row[Column::address];
    const auto domain = address.substr(address.rfind('@') + 1);
    std::string dn = "mail=" + dn_value(address);
    for (const auto label : split(domain, '.')) dn.append(",dc=").append(label);
    auto out = line("dn", dn) + "objectClass: inetOrgPerson\n";
    // inetOrgPerson must have both.
    const auto& name = row[Column::name].empty() ? address : row[Column::name];
    out += line("sn", name.substr(name.rfind(' ') + 1));
    if (row[Column::name].empty()) out += line("cn", address);
    for (const auto& one : kAttributes) {
        const auto& words = row[one.column];
        if (words.empty() || static_cast<std::size_t>(one.column) >= columns) continue;
        const std::string prefix = one.column == Column::password_hash ? std::string(kCrypt) : "";
        if (!one.several) out += line(one.name, prefix + words);
        if (one.several)
            for (const auto word : split(words, ' ')) out += line(one.name, word);
    }
    return out + "\n";
}

}  // namespace md::mdctl
