// spool/freezes.cc - see freezes.h

#include "spool/freezes.h"

#include "base/strings.h"
#include "dns/name.h"

namespace md::spool {

namespace {

constexpr std::string_view kFirstLine = "mdmail-frozen 1\n";

}  // namespace

std::string_view name(Freezes::Kind kind) noexcept {
    switch (kind) {
        case Freezes::Kind::queue: return "queue";
        case Freezes::Kind::domain: return "domain";
        case Freezes::Kind::sender: return "sender";
    }
    return {};
}

std::optional<Freezes::Kind> parse_freeze(std::string_view text) noexcept {
    for (const auto kind : {Freezes::Kind::queue, Freezes::Kind::domain, Freezes::Kind::sender})
        if (name(kind) == text) return kind;
    return std::nullopt;
}

void Freezes::load(Files& files) {
    rules_.clear();
    const auto text = files.read(path_).value_or("");
    for (const auto line : split(text, '\n')) {
        const auto space = line.find(' ');
        const auto kind = parse_freeze(line.substr(0, space));
        if (!kind || space == std::string_view::npos) continue;
        const auto value = line.substr(space + 1);
        const auto name = *kind == Kind::domain ? dns::to_query_name(value) : std::nullopt;
        rules_.emplace(*kind, name.value_or(std::string(value)));
    }
}

bool Freezes::change(Files& files, const Rule& rule, bool frozen) {
    auto rules = changed(rule, frozen);
    if (!rules) return false;
    write(files, *rules);
    set(std::move(*rules));
    return true;
}

std::optional<Freezes::Rules> Freezes::changed(const Rule& rule, bool frozen) const {
    auto rules = rules_;
    const bool any = frozen ? rules.insert(rule).second : rules.erase(rule) > 0;
    return any ? std::optional(std::move(rules)) : std::nullopt;
}

void Freezes::write(Files& files, const Rules& rules) const {
    std::string text(kFirstLine);
    for (const auto& [kind, value] : rules) text.append(name(kind)).append(" ").append(value).append("\n");
    files.replace(path_, text);
}

bool Freezes::has(Kind kind, std::string_view value) const {
    return rules_.contains(Rule(kind, lower(value)));
}

bool Freezes::stops(const Envelope& envelope, std::string_view recipient) const {
    if (rules_.empty()) return false;
    if (has(Kind::sender, envelope.reverse_path.empty() ? "<>" : envelope.reverse_path)) return true;
    const auto at = recipient.rfind('@');
    if (at == std::string_view::npos) return false;
    const auto domain = recipient.substr(at + 1);
    return has(Kind::domain, domain) || has(Kind::domain, dns::to_query_name(domain).value_or(""));
}

}  // namespace md::spool
