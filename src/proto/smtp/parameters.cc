// proto/smtp/parameters.cc - see parameters.h

#include "proto/smtp/parameters.h"

#include <array>

#include "base/encoding.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "proto/smtp/path.h"

namespace md::smtp {

namespace {

constexpr std::size_t kEnvidLimit = 100;
constexpr std::size_t kOrcptLimit = 500;

struct Arguments {
    MailArguments mail;
    RcptArguments rcpt;
    bool smtputf8 = false;  ///< of RCPT: MAIL said so
};

using Reader = bool (*)(std::string_view value, const Offer& offer, Arguments& out);

bool read_size(std::string_view value, const Offer& /*offer*/, Arguments& out) {
    if (value.size() > 20) return false;  // RFC 1870 §3
    out.mail.size = parse_number<std::uint64_t>(value);
    return out.mail.size.has_value();
}

bool read_body(std::string_view value, const Offer& offer, Arguments& out) {
    if (equal_nocase(value, "8BITMIME")) out.mail.body = Body::eight_bit_mime;
    if (equal_nocase(value, "BINARYMIME") && offer.has(Extension::binary_mime)) out.mail.body = Body::binary_mime;
    return out.mail.body != Body::seven_bit || equal_nocase(value, "7BIT");
}

bool read_auth(std::string_view value, const Offer& /*offer*/, Arguments& out) {
    auto mailbox = decode_xtext(value);
    if (!mailbox) return false;
    if (*mailbox == "<>") {
        mailbox->clear();
    } else if (!mail::parse_mailbox(*mailbox, mail::Utf8::allowed)) {
        return false;
    }
    out.mail.auth = std::move(*mailbox);
    return true;
}

bool read_smtputf8(std::string_view, const Offer& /*offer*/, Arguments& out) {
    out.mail.smtputf8 = true;
    return true;
}

bool read_prdr(std::string_view, const Offer& /*offer*/, Arguments& out) {
    out.mail.prdr = true;
    return true;
}

bool read_ret(std::string_view value, const Offer& /*offer*/, Arguments& out) {
    if (equal_nocase(value, "FULL")) out.mail.ret = Return::full;
    if (equal_nocase(value, "HDRS")) out.mail.ret = Return::headers;
    return out.mail.ret.has_value();
}

bool read_envid(std::string_view value, const Offer& /*offer*/, Arguments& out) {
    auto envid = decode_xtext(value);
    if (!envid || value.size() > kEnvidLimit) return false;
    for (const char c : *envid)
        if (c < ' ' || c > '~') return false;  // "printable" (RFC 3461 §4.4)
    out.mail.envid = std::move(*envid);
    return true;
}

bool read_notify(std::string_view value, const Offer& /*offer*/, Arguments& out) {
    auto& notify = out.rcpt.notify;
    notify.given = true;
    if (equal_nocase(value, "NEVER")) return true;
    for (const auto word : split(value, ',')) {
        if (equal_nocase(word, "SUCCESS")) {
            notify.success = true;
        } else if (equal_nocase(word, "FAILURE")) {
            notify.failure = true;
        } else if (equal_nocase(word, "DELAY")) {
            notify.delay = true;
        } else {
            return false;
        }
    }
    return true;
}

/// An address of the type utf-8 may come as it is where SMTPUTF8 was said (RFC 6533 §3).
bool read_orcpt(std::string_view value, const Offer& /*offer*/, Arguments& out) {
    const auto semicolon = value.find(';');
    if (value.size() > kOrcptLimit || semicolon == std::string_view::npos || semicolon == 0) return false;
    const auto type = value.substr(0, semicolon);
    for (const char c : type)
        if (!mail::is_atext(c)) return false;
    const auto text = value.substr(semicolon + 1);
    const bool utf8 = !mail::is_ascii(text);
    if (utf8 && (!out.smtputf8 || !equal_nocase(type, "utf-8") || !is_utf8(text))) return false;
    const auto address = decode_xtext(text, utf8);
    if (!address || address->empty()) return false;
    for (const char c : *address)
        if (is_control(c) || (!utf8 && !mail::is_ascii({&c, 1}))) return false;
    out.rcpt.original_recipient = std::string(value.substr(0, semicolon + 1)).append(*address);
    return true;
}

/// Which command carries a parameter, which extension brings it, what reads its value.
struct ParameterRule {
    std::string_view keyword;
    bool of_mail;
    Extension extension;
    Reader read;
    bool kept = false;  ///< in the envelope, for reports and for the next host
    bool word = false;  ///< has no value
};

constexpr std::array kParameters{
    ParameterRule{"SIZE", true, Extension::size, read_size},
    ParameterRule{"BODY", true, Extension::eight_bit_mime, read_body},
    ParameterRule{"AUTH", true, Extension::auth, read_auth},
    ParameterRule{"SMTPUTF8", true, Extension::smtputf8, read_smtputf8, false, true},
    ParameterRule{"PRDR", true, Extension::prdr, read_prdr, false, true},
    ParameterRule{"RET", true, Extension::dsn, read_ret, true},
    ParameterRule{"ENVID", true, Extension::dsn, read_envid, true},
    ParameterRule{"NOTIFY", false, Extension::dsn, read_notify, true},
    ParameterRule{"ORCPT", false, Extension::dsn, read_orcpt, true},
};

Reply bad_parameter(std::string_view keyword) {
    return {501, {5, 5, 4}, "Bad value of parameter " + printable(keyword, 40)};
}

std::optional<Reply> read_parameters(std::string_view text, bool of_mail, const Offer& offer, Arguments& out) {
    auto& words = of_mail ? out.mail.words : out.rcpt.words;
    auto& kept = of_mail ? out.mail.kept : out.rcpt.kept;
    std::uint32_t seen = 0;
    for (const auto parameter : split(text, ' ')) {
        if (parameter.empty()) continue;
        const auto keyword = parameter.substr(0, parameter.find('='));
        std::size_t at = 0;
        while (at < kParameters.size() &&
               !(kParameters[at].of_mail == of_mail && offer.has(kParameters[at].extension) &&
                 equal_nocase(kParameters[at].keyword, keyword)))
            ++at;
        // RFC 5321 §4.1.1.11
        if (at == kParameters.size()) return Reply(555, {5, 5, 4}, "Unknown parameter " + printable(keyword, 40));
        if ((seen & (1u << at)) != 0) return Reply(501, {5, 5, 4}, "Parameter given twice: " + printable(keyword, 40));
        seen |= 1u << at;
        const auto value =
            keyword.size() == parameter.size() ? std::string_view() : parameter.substr(keyword.size() + 1);
        const bool has_form = kParameters[at].word ? keyword.size() == parameter.size() : !value.empty();
        if (!has_form || !kParameters[at].read(value, offer, out)) return bad_parameter(keyword);
        words.emplace_back(parameter);
        if (kParameters[at].kept) kept.emplace_back(std::string(kParameters[at].keyword), std::string(value));
    }
    return std::nullopt;
}

/// RFC 6531 §3.5
Reply needs_smtputf8() {
    return {553, {5, 6, 7}, "Bad address: " + std::string(mail::describe(mail::AddressFault::not_ascii))};
}

mail::Utf8 allowed(bool utf8) noexcept {
    return utf8 ? mail::Utf8::allowed : mail::Utf8::refused;
}

/// "FROM:<path>" or "TO:<path>" at the front; leaves the parameters. `kind` is the detail of X.1.Y for a bad address
/// (RFC 3463 §3.2).
Result<Path, Reply> take_named_path(std::string_view& text, std::string_view name, std::string_view form,
                                    Status bad_address, mail::Utf8 utf8, bool bare) {
    const auto syntax = [&] { return fail(Reply(501, {5, 5, 4}, std::string("Syntax: ").append(form))); };
    if (!starts_with_nocase(text, name)) return syntax();
    text.remove_prefix(name.size());
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    auto path = take_path(text, utf8, bare);
    if (!path) {
        if (path.error().brackets) return syntax();
        if (path.error().address == mail::AddressFault::not_ascii) return fail(needs_smtputf8());
        return fail(Reply(501, bad_address, "Bad address: " + std::string(mail::describe(path.error().address))));
    }
    if (!text.empty() && text.front() != ' ') return syntax();
    return std::move(*path);
}

}  // namespace

std::optional<std::string> decode_xtext(std::string_view text, bool utf8) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const bool printable_ascii = c >= '!' && c <= '~';
        if ((!printable_ascii && (!utf8 || mail::is_ascii({&c, 1}))) || c == '=') return std::nullopt;
        if (c != '+') {
            out.push_back(c);
            continue;
        }
        const auto octet = at + 2 < text.size() ? hex_decode(text.substr(at + 1, 2)) : std::nullopt;
        if (!octet) return std::nullopt;
        out.append(*octet);
        at += 2;
    }
    return out;
}

