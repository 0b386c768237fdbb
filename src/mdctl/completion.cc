// mdctl/completion.cc - `mdctl completion`; see completion.h

#include "mdctl/completion.h"

#include <array>
#include <map>

#include "mdctl/context.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

/// What bash does with the table; the functions that it calls are written from the table.
constexpr std::string_view kEngine = R"BASH(
_mdctl_known() {
    case $1 in
        ADDRESS|ACCOUNT|TARGET) "$_mdctl_program" "${_mdctl_conf[@]}" account export 2>/dev/null | sed -n '2,$s/,.*//p' ;;
        DOMAIN|NAME:domain)
            "$_mdctl_program" "${_mdctl_conf[@]}" --json-lines domain list 2>/dev/null |
                sed -n 's/^{"domain":"\([^"]*\)".*/\1/p' ;;
        FILE|CERT|DIR|PATH) compgen -f -- "$2" ;;
        *'|'*) tr '|' '\n' <<<"$1" ;;
    esac
}

_mdctl() {
    local -a typed=() arguments=()
    local -a _mdctl_conf=()
    local _mdctl_program=${COMP_WORDS[0]} command='' current kind='' word waits='' words='' rest
    # Not COMP_WORDS: bash breaks words at "@", too.
    read -ra typed <<<"${COMP_LINE:0:COMP_POINT}"
    [[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && typed+=('')
    current=${typed[-1]}
    for word in "${typed[@]:1:${#typed[@]}-2}"; do
        if [[ -n $waits ]]; then
            [[ $waits == -c ]] && _mdctl_conf=(-c "$word")
            waits=''
        elif [[ $word == -c || $word == --config ]]; then
            waits=-c
        elif [[ $word == -* ]]; then
            [[ -n $(_mdctl_value "$command" "$word") ]] && waits=$word
        elif [[ -z $command ]]; then
            command=$word
        elif [[ -n $(_mdctl_verbs "$command") ]]; then
            command="$command $word"
        else
            arguments+=("$word")
        fi
    done
    if [[ $waits == -c ]]; then
        kind=FILE
    elif [[ -n $waits ]]; then
        kind=$(_mdctl_value "$command" "$waits")
    elif [[ $current == -* ]]; then
        words="-c --json --json-lines --quiet --help $(_mdctl_flags "$command")"
    elif [[ -z $command ]]; then
        words=$_mdctl_nouns
    elif [[ -n $(_mdctl_verbs "$command") ]]; then
        words=$(_mdctl_verbs "$command")
    else
        read -ra rest <<<"$(_mdctl_arguments "$command")"
        kind=${rest[${#arguments[@]}]:-}
        [[ -z $kind && ${#rest[@]} -gt 0 && ${rest[-1]} == *... ]] && kind=${rest[-1]}
        kind=${kind%...}
        [[ $kind == NAME && $command == domain\ * ]] && kind=NAME:domain
    fi
    [[ -n $kind ]] && words=$(_mdctl_known "$kind" "$current")
    local IFS=$' \n'
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    # What bash takes for the word begins behind the last "@".
    if [[ $current == *@* && $COMP_WORDBREAKS == *@* ]]; then
        local before=${current%"${current##*@}"}
        COMPREPLY=("${COMPREPLY[@]#"$before"}")
    fi
}
complete -o filenames -F _mdctl mdctl
)BASH";

using Cases = std::map<std::string, std::string>;

std::string function(std::string_view name, const Cases& cases) {
    std::string out = std::string(name) + "() {\n    case $1 in\n";
    for (const auto& [key, words] : cases)
        if (!words.empty()) out += "        '" + key + "') echo '" + words + "' ;;\n";
    return out + "    esac\n}\n\n";
}

void append(std::string& list, const std::string& word) {
    list += (list.empty() ? "" : " ") + word;
}

struct Tables {
    std::string nouns;
    Cases verbs;
    Cases flags;
    Cases arguments;
    std::map<std::string, Cases> values;  ///< by command, the kinds of its flags' values
};

void add(Tables& tables, const Verb& verb) {
    const auto noun = std::string(verb.noun);
    const auto name = std::string(verb.name);
    const auto command = name.empty() ? noun : noun + " " + name;
    if (const auto space = name.find(' '); space != std::string::npos) {
        const auto upper = noun + " " + name.substr(0, space);
        if (!tables.verbs.contains(upper)) append(tables.verbs[noun], name.substr(0, space));
        append(tables.verbs[upper], name.substr(space + 1));
    } else if (!name.empty()) {
        append(tables.verbs[noun], name);
    }
    for (const auto& flag : verb.flags) {
        append(tables.flags[command], std::string(flag.name));
        if (!flag.value.empty()) tables.values[command][std::string(flag.name)] = flag.value;
    }
    for (const auto& argument : verb.arguments) {
        using Count = Argument::Count;
        const bool list = argument.count == Count::several || argument.count == Count::any;
        append(tables.arguments[command], std::string(argument.name) + (list ? "..." : ""));
    }
}

/// `_mdctl_value COMMAND FLAG`: of what kind its value is; nothing: it has none.
std::string values_function(const Tables& tables) {
    Cases joined;
    for (const auto& [command, flags] : tables.values)
        for (const auto& [flag, kind] : flags) joined[command + " " + flag] = kind;
    auto out = function("_mdctl_value", joined);
    return out.replace(out.find("case $1 in"), 10, "case \"$1 $2\" in");
}

Outcome completion(Context& context, const Request& request) {
    if (request.one("SHELL") != "bash") return fail(not_a("shell that we know", request.one("SHELL"), "bash"));
    context.print_raw(bash_completion());
    return {};
}

constexpr std::array kShell{Argument{"SHELL", "bash"}};
constexpr std::array kVerbs{
    Verb{"completion",
         "",
         kShell,
         {},
         "Prints a script that completes nouns, verbs, flags, domains and addresses: for /etc/bash_completion.d, or "
         "eval \"$(mdctl completion bash)\".",
         completion},
};

}  // namespace

std::string bash_completion() {
    Tables tables;
    for (const auto& noun : all_nouns()) {
        append(tables.nouns, std::string(noun.name));
        for (const auto& verb : noun.verbs) add(tables, verb);
    }
    return "# bash completion for mdctl, made from its table of commands by `mdctl completion bash`\n\n_mdctl_nouns='" +
           tables.nouns + "'\n\n" + function("_mdctl_verbs", tables.verbs) + function("_mdctl_flags", tables.flags) +
           function("_mdctl_arguments", tables.arguments) + values_function(tables) + std::string(kEngine.substr(1));
}

std::span<const Verb> completion_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
