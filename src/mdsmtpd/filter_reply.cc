// mdsmtpd/filter_reply.cc - see filter_reply.h

#include "mdsmtpd/filter_reply.h"

#include <algorithm>

#include "base/strings.h"

namespace md::mdsmtpd {

smtp::Reply filter_reply(const milter::Answer& answer, smtp::Reply otherwise) {
    const bool for_now = answer.kind != milter::Answer::Kind::reject;
    const std::string_view text = answer.reply;
    const auto code = text.size() >= 4 ? parse_number<std::uint16_t>(text.substr(0, 3)) : std::nullopt;
    if (code && (*code / 100 == 4 || *code / 100 == 5) && text[3] == ' ') {
        auto rest = text.substr(4);
        const auto word = rest.substr(0, rest.find(' '));
        auto status = mail::Status::parse(word);
        if (status) {
            rest.remove_prefix(std::min(word.size() + 1, rest.size()));
            status->success_class = static_cast<std::uint8_t>(*code / 100);  // RFC 2034 §4: they agree
        }
        const mail::Status plain{static_cast<std::uint8_t>(*code / 100), 7, 1};
        return {*code, status.value_or(plain), std::string(rest)};
    }
    if (for_now) {
        if (otherwise.code >= 500) otherwise.code = 451;
        if (otherwise.status) otherwise.status->success_class = 4;
    }
    return otherwise;
}

}  // namespace md::mdsmtpd