std::string encode_xtext(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c >= '!' && c <= '~' && c != '+' && c != '=') {
            out.push_back(c);
        } else {
            out.append(1, '+').append(upper(hex_encode(std::string_view(&c, 1))));
        }
    }
    return out;
}

Result<MailArguments, Reply> parse_mail(std::string_view argument, const Offer& offer) {
    auto path = take_named_path(argument, "FROM:", "MAIL FROM:<address> [parameters]", {5, 1, 7},
                                allowed(offer.has(Extension::smtputf8)), offer.bare_names);
    if (!path) return fail(std::move(path.error()));
    Arguments out;
    if (auto refusal = read_parameters(argument, true, offer, out)) return fail(std::move(*refusal));
    out.mail.sender = std::move(path->mailbox);
    if (!out.mail.smtputf8 && out.mail.sender && !mail::is_ascii(out.mail.sender->text()))
        return fail(needs_smtputf8());
    // Only a recipient may do without a domain, for it may be Postmaster.
    if (out.mail.sender && out.mail.sender->domain.empty() && !offer.bare_names)
        return fail(
            Reply(501, {5, 1, 7}, "Bad address: " + std::string(mail::describe(mail::AddressFault::no_domain))));
    return std::move(out.mail);
}

Result<RcptArguments, Reply> parse_rcpt(std::string_view argument, const Offer& offer, bool smtputf8) {
    auto path = take_named_path(argument, "TO:", "RCPT TO:<address> [parameters]", {5, 1, 3}, allowed(smtputf8),
                                offer.bare_names);
    if (!path) return fail(std::move(path.error()));
    if (!path->mailbox)
        return fail(Reply(501, {5, 1, 3}, "Bad address: " + std::string(mail::describe(mail::AddressFault::empty))));
    Arguments out;
    out.smtputf8 = smtputf8;
    if (auto refusal = read_parameters(argument, false, offer, out)) return fail(std::move(*refusal));
    out.rcpt.recipient = std::move(*path->mailbox);
    return std::move(out.rcpt);
}

}  // namespace md::smtp
