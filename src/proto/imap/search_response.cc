// proto/imap/search_response.cc - see search_response.h

#include "proto/imap/search_response.h"

namespace md::imap {

void append_esearch(std::string& out, std::string_view tag, bool uid) {
    // A tag has neither quotes nor backslashes (RFC 3501 §9, tag).
    out.append("* ESEARCH (TAG \"").append(tag).append(uid ? "\") UID" : "\")");
}

bool NumberWriter::write(std::string& out, std::size_t octets) {
    const auto enough = out.size() + octets;
    for (; at_ < numbers_.size() && out.size() < enough; ++at_)
        out.append(1, ' ').append(std::to_string(numbers_[at_]));
    return at_ < numbers_.size();
}

bool SetWriter::write(std::string& out, std::size_t octets) {
    const auto enough = out.size() + octets;
    while (at_ < numbers_.size() && out.size() < enough) {
        if (at_ > 0) out.push_back(',');
        const auto first = numbers_[at_];
        auto last = first;
        for (++at_; at_ < numbers_.size() && numbers_[at_] == last + 1; ++at_) ++last;
        out.append(std::to_string(first));
        if (last != first) out.append(1, ':').append(std::to_string(last));
    }
    return at_ < numbers_.size();
}

bool ThreadWriter::write(std::string& out, std::size_t octets) {
    const auto enough = out.size() + octets;
    while ((node_ != mail::Forest::kNone || !open_.empty()) && out.size() < enough) step(out);
    return node_ != mail::Forest::kNone || !open_.empty();
}

/// Opens one list and writes its members up to where it splits or ends; or closes one.
void ThreadWriter::step(std::string& out) {
    if (node_ == mail::Forest::kNone) {
        out.push_back(')');
        node_ = open_.back();
        open_.pop_back();
        return;
    }
    out.push_back('(');
    open_.push_back(forest_.nodes[node_].next);
    bool first = true;
    for (;;) {
        const auto& node = forest_.nodes[node_];
        if (node.number != 0) {
            if (!first) out.push_back(' ');
            out.append(std::to_string(node.number));
            first = false;
        }
        node_ = node.first_child;
        if (node_ == mail::Forest::kNone) return;
        if (forest_.nodes[node_].next != mail::Forest::kNone) break;
    }
    if (!first) out.push_back(' ');
}

}  // namespace md::imap
