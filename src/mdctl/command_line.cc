// mdctl/command_line.cc - see command_line.h

#include "mdctl/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>

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

std::deque<Slot> declare_all(CLI::App& app) {
    std::deque<Slot> slots;
    for (const auto& noun : all_nouns()) {
        CLI::App* parent = nullptr;
        for (const auto& verb : noun.verbs) {
            if (parent == nullptr) parent = app.add_subcommand(std::string(noun.name), std::string(noun.prose));
            auto* own =
                verb.name.empty() ? parent : parent->add_subcommand(std::string(verb.name), std::string(verb.prose));
            own->fallthrough();
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

/// The word that is no noun or no verb, told with the one that may be meant.
std::optional<std::string> unknown_word(const std::vector<std::string>& words) {
    std::vector<std::string_view> known;
    const Noun* noun = nullptr;
    for (const auto& word : words) {
        if (word.starts_with('-')) return std::nullopt;
        known.clear();
        if (noun == nullptr) {
            for (const auto& candidate : all_nouns()) {
                known.push_back(candidate.name);
                if (candidate.name == word) noun = &candidate;
            }
            if (noun != nullptr && noun->verbs.front().name.empty()) return std::nullopt;
            if (noun != nullptr) continue;
        } else {
            for (const auto& verb : noun->verbs) known.push_back(verb.name);
            if (std::find(known.begin(), known.end(), word) != known.end()) return std::nullopt;
        }
        const auto near = nearest_name(word, known);
        auto text = "unknown " + std::string(noun == nullptr ? "command" : "verb of " + std::string(noun->name)) +
                    " \"" + printable(word, 64) + "\"";
        return text + (near.empty() ? "; `mdctl --help` lists them" : "; did you mean \"" + std::string(near) + "\"?");
    }
    return std::nullopt;
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
