// proto/smtp/command.cc - see command.h

#include "proto/smtp/command.h"

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "base/strings.h"

namespace md::smtp {

namespace {

bool known_in(const VerbRule& rule, Dialect dialect) noexcept {
    return dialect == Dialect::lmtp ? rule.in_lmtp : rule.in_smtp;
}

std::string_view without_blanks(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    return text;
}

}  // namespace

const VerbRule& rule_of(Verb verb) noexcept {
    const auto* rule = std::find_if(kVerbs.begin(), kVerbs.end(), [=](const VerbRule& r) { return r.verb == verb; });
    MD_ASSERT(rule != kVerbs.end());
    return *rule;
}

Result<Command, Reply> parse_command(std::string_view line, Dialect dialect) {
    const auto word = line.substr(0, line.find_first_of(" \t"));
    const auto* rule = std::find_if(kVerbs.begin(), kVerbs.end(), [&](const VerbRule& r) {
        return known_in(r, dialect) && equal_nocase(r.name, word);
    });
    // HELO and EHLO in LMTP are unknown, too (RFC 2033 §4.1).
    if (rule == kVerbs.end()) return fail(unknown_command());
    const auto argument = without_blanks(line.substr(word.size()));
    if (std::any_of(argument.begin(), argument.end(), [](char c) { return is_control(c) && c != '\t'; }))
        return fail(Reply(501, {5, 5, 2}, "Control characters are not allowed in a command"));
    const bool misfit = (rule->argument == VerbRule::Argument::none && !argument.empty()) ||
                        (rule->argument == VerbRule::Argument::required && argument.empty());
    if (misfit) return fail(Reply(501, {5, 5, 4}, std::string("Syntax: ").append(rule->form)));
    return Command{rule->verb, argument};
}

std::optional<Reply> out_of_sequence(Verb verb, State state, Dialect dialect) {
    const auto& rule = rule_of(verb);
    if (state >= rule.first && state <= rule.last) return std::nullopt;
    if (state == State::start)
        return Reply(503, {5, 5, 1}, dialect == Dialect::lmtp ? "Say LHLO first" : "Say EHLO first");
    if (state == State::failed) return Reply(503, {5, 5, 1}, "Say RSET first");
    if (state == State::chunks && (verb == Verb::rcpt || verb == Verb::data))
        return Reply(503, {5, 5, 1}, "Not between the chunks of a message");
    switch (verb) {
        case Verb::mail: return Reply(503, {5, 5, 1}, "A mail transaction is already open");
        case Verb::rcpt: return Reply(503, {5, 5, 1}, "MAIL must come first");
        case Verb::data:
        case Verb::bdat:
            if (state == State::ready) return Reply(503, {5, 5, 1}, "MAIL and RCPT must come first");
            // RFC 5321 §3.3 (503 or 554); RFC 2033 §4.2 asks for 503
            return Reply(dialect == Dialect::lmtp ? 503 : 554, {5, 5, 1}, "No valid recipients");
        default: return Reply(503, {5, 5, 1}, "Not during a mail transaction");
    }
}

Reply unknown_command() {
    return {500, {5, 5, 2}, "Command not recognised"};
}

Reply help_reply(Dialect dialect) {
    std::string text("Commands:");
    for (const auto& rule : kVerbs)
        if (known_in(rule, dialect) && rule.verb != Verb::xclient) text.append("\n").append(rule.form);
    return {214, {2, 0, 0}, std::move(text)};
}

}  // namespace md::smtp
