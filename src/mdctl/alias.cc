// mdctl/alias.cc - `mdctl alias`, `mdctl group`: addresses that stand for others
//
// CONTRACT
//   The two nouns differ in the word for their list and in the keys beside it. What add and remove do to a list is one
//   act of the directory. A list on standard input is looked through before anything is done.

#include <algorithm>
#include <array>
#include <iterator>

#include "config/value.h"
#include "delivery/expansion.h"
#include "mdctl/addresses.h"
#include "mdctl/control.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

using accounts::Alias;
using accounts::Entry;
using accounts::Group;
using accounts::Name;
using Strings = std::vector<std::string>;

template <class E>
struct Form;

template <>
struct Form<Alias> {
    static constexpr const char* word = "alias";
    static constexpr const char* key = "targets";
    static constexpr std::size_t kind = 1;
    static const Strings& list(const Alias& alias) { return alias.targets; }
    static Alias make(const Name& name, const Strings& targets, const Request& request) {
        return {name, targets, request.value("--comment").value_or(""), ""};
    }
    static constexpr std::pair<const char*, const char*> text{"--comment", "comment"};
};

template <>
struct Form<Group> {
    static constexpr const char* word = "group";
    static constexpr const char* key = "members";
    static constexpr std::size_t kind = 2;
    static const Strings& list(const Group& group) { return group.members; }
    static Group make(const Name& name, const Strings& members, const Request& request) {
        return {name, request.value("--name").value_or(""), members, {}, ""};
    }
    static constexpr std::pair<const char*, const char*> text{"--name", "name"};
};

ipc::Json json_of(const Alias& alias) {
    return ipc::Json()
        .set("address", alias.name.text())
        .set("targets", json_list(alias.targets))
        .set("comment", alias.comment);
}

ipc::Json json_of(const Group& group) {
    return ipc::Json()
        .set("address", group.name.text())
        .set("name", group.full_name)
        .set("members", json_list(group.members))
        .set("send_as", json_list(group.send_as));
}

const std::string& remark_of(const Alias& alias) {
    return alias.comment;
}
const std::string& remark_of(const Group& group) {
    return group.full_name;
}

std::string not_one(const Name& name, std::string_view word) {
    return "there is no " + std::string(word) + " " + name.text();
}

/// What is there under that name; null: nothing. 73: something else.
template <class E>
Result<std::optional<E>, Complaint> find(Context& context, const Name& name) {
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    auto entry = (*directory)->find_entry(name);
    if (!entry) return fail(complaint_of(entry.error()));
    if (!*entry) return std::optional<E>();
    if (auto* one = std::get_if<E>(&**entry)) return std::optional<E>(std::move(*one));
    const std::string kind(kind_of(**entry));
    return fail(Complaint{Exit::exists, name.text() + " is an " + kind + " and no " + Form<E>::word + "; `mdctl " +
                                            kind + " show " + name.text() + "` tells more"});
}

template <class E>
Result<E, Complaint> existing(Context& context, const Request& request) {
    const auto name = address_argument(request, "NAME");
    if (!name) return fail(name.error());
    auto found = find<E>(context, *name);
    if (!found && found.error().code == Exit::exists) return fail(Complaint{Exit::not_there, found.error().text});
    if (!found) return fail(found.error());
    if (!*found) return fail(Complaint{Exit::not_there, not_one(*name, Form<E>::word)});
    return std::move(**found);
}

/// One line of what is to be done: a name and its list.
struct Act {
    Name name;
    Strings list;
    std::string place;  ///< of the line, for complaints; empty: typed
};

/// What was typed, or stands on standard input; every faulty line is told.
template <class E>
Result<std::vector<Act>, Complaint> acts_of(const Request& request, bool list_needed) {
    const auto& typed = request.one("NAME");
    const auto& words = request.all("TARGET");
    if (typed != "-") {
        const auto name = address_argument(request, "NAME");
        if (!name) return fail(name.error());
        Act act{*name, words, ""};
        if (words.size() == 1 && words.front() == "-") {
            act.list.clear();
            for (auto& line : lines_of_stdin()) std::ranges::move(line.words, std::back_inserter(act.list));
            if (act.list.empty()) return fail(Complaint{Exit::data, "no addresses on standard input"});
        }
        if (list_needed && act.list.empty())
            return fail(Complaint{Exit::usage, "no target; expected addresses, or - for standard input"});
        if (auto good = check_targets(act.list); !good) return fail(good.error());
        return std::vector{std::move(act)};
    }
    std::vector<Act> acts;
    std::string faults;
    for (auto& line : lines_of_stdin()) {
        const auto place = "-:" + std::to_string(line.number) + ": ";
        const auto fault = [&](const std::string& text) { faults += (faults.empty() ? "" : "\n") + place + text; };
        const auto name = accounts::parse_name(line.words.front());
        Strings list(line.words.begin() + 1, line.words.end());
        const auto good = check_targets(list);
        if (!name) {
            fault(not_a("address", line.words.front(), "user@example.org").text);
        } else if (!good) {
            fault(good.error().text);
        } else if (list_needed && list.empty()) {
            fault("no target; expected NAME TARGET ...");
        } else {
            acts.push_back({*name, std::move(list), place});
        }
    }
    if (!faults.empty()) return fail(Complaint{Exit::data, faults});
    return acts;
}

