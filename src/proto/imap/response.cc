// proto/imap/response.cc - see response.h and capability.h

#include "proto/imap/response.h"

#include <algorithm>
#include <utility>

#include "proto/imap/capability.h"
#include "proto/imap/command_table.h"
#include "proto/imap/lexical.h"
#include "proto/imap/mailbox_name.h"

namespace md::imap {
namespace {

constexpr std::string_view kEnd = "\r\n";

std::string_view name_of(Condition condition) noexcept {
    switch (condition) {
        case Condition::ok: return "OK";
        case Condition::no: return "NO";
        case Condition::bad: return "BAD";
        case Condition::bye: return "BYE";
        case Condition::preauth: break;
    }
    return "PREAUTH";
}

/// resp-text: one line of printable ASCII, never empty.
void append_text(std::string& out, std::string_view text) {
    if (text.empty()) out += '.';
    for (const char c : text) out += is_control(c) || static_cast<unsigned char>(c) >= 0x80 ? '?' : c;
}

void append_literal_header(std::string& out, std::uint64_t octets) {
    out.append(1, '{').append(std::to_string(octets)).append("}").append(kEnd);
}

std::uint32_t number_of(std::uint64_t octets) noexcept {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(octets, UINT32_MAX));
}

std::string_view name_of(Section::Text text) noexcept {
    switch (text) {
        case Section::Text::whole: break;
        case Section::Text::header: return "HEADER";
        case Section::Text::header_fields: return "HEADER.FIELDS";
        case Section::Text::header_fields_not: return "HEADER.FIELDS.NOT";
        case Section::Text::text: return "TEXT";
        case Section::Text::mime: return "MIME";
    }
    return "";
}

std::string value_of(StatusItem item, const StatusValues& values) {
    switch (item) {
        case StatusItem::messages: return std::to_string(values.messages);
        case StatusItem::recent: return std::to_string(values.recent);
        case StatusItem::uidnext: return std::to_string(values.uidnext);
        case StatusItem::uidvalidity: return std::to_string(values.uidvalidity);
        case StatusItem::unseen: return std::to_string(values.unseen);
        case StatusItem::size: return std::to_string(values.size);
        case StatusItem::highestmodseq: return std::to_string(values.highestmodseq);
        case StatusItem::mailboxid: return "(" + std::string(values.mailboxid) + ")";
        case StatusItem::deleted: return std::to_string(values.deleted);
        case StatusItem::deleted_storage: return std::to_string(values.deleted_storage);
        case StatusItem::appendlimit: break;
    }
    return std::to_string(values.appendlimit);
}

}  // namespace

void append_status(std::string& out, std::string_view tag, Condition condition, std::string_view code,
                   std::string_view text) {
    out.append(tag.empty() ? "*" : tag).append(" ").append(name_of(condition)).append(" ");
    if (!code.empty()) {
        out += '[';
        append_text(out, code);
        out += "] ";
    }
    append_text(out, text);
    out += kEnd;
}

void append_continuation(std::string& out, std::string_view text) {
    // RFC 3501 §7.5: the space is there even if no text is; SASL's empty challenge is "+ ".
    out += "+ ";
    if (!text.empty()) append_text(out, text);
    out += kEnd;
}

void append_untagged(std::string& out, std::string_view data) {
    out += "* ";
    append_text(out, data);
    out += kEnd;
}

void append_number(std::string& out, std::uint32_t number, std::string_view name) {
    out.append("* ").append(std::to_string(number)).append(" ").append(name).append(kEnd);
}

void append_vanished(std::string& out, const std::vector<NumberRange>& uids, bool earlier) {
    if (uids.empty()) return;
    out += earlier ? "* VANISHED (EARLIER) " : "* VANISHED ";
    append_ranges(out, uids);
    out += kEnd;
}

