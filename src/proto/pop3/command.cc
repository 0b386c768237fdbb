// proto/pop3/command.cc - see command.h

#include "proto/pop3/command.h"

#include <algorithm>

#include "base/assert.h"
#include "base/strings.h"

namespace md::pop3 {

namespace {

const VerbRule& rule_of(Verb verb) noexcept {
    const auto* rule = std::find_if(kVerbs.begin(), kVerbs.end(), [=](const VerbRule& r) { return r.verb == verb; });
    MD_ASSERT(rule != kVerbs.end());
    return *rule;
}

std::string_view without_trailing_blanks(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// The next word of a numeric argument; blanks before it are dropped (RFC 1939 asks for one, clients send more).
std::string_view take_word(std::string_view& text) noexcept {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

bool read_numbers(std::string_view text, const VerbRule& rule, Command& command) noexcept {
    const auto number = take_word(text);
    command.message = parse_number<std::uint32_t>(number);
    if (!command.message || *command.message == 0) return false;
    if (rule.argument == VerbRule::Argument::message_and_lines) {
        const auto lines = parse_number<std::uint32_t>(take_word(text));
        if (!lines) return false;
        command.lines = *lines;
    }
    return text.empty();
}

}  // namespace

Result<Command, SyntaxError> parse(std::string_view line) noexcept {
    using Argument = VerbRule::Argument;
    const auto word = line.substr(0, line.find(' '));
    const auto* rule =
        std::find_if(kVerbs.begin(), kVerbs.end(), [&](const VerbRule& r) { return equal_nocase(r.name, word); });
    if (rule == kVerbs.end()) return fail(SyntaxError{"unknown command"});
    Command command;
    command.verb = rule->verb;
    // A password may begin and end with a blank: exactly one separates it (RFC 1939 §7, PASS).
    const auto argument = line.substr(std::min(line.size(), word.size() + 1));
    const auto trimmed = without_trailing_blanks(argument);
    switch (rule->argument) {
        case Argument::none:
            if (!trimmed.empty()) return fail(SyntaxError{"no argument is taken"});
            break;
        case Argument::text:
        case Argument::optional_text:
            if (argument.empty() && rule->argument == Argument::text)
                return fail(SyntaxError{"an argument is missing"});
            command.text = rule->verb == Verb::pass ? argument : trimmed;
            break;
        case Argument::message:
        case Argument::message_and_lines:
            if (!read_numbers(trimmed, *rule, command)) return fail(SyntaxError{"message number expected"});
            break;
        case Argument::optional_message:
            if (!trimmed.empty() && !read_numbers(trimmed, *rule, command))
                return fail(SyntaxError{"message number expected"});
            break;
    }
    return command;
}

bool allowed(Verb verb, State state) noexcept {
    const auto& rule = rule_of(verb);
    return state == State::authorization ? rule.in_authorization : rule.in_transaction;
}

std::string_view name(Verb verb) noexcept {
    return rule_of(verb).name;
}

}  // namespace md::pop3