/// Does each; a list on standard input goes on behind what is refused, and tells all of it.
template <class DoOne>
Outcome run_all(Context& context, const std::vector<Act>& acts, DoOne do_one) {
    std::string faults;
    Outcome typed;
    for (const auto& act : acts) {
        auto done = do_one(act);
        if (done) continue;
        if (act.place.empty()) {
            typed = std::move(done);  // half of it may be done, and is announced
            break;
        }
        faults += (faults.empty() ? "" : "\n") + act.place + done.error().text;
    }
    if (auto acted = announce(**context.config(), "accounts"); !acted) return acted;
    if (!typed) return typed;
    if (!faults.empty()) return fail(Complaint{Exit::data, faults});
    return {};
}

/// Those of its targets that lead nowhere now, for whoever has just made it; empty: none.
std::string warning(const accounts::Directory& directory, const Name& name) {
    std::string out;
    for (const auto& target : delivery::expand(directory, name.text()).targets)
        if (target.kind == delivery::Target::Kind::nowhere) out += "; " + target.address + ": " + target.reason;
    return out;
}

template <class E>
Outcome add_one(Context& context, const Request& request, const Act& act) {
    const auto there = find<E>(context, act.name);
    if (!there) return fail(there.error());
    auto& directory = **context.directory();
    const std::string word = Form<E>::word;
    if (!*there) {
        const auto added = directory.add(Form<E>::make(act.name, act.list, request));
        if (!added) return fail(complaint_of(added.error()));
        context.say("added the " + word + " " + act.name.text() + warning(directory, act.name));
        return {};
    }
    const auto edited = directory.edit_list(act.name, {Form<E>::key, act.list, {}});
    if (!edited) return fail(complaint_of(edited.error()));
    const auto [flag, key] = Form<E>::text;
    if (const auto text = request.value(flag)) {
        const auto set = directory.set(act.name, key, config::toml_string(*text));
        if (!set) return fail(complaint_of(set.error()));
    }
    context.say("added " + std::to_string(edited->added) + " to the " + word + " " + act.name.text() + ", which has " +
                std::to_string(edited->left) + " now" + warning(directory, act.name));
    return {};
}

template <class E>
Outcome add(Context& context, const Request& request) {
    const auto acts = acts_of<E>(request, true);
    if (!acts) return fail(acts.error());
    return run_all(context, *acts, [&](const Act& act) { return add_one<E>(context, request, act); });
}

template <class E>
Outcome remove_one(Context& context, const Request& request, const Act& act) {
    const auto there = find<E>(context, act.name);
    const std::string what = Form<E>::word + (" " + act.name.text());
    if (!there) return fail(Complaint{Exit::not_there, there.error().text});
    if (!*there) return fail(Complaint{Exit::not_there, not_one(act.name, Form<E>::word)});
    auto& directory = **context.directory();
    if (request.has("--dry-run")) {
        context.say("would remove " + (act.list.empty() ? "the " + what : joined(act.list) + " from the " + what));
        return {};
    }
    if (act.list.empty()) {
        const auto removed = directory.remove(act.name);
        if (!removed) return fail(complaint_of(removed.error()));
        context.say("removed the " + what);
        return {};
    }
    const auto edited = directory.edit_list(act.name, {Form<E>::key, {}, act.list});
    if (!edited) return fail(complaint_of(edited.error()));
    context.say(edited->entry_removed
                    ? "removed the last of its " + std::string(Form<E>::key) + ", and with it the " + what
                    : "removed " + joined(act.list) + " from the " + what);
    return {};
}

template <class E>
Outcome remove(Context& context, const Request& request) {
    const auto acts = acts_of<E>(request, false);
    if (!acts) return fail(acts.error());
    return run_all(context, *acts, [&](const Act& act) { return remove_one<E>(context, request, act); });
}

template <class E>
Outcome list(Context& context, const Request& request) {
    const auto domains = domains_to_list(context, request);
    if (!domains) return fail(domains.error());
    const auto& directory = **context.directory();
    auto all = ipc::Json::array();
    Table table{
        {"ADDRESS", std::is_same_v<E, Alias> ? "TARGETS" : "MEMBERS", std::is_same_v<E, Alias> ? "COMMENT" : "NAME"}};
    Damage damage;
    for (const auto& domain : *domains) {
        const auto names = directory.names_of(accounts::entry_kinds()[Form<E>::kind], domain);
        if (!names) return fail(complaint_of(names.error()));
        for (const auto& name : *names) {
            const auto entry = directory.find_entry(name);
            if (!entry) damage.add(entry.error());
            const auto* one = entry && *entry ? std::get_if<E>(&**entry) : nullptr;
            if (one == nullptr) continue;  // removed in between, or hidden by an account
            all.add(json_of(*one));
            table.push_back({name.text(), joined(Form<E>::list(*one)), remark_of(*one)});
        }
    }
    context.print_list(all, table);
    return damage.outcome();
}

