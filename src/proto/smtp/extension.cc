// proto/smtp/extension.cc - see extension.h

#include "proto/smtp/extension.h"

#include "proto/smtp/xclient.h"

namespace md::smtp {

Reply ehlo_reply(std::string_view hostname, const Offer& offer) {
    std::string text(hostname);
    for (const auto& rule : kExtensions) {
        if (!offer.has(rule.extension)) continue;
        text.append("\n").append(rule.keyword);
        if (rule.extension == Extension::size) text.append(" ").append(std::to_string(offer.size_limit));
        if (rule.extension == Extension::auth)
            for (const auto& mechanism : offer.mechanisms) text.append(" ").append(mechanism);
        if (rule.extension == Extension::xclient) text.append(" ").append(kXclientAttributes);
        if (rule.extension == Extension::limits)
            for (const auto& limit : offer.limits) text.append(" ").append(limit);
    }
    return {250, std::move(text)};
}

}  // namespace md::smtp
