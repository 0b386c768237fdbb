// tests/fuzz/mail_threads.cc - any octets as a mailbox of headers: dates, subjects, parameters and threads
//
// Each line is one field of a message; every three lines a message. Whatever they hold, every message stands in the
// forest once.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "mail/date.h"
#include "mail/parameter.h"
#include "mail/subject.h"
#include "mail/threads.h"

namespace {

using namespace md::mail;

std::size_t count_messages(const Forest& forest) {
    std::size_t count = 0;
    std::vector<std::uint32_t> open{forest.first_root};
    while (!open.empty()) {
        const auto node = open.back();
        open.pop_back();
        if (node == Forest::kNone) continue;
        MD_ASSERT(node < forest.nodes.size());
        MD_ASSERT(forest.nodes[node].number != 0 || forest.nodes[node].first_child != Forest::kNone);
        count += forest.nodes[node].number != 0 ? 1 : 0;
        open.push_back(forest.nodes[node].next);
        open.push_back(forest.nodes[node].first_child);
        MD_ASSERT(count <= forest.nodes.size());
    }
    return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto lines = md::split(text, '\n');
    ReferencesThreader threader;
    std::vector<ThreadMessage> messages;
    std::map<std::string, std::uint32_t> texts{{"", 0}};
    const auto number_of = [&](const std::string& of) {
        return texts.try_emplace(of, static_cast<std::uint32_t>(texts.size())).first->second;
    };
    for (std::size_t i = 0; i + 2 < lines.size(); i += 3) {
        const auto subject = base_subject(lines[i + 2]);
        MD_ASSERT(md::is_utf8(subject.text));
        const auto sent = parse_date(lines[i]);
        if (sent) (void)sent->day();
        const auto value = decoded_parameter({{std::string(lines[i]), std::string(lines[i + 1])},
                                              {std::string(lines[i + 1]), std::string(lines[i + 2])}},
                                             lines[i].substr(0, 1));
        MD_ASSERT(!value || md::is_utf8(*value));
        messages.push_back({static_cast<std::uint32_t>(messages.size() + 1), sent ? sent->seconds : 0,
                            number_of(subject.text), subject.is_reply});
        const auto links = links_of(lines[i], lines[i + 1], lines[i + 2]);
        MD_ASSERT(links.parents.size() <= MessageLinks::kParentsLimit);
        const auto own = number_of(links.id);
        std::vector<std::uint32_t> parents;
        for (const auto& parent : links.parents) parents.push_back(number_of(parent));
        threader.add(messages.back(), own, parents);
    }
    const auto count = messages.size();
    MD_ASSERT(count_messages(threader.finish()) == count);
    MD_ASSERT(count_messages(thread_by_subject(std::move(messages))) == count);
    return 0;
}