void append_string(std::string& out, std::string_view text) {
    if (!std::all_of(text.begin(), text.end(), is_text_char)) {
        append_literal_header(out, text.size());
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

void append_astring(std::string& out, std::string_view text) {
    // NIL is an atom that some readers take for the absence of a string.
    const bool atom =
        !text.empty() && !equal_nocase(text, "NIL") && std::all_of(text.begin(), text.end(), is_astring_char);
    if (atom) {
        out += text;
    } else {
        append_string(out, text);
    }
}

void append_nstring(std::string& out, const std::optional<std::string_view>& text) {
    if (text) {
        append_string(out, *text);
    } else {
        out += "NIL";
    }
}

void append_mailbox(std::string& out, std::string_view name) {
    append_astring(out, wire_name(name));
}

void append_flags(std::string& out, FlagBits bits, const std::vector<std::string>& keywords, bool any) {
    out += '(';
    const auto begin = out.size();
    const auto add = [&](std::string_view name) {
        if (out.size() != begin) out += ' ';
        out += name;
    };
    for (const auto& row : kFlagNames)
        if (has(bits, row.flag)) add(row.name);
    for (const auto& keyword : keywords)
        if (!keyword.empty() && std::all_of(keyword.begin(), keyword.end(), is_atom_char)) add(keyword);
    if (any) add("\\*");
    out += ')';
}

void append_list(std::string& out, std::string_view response, std::string_view attributes, std::string_view name,
                 std::string_view data) {
    out.append("* ").append(response).append(" (").append(attributes).append(") \"");
    out.append(1, kSeparator).append("\" ");
    append_mailbox(out, name);
    if (!data.empty()) out.append(" ").append(data);
    out += kEnd;
}

void append_quota_root(std::string& out, std::string_view name, bool has_root) {
    out += "* QUOTAROOT ";
    append_mailbox(out, name);
    if (has_root) out += " \"\"";
    out += kEnd;
}

void append_status_values(std::string& out, const Status& asked, const StatusValues& values) {
    out += "* STATUS ";
    append_mailbox(out, asked.mailbox);
    out += " (";
    bool first = true;
    for (const auto& row : kStatusNames) {
        if ((asked.items & static_cast<StatusItems>(row.item)) == 0) continue;
        if (!std::exchange(first, false)) out += ' ';
        out.append(row.name).append(" ").append(value_of(row.item, values));
    }
    out.append(")").append(kEnd);
}

FetchResponse::FetchResponse(std::string& out, std::uint32_t sequence) : out_(out), start_(out.size()) {
    out_.append("* ").append(std::to_string(sequence)).append(" FETCH (");
}

void FetchResponse::separate() {
    if (!std::exchange(first_, false)) out_ += ' ';
}

void FetchResponse::flags(FlagBits bits, const std::vector<std::string>& keywords) {
    separate();
    out_ += "FLAGS ";
    append_flags(out_, bits, keywords);
}

void FetchResponse::uid(std::uint32_t uid) {
    separate();
    out_.append("UID ").append(std::to_string(uid));
}

void FetchResponse::size(std::uint64_t octets) {
    separate();
    out_.append("RFC822.SIZE ").append(std::to_string(number_of(octets)));
}

void FetchResponse::internal_date(DateTime time) {
    separate();
    out_.append("INTERNALDATE \"").append(format_date_time(time)).append("\"");
}

void FetchResponse::modseq(std::uint64_t value) {
    separate();
    out_.append("MODSEQ (").append(std::to_string(value)).append(")");
}

void FetchResponse::email_id(std::string_view id) {
    separate();
    out_.append("EMAILID (").append(id).append(")");
}

void FetchResponse::no_thread_id() {
    separate();
    out_ += "THREADID NIL";
}

void FetchResponse::made(const FetchItem& item, std::string_view wire) {
    label(item);
    out_ += wire;
}

void FetchResponse::label(const FetchItem& item) {
    separate();
    out_ += item.name;
    if (item.has_brackets) {
        out_ += '[';
        for (const auto number : item.section.part) {
            if (out_.back() != '[') out_ += '.';
            out_ += std::to_string(number);
        }
        const auto text = name_of(item.section.text);
        if (!item.section.part.empty() && !text.empty()) out_ += '.';
        out_ += text;
        for (std::size_t i = 0; i < item.section.fields.size(); ++i) {
            out_ += i == 0 ? " (" : " ";
            append_astring(out_, item.section.fields[i]);
        }
        out_ += item.section.fields.empty() ? "]" : ")]";
    }
    if (item.partial) out_.append("<").append(std::to_string(item.partial->first)).append(">");
    out_ += ' ';
}

void FetchResponse::body_header(const FetchItem& item, std::uint64_t octets, bool binary) {
    label(item);
    if (binary) out_ += '~';
    append_literal_header(out_, octets);
}

void FetchResponse::body(const FetchItem& item, std::string_view octets) {
    body_header(item, octets.size());
    out_ += octets;
}

void FetchResponse::binary_size(const FetchItem& item, std::uint64_t octets) {
    label(item);
    out_ += std::to_string(number_of(octets));
}

void FetchResponse::no_body(const FetchItem& item) {
    label(item);
    out_ += "NIL";
}

void FetchResponse::end() {
    if (first_)
        out_.resize(start_);
    else
        out_.append(")").append(kEnd);
}

std::string capabilities(const Situation& situation) {
    std::string out;
    for (const auto& row : kCapabilities) {
        if (!row.told(situation)) continue;
        if (!out.empty()) out += ' ';
        out += row.name;
        if (row.value != nullptr) out.append("=").append(std::to_string(situation.*row.value));
    }
    return out;
}

}  // namespace md::imap
