// sendmail/recipients.cc - see recipients.h

#include "sendmail/recipients.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/encoding.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "mail/address.h"
#include "mail/header.h"

namespace md::sendmail {

namespace {

/// Parts a list into its addresses, without comments, names, groups' names and routes. Of "A <b@x>" only what stands in
/// brackets counts; what cannot be told for sure is left for path_of() to refuse.
class AddressTexts {
  public:
    explicit AddressTexts(std::string_view list) noexcept : text_(list) {}

    std::vector<std::string> all() {
        while (at_ < text_.size()) step();
        end_element();
        return std::move(found_);
    }

  private:
    void step() {
        const char c = text_[at_];
        switch (c) {
            case '(': skip_comment(); return;
            case '"': take_quoted(); return;
            case ',':
            case ';': end_element(); break;
            case ':':
                if (!in_literal_) taken().clear();
                if (in_literal_) taken().push_back(c);
                break;
            case '<':
                angle_ = in_angle_ = true;
                in_brackets_.clear();
                break;
            case '>': in_angle_ = false; break;
            case '\r':
            case '\n': break;
            default: in_literal_ = c == '[' || (in_literal_ && c != ']'); taken().push_back(c);
        }
        ++at_;
    }

    std::string& taken() noexcept { return in_angle_ ? in_brackets_ : plain_; }

    void take_quoted() {
        do {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) taken().push_back(text_[at_++]);
            taken().push_back(text_[at_++]);
        } while (at_ < text_.size() && text_[at_] != '"');
        if (at_ < text_.size()) taken().push_back(text_[at_++]);
    }

    void skip_comment() noexcept {
        std::size_t depth = 0;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\')
                ++at_;
            else if (text_[at_] == '(')
                ++depth;
            else if (text_[at_] == ')' && --depth == 0)
                break;
        }
        at_ = std::min(at_ + 1, text_.size());
    }

    void end_element() {
        const auto address = trim(angle_ ? in_brackets_ : plain_);
        if (angle_ || !address.empty()) found_.emplace_back(address);
        plain_.clear();
        in_brackets_.clear();
        angle_ = in_angle_ = in_literal_ = false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string plain_;
    std::string in_brackets_;
    bool angle_ = false;
    bool in_angle_ = false;
    bool in_literal_ = false;
    std::vector<std::string> found_;
};

/// As an envelope has it; none: it is no address.
std::optional<std::string> path_of(const std::string& text) {
    if (std::ranges::any_of(text, [](char c) { return is_control(c); })) return std::nullopt;
    auto address = mail::parse_mailbox(text, mail::Utf8::allowed);
    if (!address && address.error() == mail::AddressFault::no_domain) {
        address = mail::parse_mailbox(text + "@localhost", mail::Utf8::allowed);
        if (address) address->domain.clear();
    }
    return address ? std::optional(address->text()) : std::nullopt;
}

Complaint no_address(std::string_view text) {
    return {Exit::bad_input, "\"" + printable(text, 200) + "\" is no address; expected user@domain or user"};
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::any_of(names, [name](std::string_view one) { return equal_nocase(name, one); });
}

constexpr std::array<std::string_view, 3> kRecipientFields{"To", "Cc", "Bcc"};
constexpr std::array<std::string_view, 3> kResentRecipientFields{"Resent-To", "Resent-Cc", "Resent-Bcc"};
constexpr std::array<std::string_view, 2> kBlindFields{"Bcc", "Resent-Bcc"};

/// Text that is no UTF-8 is taken for ISO-8859-1, of which every octet is a character.
std::string as_utf8(std::string_view text) {
    if (is_utf8(text)) return std::string(text);
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet >= 0x80) out.push_back(static_cast<char>(0xC0U | (octet >> 6U)));
        out.push_back(octet >= 0x80 ? static_cast<char>(0x80U | (octet & 0x3FU)) : c);
    }
    return out;
}

/// RFC 2047 §2, §5: a word has at most 75 octets, and whole characters.
std::string encoded_words(std::string_view utf8) {
    constexpr std::size_t kMost = 45;  // 60 octets of base64
    std::string out;
    while (!utf8.empty()) {
        auto size = std::min(kMost, utf8.size());
        while (size < utf8.size() && (static_cast<unsigned char>(utf8[size]) & 0xC0U) == 0x80U) --size;
        out += (out.empty() ? "=?utf-8?B?" : "\n =?utf-8?B?") + base64_encode(utf8.substr(0, size)) + "?=";
        utf8.remove_prefix(size);
    }
    return out;
}

std::string phrase_of(std::string_view name) {
    constexpr std::size_t kMostQuoted = 200;  // of a line's 998 octets (RFC 5322 §2.1.1)
    std::string clean;
    for (const char c : name) clean.push_back(is_control(c) ? ' ' : c);
    if (!mail::is_ascii(clean) || clean.size() > kMostQuoted) return encoded_words(as_utf8(clean));
    std::string quoted("\"");
    for (const char c : clean) {
        if (c == '"' || c == '\\') quoted.push_back('\\');
        quoted.push_back(c);
    }
    return quoted + "\"";
}

}  // namespace

std::optional<Complaint> add_recipients(std::string_view list, std::vector<std::string>& recipients) {
    for (const auto& text : AddressTexts(list).all()) {
        auto path = path_of(text);
        if (!path) return no_address(text);
        recipients.push_back(std::move(*path));
    }
    return std::nullopt;
}

std::optional<Complaint> add_recipients_of(std::string_view header, std::vector<std::string>& recipients) {
    bool resent = false;
    mail::HeaderScanner look(header);
    while (const auto field = look.next()) resent = resent || starts_with_nocase(field->name, "Resent-");
    const auto& names = resent ? kResentRecipientFields : kRecipientFields;
    mail::HeaderScanner scanner(header);
    while (const auto field = scanner.next()) {
        if (!is_one_of(field->name, names)) continue;
        if (auto fault = add_recipients(field->value, recipients)) return fault;
    }
    return std::nullopt;
}

Result<std::string, Complaint> sender_of(std::string_view given) {
    if (given.empty() || given == "<>") return std::string();
    std::vector<std::string> found;
    if (auto fault = add_recipients(given, found)) return fail(std::move(*fault));
    if (found.size() != 1) return fail(no_address(given));
    return std::move(found.front());
}

std::string without_blind_copies(std::string_view header) {
    std::string out;
    mail::HeaderScanner scanner(header);
    while (const auto field = scanner.next())
        if (!is_one_of(field->name, kBlindFields)) out.append(field->whole);
    return out;
}

std::string from_field(std::string_view full_name, std::string_view address) {
    if (full_name.empty()) return "From: " + std::string(address) + "\n";
    return "From: " + phrase_of(full_name) + " <" + std::string(address) + ">\n";
}

}  // namespace md::sendmail
