// store/maildir_name.cc - see maildir_name.h

#include "store/maildir_name.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace md::store {

namespace {

constexpr std::string_view kHost = "mdmail";  // constant: a machine that is renamed must find what it delivered before
constexpr std::string_view kOurs = "DFPRST";

struct Letter {
    char letter;
    Flags flag;
};
constexpr std::array kLetters{Letter{'D', flag::draft}, Letter{'F', flag::flagged}, Letter{'R', flag::answered},
                              Letter{'S', flag::seen}, Letter{'T', flag::deleted}};

/// FNV-1a: stable for ever, which std::hash is not.
std::uint64_t hash_of(std::string_view text) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

}  // namespace

bool may_be_size_crlf(const MaildirName& name) noexcept {
    if (!name.size_lf || !name.size_crlf) return false;
    return *name.size_crlf >= *name.size_lf && *name.size_crlf - *name.size_lf <= *name.size_lf;
}

std::optional<MaildirName> parse_maildir_name(std::string_view file) {
    if (file.empty() || file.front() == '.') return std::nullopt;
    MaildirName out;
    const auto colon = file.find(':');
    out.base = file.substr(0, colon);
    if (colon != std::string_view::npos && file.substr(colon).starts_with(":2,")) out.letters = file.substr(colon + 3);
    out.key = out.base.substr(0, out.base.find(','));
    if (out.key.empty()) return std::nullopt;
    for (auto rest = out.base.substr(out.key.size()); !rest.empty();) {
        rest.remove_prefix(1);
        const auto part = rest.substr(0, rest.find(','));
        if (part.starts_with("S=")) out.size_lf = parse_number<std::uint64_t>(part.substr(2));
        if (part.starts_with("W=")) out.size_crlf = parse_number<std::uint64_t>(part.substr(2));
        rest.remove_prefix(part.size());
    }
    return out;
}

std::string with_sizes(std::string_view key, std::uint64_t size_lf, std::uint64_t size_crlf) {
    std::string base(key);
    base.append(",S=").append(std::to_string(size_lf)).append(",W=").append(std::to_string(size_crlf));
    return base;
}

std::string delivery_key(QueueId id, std::string_view recipient) {
    constexpr std::uint64_t kEpochSeconds = 1'577'836'800;  // base/ids.h: milliseconds since 2020, above 22 other bits
    const auto seconds = kEpochSeconds + (id.value() >> 22) / 1000;
    std::string key = std::to_string(seconds);
    key.append(".Q").append(id.text()).append("R").append(QueueId(hash_of(recipient)).text());
    return key.append(".").append(kHost);
}

std::string return_key(std::string_view mailbox_id, Uid uid) {
    std::string key("0.R");
    return key.append(mailbox_id).append("_").append(std::to_string(uid)).append(".").append(kHost);
}

std::string fresh_key(std::int64_t now_seconds) {
    return std::to_string(now_seconds).append(".X").append(random_name(20)).append(".").append(kHost);
}

Flags flags_of_letters(std::string_view letters) noexcept {
    Flags flags = 0;
    for (const auto& [letter, value] : kLetters)
        if (letters.find(letter) != std::string_view::npos) flags = static_cast<Flags>(flags | value);
    return flags;
}

bool forwarded_in_letters(std::string_view letters) noexcept {
    return letters.find('P') != std::string_view::npos;
}

std::string letters_of(Flags flags, bool forwarded, std::string_view before) {
    std::string out;
    for (const auto& [letter, value] : kLetters)
        if ((flags & value) != 0) out.push_back(letter);
    if (forwarded) out.push_back('P');
    for (const char c : before)
        if (kOurs.find(c) == std::string_view::npos) out.push_back(c);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::string letters_of(const Message& message) {
    const bool forwarded = std::any_of(message.keywords.begin(), message.keywords.end(),
                                       [](const auto& keyword) { return equal_nocase(keyword, kForwarded); });
    return letters_of(message.flags, forwarded, {});
}

}  // namespace md::store
