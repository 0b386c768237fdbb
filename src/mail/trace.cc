// mail/trace.cc - see trace.h

#include "mail/trace.h"

#include <array>

#include "base/strings.h"
#include "mail/address.h"
#include "mail/date.h"
#include "mail/header.h"

namespace md::mail {

namespace {

constexpr std::size_t kFoldColumn = 78;
constexpr std::size_t kTabWidth = 8;

/// A peer's word fit to stand in a comment: printable ASCII without what could end the comment or the field.
std::string comment_text(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, kDomainLimit)) {
        const bool fits = c > ' ' && c < 0x7f && c != '(' && c != ')' && c != '\\' && c != '"';
        out.push_back(fits ? c : '?');
    }
    return out;
}

std::string tcp_info(const Received& received) {
    if (!received.user_id.empty()) return std::string("(from userid ").append(received.user_id).append(1, ')');
    if (received.client_ip.empty()) return "(local)";
    std::string out("(");
    out.append(is_domain(received.client_name) ? received.client_name : "unknown");
    return out.append(1, ' ').append(address_literal(received.client_ip)).append(1, ')');
}

/// From-domain of RFC 5321 §4.4: the HELO argument where it is one, else the client's address, and the argument as a
/// comment.
void from_clause(const Received& received, std::vector<std::string>& pieces) {
    const bool usable = is_domain(received.helo) || is_address_literal(received.helo);
    std::string from("from ");
    if (usable) {
        from.append(received.helo);
    } else {
        from.append(received.client_ip.empty() ? std::string("localhost") : address_literal(received.client_ip));
    }
    pieces.push_back(std::move(from));
    pieces.push_back(tcp_info(received));
    if (!usable) pieces.push_back(std::string("(helo=").append(comment_text(received.helo)).append(1, ')'));
}

}  // namespace

std::string_view protocol_name(Protocol protocol) noexcept {
    // RFC 3848; AUTH and STARTTLS need EHLO, so that plain SMTP has no variants.
    static constexpr std::array<std::string_view, 4> kExtended{"ESMTP", "ESMTPA", "ESMTPS", "ESMTPSA"};
    static constexpr std::array<std::string_view, 4> kLocal{"LMTP", "LMTPA", "LMTPS", "LMTPSA"};
    static constexpr std::array<std::string_view, 4> kUtf8{"UTF8SMTP", "UTF8SMTPA", "UTF8SMTPS", "UTF8SMTPSA"};
    static constexpr std::array<std::string_view, 4> kLocalUtf8{"UTF8LMTP", "UTF8LMTPA", "UTF8LMTPS", "UTF8LMTPSA"};
    const auto variant = (protocol.tls ? 2u : 0u) + (protocol.authenticated ? 1u : 0u);
    if (protocol.utf8) return protocol.lmtp ? kLocalUtf8[variant] : kUtf8[variant];
    if (protocol.lmtp) return kLocal[variant];
    if (protocol.extended || variant != 0) return kExtended[variant];
    return "SMTP";
}

std::string fold_pieces(std::string_view name, const std::vector<std::string>& pieces) {
    std::string field(name);
    field.append(1, ':');
    std::size_t column = field.size();
    bool first = true;
    for (const auto& piece : pieces) {
        if (!first && column + 1 + piece.size() > kFoldColumn) {
            field.append("\n\t");
            column = kTabWidth;
        } else {
            field.append(1, ' ');
            column += 1;
        }
        field.append(piece);
        column += piece.size();
        first = false;
    }
    return field.append(1, '\n');
}

std::string received_field(const Received& received) {
    std::vector<std::string> pieces;
    from_clause(received, pieces);
    const auto clause = [&](std::string_view word, std::string_view value) {
        pieces.push_back(std::string(word).append(value));
    };
    clause("by ", received.by);
    clause("(mdmail) with ", protocol_name(received.protocol));
    clause("id ", received.id);
    if (!received.recipient.empty()) clause("for ", std::string("<").append(received.recipient).append(1, '>'));
    if (!received.tls.empty()) clause("tls ", comment_text(received.tls));
    pieces.back().append(1, ';');
    clause("", format_date(received.time, received.zone));
    return fold_pieces("Received", pieces);
}

std::string return_path_field(std::string_view reverse_path) {
    return std::string("Return-Path: <").append(reverse_path).append(">\n");
}

std::string message_id(std::string_view unique, std::string_view host) {
    return std::string("<").append(unique).append(1, '@').append(host).append(1, '>');
}

std::size_t count_hops(std::string_view message, std::size_t limit) noexcept {
    return count_fields(message, "Received", limit);
}

}  // namespace md::mail
