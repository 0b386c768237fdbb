// proto/imap/command.cc - see command.h and command_table.h

#include "proto/imap/command.h"

#include <algorithm>

#include "base/assert.h"
#include "proto/imap/command_table.h"
#include "proto/imap/cursor.h"

namespace md::imap {
namespace {

/// Tag, name and the name's row; none when the cursor has an error.
const CommandRule* parse_name(Cursor& cursor, Command& command) {
    const auto tag = cursor.tag();
    if (!tag || !cursor.space()) return nullptr;
    command.tag = *tag;
    auto name = cursor.atom("command expected");
    if (!name) return nullptr;
    if (equal_nocase(*name, "UID")) {
        command.uid = true;
        if (!cursor.space()) return nullptr;
        name = cursor.atom("command expected after UID");
        if (!name) return nullptr;
    }
    const auto* rule = find_command(*name);
    if (rule == nullptr || (command.uid && !rule->has_uid_form)) {
        cursor.fail(command.uid ? "no such command with UID" : "no such command");
        return nullptr;
    }
    command.verb = rule->verb;
    return rule;
}

}  // namespace

const CommandRule* find_command(std::string_view name) noexcept {
    const auto* const row = std::find_if(kCommands.begin(), kCommands.end(),
                                         [&](const auto& rule) { return equal_nocase(name, rule.name); });
    return row == kCommands.end() ? nullptr : row;
}

const CommandRule& rule_of(Verb verb) noexcept {
    const auto* const row =
        std::find_if(kCommands.begin(), kCommands.end(), [&](const auto& rule) { return rule.verb == verb; });
    MD_ASSERT(row != kCommands.end());
    return *row;
}

bool may_tell_expunge(const Command& command) noexcept {
    if (!rule_of(command.verb).withholds_expunge) return true;
    if (!command.uid) return false;
    const auto* search = std::get_if<Search>(&command.arguments);
    if (const auto* sort = std::get_if<Sort>(&command.arguments)) search = &sort->search;
    if (const auto* thread = std::get_if<Thread>(&command.arguments)) search = &thread->search;
    return search == nullptr || std::none_of(search->program.begin(), search->program.end(), [](const SearchKey& key) {
               return key.kind == SearchKey::Kind::sequence;
           });
}

bool is_done(std::string_view line) noexcept {
    return equal_nocase(line, "DONE");
}

Result<Command, SyntaxError> parse(const Assembled& input) {
    Command command;
    Cursor cursor(input, command.unescaped);
    const auto* rule = parse_name(cursor, command);
    if (rule != nullptr && rule->parse(cursor, command) && cursor.end()) return command;
    return fail(SyntaxError{command.tag.empty() ? tag_of(input) : command.tag, cursor.error()});
}

LiteralPlan plan_literal(const Assembled& input) {
    Command command;
    Cursor cursor(input, command.unescaped);
    const auto* rule = parse_name(cursor, command);
    const bool parsed = rule != nullptr && rule->parse(cursor, command);
    if (parsed && rule->streams_literal && cursor.end()) return LiteralPlan(std::move(command));
    // Reading that stopped at this literal can go on once its octets are here; any other end is an error already.
    if (cursor.wants_literal()) return CollectLiteral{};
    cursor.fail("literal not expected here");
    return SyntaxError{command.tag.empty() ? tag_of(input) : command.tag, cursor.error()};
}

}  // namespace md::imap
