// tests/fuzz/imap_command.cc - octets of an IMAP client, through assembler and parser, as a session would take them
//
// The first octet chooses limits and the size of the pieces. Any input must end in commands, refusals or a flood, the
// same ones in whatever pieces it comes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "proto/imap/command.h"
#include "proto/imap/command_table.h"
#include "proto/imap/list_pattern.h"
#include "proto/imap/search_program.h"

namespace {

using namespace md::imap;

/// Looks at what a handler would look at.
std::string touch(const Command& command) {
    std::string seen = std::string(command.tag) + std::string(rule_of(command.verb).name);
    if (const auto* login = std::get_if<Login>(&command.arguments)) seen.append(login->user).append(login->password);
    if (const auto* fetch = std::get_if<Fetch>(&command.arguments)) {
        for (const auto& range : fetch->messages.resolve(1000)) seen += std::to_string(range.first ^ range.last);
        for (const auto& item : fetch->items)
            for (const auto field : item.section.fields) seen += field;
    }
    if (const auto* select = std::get_if<Select>(&command.arguments)) {
        seen += select->mailbox;
        if (select->resync) append_ranges(seen, select->resync->match_uids);
    }
    if (const auto* copy = std::get_if<Copy>(&command.arguments)) append_ranges(seen, copy->messages.resolve(1000));
    const auto* search = std::get_if<Search>(&command.arguments);
    if (const auto* sort = std::get_if<Sort>(&command.arguments)) search = &sort->search;
    if (const auto* thread = std::get_if<Thread>(&command.arguments)) search = &thread->search;
    if (search != nullptr) {
        const auto leaf = [&](std::size_t at) {
            const auto& key = search->program[at];
            seen.append(key.keyword).append(key.name).append(key.string);
            return static_cast<Truth>(at % 3);
        };
        seen += std::to_string(static_cast<int>(decide(search->program, 0, leaf)));
    }
    if (const auto* list = std::get_if<List>(&command.arguments)) {
        seen += list->reference + std::to_string(list->select) + std::to_string(list->returns);
        for (const auto& pattern : list->patterns) seen += ListPattern(pattern).matches("INBOX/a") ? '1' : '0';
    }
    if (const auto* create = std::get_if<Create>(&command.arguments))
        seen += create->name + std::to_string(create->uses);
    if (const auto* rename = std::get_if<Rename>(&command.arguments)) seen += rename->from + rename->to;
    if (const auto* root = std::get_if<QuotaRoot>(&command.arguments)) seen += root->name;
    return seen;
}

std::string converse(std::string_view input, std::size_t step, const AssemblerLimits& limits) {
    Assembler assembler(limits);
    std::string log;
    std::string buffer;
    bool in_tail = false;
    std::uint64_t streamed = 0;  // octets of an APPEND that the session would take
    for (;;) {
        if (streamed > 0 && !buffer.empty()) {
            const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(streamed, buffer.size()));
            buffer.erase(0, taken);
            streamed -= taken;
        }
        const auto taken = assembler.feed(streamed > 0 ? std::string_view() : std::string_view(buffer));
        buffer.erase(0, taken.consumed);
        switch (taken.event) {
            case Assembler::Event::need_more:
                if (input.empty()) return log;
                buffer += input.substr(0, step);
                input.remove_prefix(std::min(step, input.size()));
                break;
            case Assembler::Event::literal: {
                if (in_tail) {
                    const auto next = parse_next_message(assembler.tail());
                    log += next ? std::to_string(next->literal.size) : std::string(next.error());
                    if (next) {
                        streamed = next->literal.size;
                        assembler.literal_streamed();
                    } else {
                        assembler.refuse_literal();
                    }
                    break;
                }
                auto plan = plan_literal(assembler.head());
                if (std::holds_alternative<CollectLiteral>(plan)) {
                    log += assembler.collect_literal() ? '+' : '-';
                } else if (const auto* append = std::get_if<Command>(&plan)) {
                    log += touch(*append);
                    streamed = assembler.literal().size;
                    assembler.literal_streamed();
                    in_tail = true;
                } else {
                    log += std::get<SyntaxError>(plan).text;
                    assembler.refuse_literal();
                }
                break;
            }
            case Assembler::Event::command: {
                const auto command = parse(assembler.head());
                log += command ? touch(*command) : std::string(command.error().text);
                log += assembler.tail().text;
                assembler.next_command();
                in_tail = false;
                break;
            }
            case Assembler::Event::refused:
                log += tag_of(assembler.head());
                assembler.next_command();
                in_tail = false;
                break;
            case Assembler::Event::flood: return log + '!';
        }
        log += '\n';
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    AssemblerLimits limits;
    if ((data[0] & 1) != 0) limits.non_synchronising = std::numeric_limits<std::uint64_t>::max();
    if ((data[0] & 2) != 0) limits.line = 64;
    if ((data[0] & 4) != 0) limits.command = 96;
    if ((data[0] & 8) != 0) limits.discard = 128;
    const auto strip = [](std::string log) {
        std::erase(log, '\n');
        return log;
    };
    if (strip(converse(input, input.size() + 1, limits)) != strip(converse(input, (data[0] >> 4) + 1u, limits)))
        std::abort();
    return 0;
}
