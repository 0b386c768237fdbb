// mail/envelope.cc - see envelope.h

#include "mail/envelope.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "mail/header.h"

namespace md::mail {

namespace {

constexpr std::array<std::pair<std::string_view, std::optional<std::string> Envelope::*>, 4> kTexts{{
    {"Date", &Envelope::date},
    {"Subject", &Envelope::subject},
    {"In-Reply-To", &Envelope::in_reply_to},
    {"Message-ID", &Envelope::message_id},
}};

constexpr std::array<std::pair<std::string_view, std::string Envelope::*>, 6> kAddresses{{
    {"From", &Envelope::from},
    {"Sender", &Envelope::sender},
    {"Reply-To", &Envelope::reply_to},
    {"To", &Envelope::to},
    {"Cc", &Envelope::cc},
    {"Bcc", &Envelope::bcc},
}};

}  // namespace

bool Envelope::wants(std::string_view line) noexcept {
    const auto begins = [&](const auto& row) { return starts_with_nocase(line, row.first); };
    return std::any_of(kTexts.begin(), kTexts.end(), begins) ||
           std::any_of(kAddresses.begin(), kAddresses.end(), begins);
}

void Envelope::add(std::string_view name, std::string_view value) {
    for (const auto& [wanted, member] : kTexts) {
        if (!equal_nocase(name, wanted)) continue;
        if (!(this->*member)) this->*member = unfold(value);
        return;
    }
    for (const auto& [wanted, member] : kAddresses) {
        if (!equal_nocase(name, wanted)) continue;
        auto& list = this->*member;
        if (!list.empty()) list += ',';
        list += value;
        return;
    }
}

Envelope read_envelope(std::string_view message) {
    Envelope envelope;
    HeaderLimits limits;
    limits.skip_broken = true;
    HeaderScanner scanner(message, limits);
    while (const auto field = scanner.next()) envelope.add(field->name, field->value);
    return envelope;
}

}  // namespace md::mail
