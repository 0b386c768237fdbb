// mdctl/command_line.cc - see command_line.h

#include "mdctl/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <map>

#include "base/strings.h"
#include "config.h"

namespace md::mdctl {

namespace {

/// One argument or flag of a verb, as CLI11 has found it.
struct Word {
    std::string name;
    CLI::Option* option = nullptr;
    // CLI11 wants a place of its own for each, of a type that says how many words it takes.
    std::string value;
    std::vector<std::string> values;
    bool given = false;
};

struct Slot {
    const Verb* verb = nullptr;
    CLI::App* app = nullptr;
    std::deque<Word> words;
};

void declare(Slot& slot) {
    for (const auto& argument : slot.verb->arguments) {
        auto& word = slot.words.emplace_back();
        word.name = argument.name;
        const std::string prose(argument.prose);
        using Count = Argument::Count;
        const bool list = argument.count == Count::several || argument.count == Count::any;
        word.option = list ? slot.app->add_option(word.name, word.values, prose)
                           : slot.app->add_option(word.name, word.value, prose);
        word.option->required(argument.count == Count::one || argument.count == Count::several);
    }
    for (const auto& flag : slot.verb->flags) {
        auto& word = slot.words.emplace_back();
        word.name = flag.name;
        const std::string prose(flag.prose);
        word.option = flag.value.empty() ? slot.app->add_flag(word.name, word.given, prose)
                                         : slot.app->add_option(word.name, word.value, prose);
        word.option->required(flag.required);
        if (!flag.value.empty()) word.option->type_name(std::string(flag.value));
        if (flag.value.starts_with('[')) word.option->expected(0, 1);
    }
}

void declare_globals(CLI::App& app, GlobalOptions& options) {
    app.add_option("-c,--config", options.config,
                   "the configuration; without it $MDMAIL_CONF, then /etc/mdmail/mdmail.conf")
        ->type_name("FILE");
    app.add_flag("--json", options.json, "one JSON document instead of text for people");
    app.add_flag("--json-lines", options.json_lines, "of a list: one JSON object a line");
    app.add_flag("-q,--quiet", options.quiet, "say nothing where the exit code says it");
    app.set_version_flag("--version", "mdctl (" PACKAGE_NAME ") " PACKAGE_VERSION);
}

/// The first word of a verb's name, and the rest: "alias add" is a verb below "alias".
std::pair<std::string, std::string> words_of(std::string_view name) {
    const auto space = name.find(' ');
    if (space == std::string_view::npos) return {std::string(name), {}};
    return {std::string(name.substr(0, space)), std::string(name.substr(space + 1))};
}

/// `upper`: the first words of those with two, which are nothing by themselves.
CLI::App* declare_verb(CLI::App& noun, const Verb& verb, std::map<std::string, CLI::App*>& upper) {
    auto* parent = &noun;
    auto [first, second] = words_of(verb.name);
    if (!second.empty()) {
        auto& above = upper[first];
        if (above == nullptr) {
            above = noun.add_subcommand(first, std::string(verb.prose));
            above->fallthrough();
            above->require_subcommand(1);
        }
        parent = above;
        first = second;
    }
    auto* own = parent->add_subcommand(first, std::string(verb.prose));
    own->fallthrough();
    return own;
}

std::deque<Slot> declare_all(CLI::App& app) {
    std::deque<Slot> slots;
    for (const auto& noun : all_nouns()) {
        CLI::App* parent = nullptr;
        std::map<std::string, CLI::App*> upper;
        for (const auto& verb : noun.verbs) {
            if (parent == nullptr) parent = app.add_subcommand(std::string(noun.name), std::string(noun.prose));
            auto* own = verb.name.empty() ? parent : declare_verb(*parent, verb, upper);
            auto& slot = slots.emplace_back();
            slot.verb = &verb;
            slot.app = own;
        }
        if (parent == nullptr) continue;
        parent->fallthrough();
        if (!noun.verbs.front().name.empty()) parent->require_subcommand(1);
    }
    for (auto& slot : slots) declare(slot);
    return slots;
}

std::string unknown(const std::string& what, const std::string& word, const std::vector<std::string_view>& known) {
    const auto near = nearest_name(word, known);
    return "unknown " + what + " \"" + printable(word, 64) + "\"" +
           (near.empty() ? "; `mdctl --help` lists them" : "; did you mean \"" + std::string(near) + "\"?");
}

/// The word that is no noun or no verb, told with the one that may be meant.
std::optional<std::string> unknown_word(const std::vector<std::string>& words) {
    const auto typed = [&](std::size_t at) { return at < words.size() && !words[at].starts_with('-'); };
    if (!typed(0)) return std::nullopt;
    const auto noun = std::ranges::find(all_nouns(), words[0], &Noun::name);
    if (noun == all_nouns().end()) {
        std::vector<std::string_view> nouns;
        for (const auto& one : all_nouns()) nouns.push_back(one.name);
        return unknown("command", words[0], nouns);
    }
    if (noun->verbs.front().name.empty() || !typed(1)) return std::nullopt;
    std::vector<std::string> first;
    std::vector<std::string> second;
    for (const auto& verb : noun->verbs) {
        const auto [one, two] = words_of(verb.name);
        first.push_back(one);
        if (one == words[1]) second.push_back(two);
    }
    const std::string whose = "verb of " + std::string(noun->name);
    if (second.empty()) return unknown(whose, words[1], {first.begin(), first.end()});
    if (second.front().empty() || !typed(2) || std::ranges::find(second, words[2]) != second.end()) return std::nullopt;
    return unknown(whose + " " + words[1], words[2], {second.begin(), second.end()});
}

/// Without the global options and their values, so that the first word is the noun.
std::vector<std::string> without_globals(int argc, char** argv) {
    std::vector<std::string> words;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "-c" || word == "--config") {
            ++i;
        } else if (word != "--json" && word != "--json-lines" && word != "--quiet" && word != "-q" &&
                   !word.starts_with("--config=")) {
            words.push_back(word);
        }
    }
    return words;
}

std::string first_line(std::string text) {
    text = text.substr(0, text.find('\n'));
    if (!text.empty() && text.back() == '.') text.pop_back();
    return printable(text, 512);
}

}  // namespace

Parsed parse_command_line(int argc, char** argv) {
    CLI::App app{"mdctl - manages the mdmail suite"};
    Command command;
    declare_globals(app, command.options);
    const auto slots = declare_all(app);
    app.require_subcommand(1);
    if (auto unknown = unknown_word(without_globals(argc, argv))) return Complaint{Exit::usage, std::move(*unknown)};
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForVersion& version) {
        return std::string(version.what()) + "\n";
    } catch (const CLI::CallForHelp&) {
        const auto chosen = std::find_if(slots.rbegin(), slots.rend(), [](const Slot& s) { return s.app->parsed(); });
        return chosen == slots.rend() ? app.help() : chosen->app->help();
    } catch (const CLI::ParseError& error) {
        return Complaint{Exit::usage, first_line(error.what()) + "; `mdctl NOUN VERB --help` tells how"};
    }
    for (const auto& slot : slots) {
        if (!slot.app->parsed()) continue;
        command.verb = slot.verb;
        for (const auto& word : slot.words)
            if (word.option->count() > 0) command.request.add(word.name, word.option->results());
    }
    return command;
}

}  // namespace md::mdctl
