// tests/fuzz/policy_list.cc - any text as a list to import, and any octets as what is asked of the state child

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "checks/scan_request.h"
#include "policy/lists.h"
#include "policy/request.h"
#include "policy/text_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace md::policy;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto entries = parse_text(List::black, input, md::WallTime{});
    if (entries) {
        const auto again = parse_text(List::black, format_text(*entries), md::WallTime{});
        MD_ASSERT(again && *again == *entries);
        Lists lists;
        for (const auto& entry : *entries) {
            lists.put(entry);
            const auto read = decode(key_of(entry), encode_record(entry));
            MD_ASSERT(read && *read == entry);
        }
        for (const auto& entry : *entries) lists.remove(entry);
        MD_ASSERT(lists.size() == 0);
    } else {
        MD_ASSERT(!entries.error().empty());
    }
    Lists any;
    const auto cut = size / 3;
    if (any.put_record(input.substr(0, cut), input.substr(cut))) {
        MD_ASSERT(any.size() == 1 && any.find_key(input.substr(0, cut)));
        any.remove_key(input.substr(0, cut));
    }
    MD_ASSERT(any.size() == 0);
    (void)decode(input.substr(0, cut), input.substr(cut));
    (void)request::read_changes(input);
    (void)request::read_attendance(input);
    (void)request::read_check_question(input);
    (void)request::read_count_events(input);
    (void)request::read_counted(input);
    (void)md::checks::read_scan_request(input);
    (void)request::read_list_page(input);
    (void)request::read_next_reply(input);
    (void)request::read_next_question(input);
    const auto half = size / 2;
    (void)matches(input.substr(0, half), input.substr(half));
    return 0;
}
