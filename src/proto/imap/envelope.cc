// proto/imap/envelope.cc - see envelope.h

#include "proto/imap/envelope.h"

#include <algorithm>

#include "mail/address_list.h"
#include "proto/imap/response.h"

namespace md::imap {

namespace {

using mail::ListedAddress;

void append_address(std::string& out, const ListedAddress& address) {
    out += '(';
    append_message_nstring(out, address.name);
    out += ' ';
    append_message_nstring(out, address.route);
    out += ' ';
    // The end of a group is all NIL, its beginning has no host; an empty host is one that is not known.
    if (address.kind == ListedAddress::Kind::group_end) {
        out += "NIL";
    } else {
        append_message_text(out, address.mailbox);
    }
    out += ' ';
    if (address.kind == ListedAddress::Kind::mailbox) {
        append_message_text(out, address.host);
    } else {
        out += "NIL";
    }
    out += ')';
}

/// False: there is no address in it, and nothing was appended.
bool append_addresses(std::string& out, std::string_view value, AddressBudget& budget) {
    mail::AddressListScanner scanner(value);
    ListedAddress address;
    bool any = false;
    bool in_group = false;
    while (scanner.next(address)) {
        if (budget.left == 0) break;
        --budget.left;
        in_group = address.kind != ListedAddress::Kind::group_end &&
                   (in_group || address.kind == ListedAddress::Kind::group_start);
        if (!any) out += '(';
        any = true;
        append_address(out, address);
    }
    if (in_group) out += "(NIL NIL NIL NIL)";
    if (any) out += ')';
    return any;
}

}  // namespace

void append_message_text(std::string& out, std::string_view text) {
    if (text.find('\0') == std::string_view::npos) {
        append_string(out, text);
        return;
    }
    std::string without(text);
    std::erase(without, '\0');
    append_string(out, without);
}

void append_message_nstring(std::string& out, const std::optional<std::string>& text) {
    if (text) {
        append_message_text(out, *text);
    } else {
        out += "NIL";
    }
}

void append_envelope(std::string& out, const mail::Envelope& envelope, AddressBudget& budget) {
    out += '(';
    append_message_nstring(out, envelope.date);
    out += ' ';
    append_message_nstring(out, envelope.subject);
    // RFC 3501 §7.4.2: Sender and Reply-To that are absent or empty are told as From.
    std::string from;
    if (!append_addresses(from, envelope.from, budget)) from = "NIL";
    out.append(" ").append(from);
    for (const auto* list : {&envelope.sender, &envelope.reply_to}) {
        out += ' ';
        if (!append_addresses(out, *list, budget)) out += from;
    }
    for (const auto* list : {&envelope.to, &envelope.cc, &envelope.bcc}) {
        out += ' ';
        if (!append_addresses(out, *list, budget)) out += "NIL";
    }
    out += ' ';
    append_message_nstring(out, envelope.in_reply_to);
    out += ' ';
    append_message_nstring(out, envelope.message_id);
    out += ')';
}

}  // namespace md::imap
