// mail/message_id.cc - identifiers of messages as fields hold them; see threads.h

#include <utility>

#include "base/strings.h"
#include "mail/threads.h"

namespace md::mail {

namespace {

/// The identifier as it stands up to its ">", if nothing in it is to be taken away; else empty.
std::string_view plain_id(std::string_view value) noexcept {
    bool has_at = false;
    for (std::size_t at = 0; at < value.size(); ++at) {
        const char c = value[at];
        if (c == '>') return has_at && value.front() != '@' && value[at - 1] != '@' ? value.substr(0, at) : "";
        if (c == '"' || c == '\\' || c == '<' || static_cast<unsigned char>(c) <= ' ') return {};
        has_at = has_at || c == '@';
    }
    return {};
}

/// The identifier behind a "<", up to its ">"; `at` is moved behind that. Empty if it is none.
std::string read_id(std::string_view value, std::size_t& at) {
    std::string id;
    bool quoted = false;
    bool has_at = false;
    for (; at < value.size(); ++at) {
        const char c = value[at];
        if (c == '"') {
            quoted = !quoted;
        } else if (c == '\\' && quoted && at + 1 < value.size()) {
            id.push_back(value[++at]);
        } else if (quoted) {
            if (c != '\r' && c != '\n') id.push_back(c);
        } else if (c == '>') {
            ++at;
            return has_at && id.front() != '@' && id.back() != '@' ? id : std::string();
        } else if (c == '<') {
            return {};  // the last was never closed: a new one begins here
        } else if (!is_space(c) && c != '\r' && c != '\n') {
            has_at = has_at || c == '@';
            id.push_back(c);
        }
    }
    return {};
}

}  // namespace

std::string next_message_id(std::string_view value, std::size_t& at) {
    while (at < value.size()) {
        if (value[at] != '<') {
            ++at;
            continue;
        }
        const auto plain = plain_id(value.substr(++at));
        if (!plain.empty()) {
            at += plain.size() + 1;
            return std::string(plain);
        }
        auto id = read_id(value, at);
        if (!id.empty()) return id;
    }
    return {};
}

MessageLinks links_of(std::string_view message_id, std::string_view references, std::string_view in_reply_to) {
    MessageLinks links;
    std::size_t at = 0;
    links.id = next_message_id(message_id, at);
    at = 0;
    for (auto id = next_message_id(references, at); !id.empty(); id = next_message_id(references, at))
        links.parents.push_back(std::move(id));
    if (links.parents.size() > MessageLinks::kParentsLimit)
        links.parents.erase(links.parents.begin(), links.parents.end() - MessageLinks::kParentsLimit);
    if (!links.parents.empty()) return links;
    at = 0;
    auto parent = next_message_id(in_reply_to, at);
    if (!parent.empty()) links.parents.push_back(std::move(parent));
    return links;
}

}  // namespace md::mail
