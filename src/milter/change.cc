// milter/change.cc - see change.h

#include "milter/change.h"

#include <algorithm>

#include "base/strings.h"
#include "mail/header.h"

namespace md::milter {

namespace {

bool allows(std::uint32_t actions, std::uint32_t bit) {
    return (actions & bit) != 0;
}

bool read_header_change(HeaderChange::Kind kind, std::uint32_t index, const std::vector<std::string_view>& texts,
                        Outcome& outcome) {
    if (texts.size() != 2 || !mail::is_field_name(texts[0])) return false;
    HeaderChange change;
    change.kind = kind;
    change.index = index;
    change.name = texts[0];
    change.value = texts[1];
    outcome.headers.push_back(std::move(change));
    return true;
}

bool read_numbered_change(HeaderChange::Kind kind, std::string_view data, Outcome& outcome) {
    const auto numbered = read_numbered(data);
    return numbered && read_header_change(kind, numbered->number, numbered->texts, outcome);
}

/// One address, and ESMTP parameters that we have no use for.
bool read_address(std::string_view data, std::vector<std::string>& into) {
    const auto texts = read_texts(data);
    if (!texts || texts->empty()) return false;
    auto address = bare_address(texts->front());
    if (!address || address->empty()) return false;
    into.push_back(std::move(*address));
    return true;
}

bool read_reverse_path(std::string_view data, Outcome& outcome) {
    const auto texts = read_texts(data);
    if (!texts || texts->empty()) return false;
    auto address = bare_address(texts->front());
    if (!address) return false;
    outcome.reverse_path = std::move(*address);
    return true;
}

bool read_quarantine(std::string_view data, Outcome& outcome) {
    const auto texts = read_texts(data);
    if (!texts || texts->empty()) return false;
    outcome.quarantine = printable(texts->front());
    return true;
}

bool read_verdict_list(std::string_view data, std::uint32_t recipients, Outcome& outcome) {
    auto verdicts = read_verdicts(data);
    if (!verdicts) return false;
    for (auto& verdict : *verdicts) {
        if (verdict.recipient >= recipients) return false;
        verdict.reason = printable(verdict.reason, 1024);
        verdict.queue = printable(verdict.queue);
    }
    outcome.verdicts = std::move(*verdicts);
    return true;
}

bool read_body(std::string_view data, Outcome& outcome) {
    if (!outcome.body) outcome.body.emplace();
    outcome.body->append(data);
    return true;
}

void put_header(std::string& out, const HeaderChange& change) {
    switch (change.kind) {
        case HeaderChange::Kind::add: put_texts(out, reply::kAddHeader, {change.name, change.value}); break;
        case HeaderChange::Kind::insert:
            put_numbered(out, reply::kInsertHeader, change.index, {change.name, change.value});
            break;
        case HeaderChange::Kind::change:
            put_numbered(out, reply::kChangeHeader, change.index, {change.name, change.value});
            break;
    }
}

void put_path(std::string& out, char command, const std::string& address) {
    put_texts(out, command, {"<" + address + ">"});
}

void put_body(std::string& out, std::string_view body) {
    do {
        const auto size = std::min(body.size(), kBodyChunk);
        put_packet(out, reply::kReplaceBody, body.substr(0, size));
        body.remove_prefix(size);
    } while (!body.empty());
}

}  // namespace

std::optional<std::string> bare_address(std::string_view text) {
    const bool opened = text.starts_with('<');
    const bool closed = text.ends_with('>');
    if (opened != closed || (opened && text.size() < 2)) return std::nullopt;
    if (opened) text = text.substr(1, text.size() - 2);
    const auto bad = [](char c) { return is_control(c) || c == '<' || c == '>' || c == ' '; };
    if (std::any_of(text.begin(), text.end(), bad)) return std::nullopt;
    return std::string(text);
}

bool read_change(const Packet& packet, std::uint32_t actions, std::uint32_t recipients, Outcome& outcome) {
    using Header = HeaderChange::Kind;
    const auto data = packet.data;
    switch (packet.command) {
        case reply::kAddHeader: {
            const auto texts = read_texts(data);
            return allows(actions, action::kAddHeaders) && texts && read_header_change(Header::add, 0, *texts, outcome);
        }
        case reply::kInsertHeader:
            return allows(actions, action::kAddHeaders) && read_numbered_change(Header::insert, data, outcome);
        case reply::kChangeHeader:
            return allows(actions, action::kChangeHeaders) && read_numbered_change(Header::change, data, outcome);
        case reply::kAddRcpt: return allows(actions, action::kAddRcpt) && read_address(data, outcome.added_recipients);
        case reply::kAddRcptArgs:
            return allows(actions, action::kAddRcptArgs) && read_address(data, outcome.added_recipients);
        case reply::kDeleteRcpt:
            return allows(actions, action::kDeleteRcpt) && read_address(data, outcome.deleted_recipients);
        case reply::kChangeFrom: return allows(actions, action::kChangeFrom) && read_reverse_path(data, outcome);
        case reply::kReplaceBody: return allows(actions, action::kChangeBody) && read_body(data, outcome);
        case reply::kQuarantine: return allows(actions, action::kQuarantine) && read_quarantine(data, outcome);
        case reply::kVerdicts:
            return allows(actions, action::kOurVerdicts) && read_verdict_list(data, recipients, outcome);
        default: return false;
    }
}

void put_changes(std::string& out, const Outcome& outcome, std::uint32_t actions) {
    for (const auto& change : outcome.headers)
        if (allows(actions, change.kind == HeaderChange::Kind::change ? action::kChangeHeaders : action::kAddHeaders))
            put_header(out, change);
    if (allows(actions, action::kAddRcpt))
        for (const auto& address : outcome.added_recipients) put_path(out, reply::kAddRcpt, address);
    if (allows(actions, action::kDeleteRcpt))
        for (const auto& address : outcome.deleted_recipients) put_path(out, reply::kDeleteRcpt, address);
    if (outcome.reverse_path && allows(actions, action::kChangeFrom))
        put_path(out, reply::kChangeFrom, *outcome.reverse_path);
    if (outcome.body && allows(actions, action::kChangeBody)) put_body(out, *outcome.body);
    if (outcome.quarantine && allows(actions, action::kQuarantine))
        put_texts(out, reply::kQuarantine, {*outcome.quarantine});
    if (!outcome.verdicts.empty() && allows(actions, action::kOurVerdicts)) put_verdicts(out, outcome.verdicts);
}

}  // namespace md::milter