Outcome show_alias(Context& context, const Request& request) {
    const auto alias = existing<Alias>(context, request);
    if (!alias) return fail(alias.error());
    context.print(json_of(*alias).set("file", alias->place), "address  " + alias->name.text() + "\ntargets  " +
                                                                 joined(alias->targets) + "\ncomment  " +
                                                                 alias->comment + "\nfile     " + alias->place + "\n");
    return {};
}

Outcome show_group(Context& context, const Request& request) {
    const auto group = existing<Group>(context, request);
    if (!group) return fail(group.error());
    context.print(json_of(*group).set("file", group->place),
                  "address  " + group->name.text() + "\nname     " + group->full_name + "\nmembers  " +
                      joined(group->members) + "\nsend as  " + joined(group->send_as) + "\nfile     " + group->place +
                      "\n");
    return {};
}

template <class E>
Outcome set(Context& context, const Request& request) {
    const auto one = existing<E>(context, request);
    if (!one) return fail(one.error());
    const auto& key = request.one("KEY");
    const auto set = (*context.directory())->set(one->name, key, request.one("VALUE"));
    if (!set) return fail(complaint_of(set.error()));
    return changed(context, "set " + key + " of the " + Form<E>::word + " " + one->name.text());
}

template <class E>
Outcome unset(Context& context, const Request& request) {
    const auto one = existing<E>(context, request);
    if (!one) return fail(one.error());
    const auto& key = request.one("KEY");
    const auto set = (*context.directory())->set(one->name, key, std::nullopt);
    if (!set) return fail(complaint_of(set.error()));
    return changed(context, "unset " + key + " of the " + Form<E>::word + " " + one->name.text());
}

constexpr Argument kName{"NAME", "its address; of add and remove also -: lines NAME TARGET ... on standard input"};
constexpr Argument kKey{"KEY", "a key of its file"};
constexpr std::array kTargets{
    kName, Argument{"TARGET", "addresses here or elsewhere; -: from standard input", Argument::Count::any}};
constexpr std::array kNameAlone{Argument{"NAME", "its address"}};
constexpr std::array kNameAndKey{kNameAlone[0], kKey};
constexpr std::array kNameKeyAndValue{kNameAlone[0], kKey, Argument{"VALUE", "as in TOML; a string may stand bare"}};
constexpr std::array kAliasFlags{Flag{"--comment", "TEXT", "what it is for"}};
constexpr std::array kGroupFlags{Flag{"--name", "TEXT", "the group's name"}};
constexpr std::array kRemoveFlags{Flag{"--dry-run", "", "say what would be removed, and remove nothing"}};
constexpr std::array kListFlags{Flag{"--domain", "DOMAIN", "only those of this domain"}};

constexpr std::array kAliasVerbs{
    Verb{"alias", "add", kTargets, kAliasFlags,
         "Lets an address stand for others; if it is an alias already, these are added to it.", add<Alias>},
    Verb{"alias", "remove", kTargets, kRemoveFlags,
         "Takes targets out of an alias, or removes it: without a TARGET, and with the last.", remove<Alias>},
    Verb{"alias", "list", {}, kListFlags, "Lists the aliases of all domains, or of one.", list<Alias>},
    Verb{"alias", "show", kNameAlone, {}, "Shows one alias.", show_alias},
    Verb{"alias", "set", kNameKeyAndValue, {}, "Sets a key: targets, comment.", set<Alias>},
    Verb{"alias", "unset", kNameAndKey, {}, "Takes a key out, so that its default counts.", unset<Alias>},
};

constexpr std::array kGroupVerbs{
    Verb{"group", "add", kTargets, kGroupFlags,
         "Makes a group of people; if it is one already, these are added to it. Its members may send as it.",
         add<Group>},
    Verb{"group", "remove", kTargets, kRemoveFlags,
         "Takes members out of a group, or removes it: without a TARGET, and with the last.", remove<Group>},
    Verb{"group", "list", {}, kListFlags, "Lists the groups of all domains, or of one.", list<Group>},
    Verb{"group", "show", kNameAlone, {}, "Shows one group.", show_group},
    Verb{"group", "set", kNameKeyAndValue, {}, "Sets a key: name, members, send_as.", set<Group>},
    Verb{"group", "unset", kNameAndKey, {}, "Takes a key out, so that its default counts.", unset<Group>},
};

}  // namespace

std::span<const Verb> alias_verbs() {
    return kAliasVerbs;
}
std::span<const Verb> group_verbs() {
    return kGroupVerbs;
}

}  // namespace md::mdctl
