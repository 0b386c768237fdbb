// mdctl/account_forward.cc - `mdctl account forward`: who gets an account's mail, too

#include <array>

#include "mdctl/addresses.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

std::string copy_text(const accounts::Account& account) {
    if (account.forward.empty()) return "nothing is forwarded";
    return account.forward_keep ? "a copy stays here" : "no copy stays here";
}

Outcome list(Context& context, const Request& request) {
    const auto account = account_argument(context, request);
    if (!account) return fail(account.error());
    std::string text;
    for (const auto& address : account->forward) text += address + "\n";
    context.print(ipc::Json()
                      .set("address", account->name.text())
                      .set("forward", json_list(account->forward))
                      .set("forward_keep", account->forward_keep),
                  text + copy_text(*account) + "\n");
    return {};
}

/// As it is now, for people.
Outcome say_forward(Context& context, const accounts::Name& name) {
    const auto account = (*context.directory())->find(name);
    if (!account) return fail(complaint_of(account.error()));
    if (!*account) return {};  // removed in between
    const auto to = (*account)->forward.empty() ? "" : " goes to " + joined((*account)->forward) + ", and";
    return changed(context, "mail for " + name.text() + to + (to.empty() ? ": " : " ") + copy_text(**account));
}

Outcome add(Context& context, const Request& request) {
    const auto account = account_argument(context, request);
    if (!account) return fail(account.error());
    const auto& targets = request.all("TARGET");
    const bool keep = request.has("--keep");
    const bool no_keep = request.has("--no-keep");
    if (keep && no_keep) return fail(Complaint{Exit::usage, "--keep and --no-keep exclude each other"});
    if (targets.empty() && !keep && !no_keep)
        return fail(Complaint{Exit::usage, "no TARGET; expected addresses that get the mail"});
    if (auto good = check_targets(targets); !good) return good;
    auto& directory = **context.directory();
    // First what keeps a copy here, and last what does not: at no moment mail goes nowhere.
    if (keep)
        if (const auto set = directory.set(account->name, "forward_keep", "true"); !set)
            return fail(complaint_of(set.error()));
    if (!targets.empty())
        if (const auto edited = directory.edit_list(account->name, {"forward", targets, {}}); !edited)
            return fail(complaint_of(edited.error()));
    if (no_keep)
        if (const auto set = directory.set(account->name, "forward_keep", "false"); !set)
            return fail(complaint_of(set.error()));
    return say_forward(context, account->name);
}

Outcome remove(Context& context, const Request& request) {
    const auto account = account_argument(context, request);
    if (!account) return fail(account.error());
    const auto& targets = request.all("TARGET");
    if (auto good = check_targets(targets); !good) return good;
    auto& directory = **context.directory();
    if (targets.empty()) {
        const auto unset = directory.set(account->name, "forward", std::nullopt);
        if (!unset) return fail(complaint_of(unset.error()));
    } else {
        const auto edited = directory.edit_list(account->name, {"forward", {}, targets});
        if (!edited) return fail(complaint_of(edited.error()));
    }
    return say_forward(context, account->name);
}

constexpr std::array kAddress{Argument{"ADDRESS", "the account's address"}};
constexpr std::array kAddTargets{
    kAddress[0], Argument{"TARGET", "addresses here or elsewhere that get its mail", Argument::Count::any}};
constexpr std::array kRemoveTargets{
    kAddress[0], Argument{"TARGET", "those that get it no longer; without one: all", Argument::Count::any}};
constexpr std::array kAddFlags{
    Flag{"--keep", "", "the account's own mailbox gets what is forwarded"},
    Flag{"--no-keep", "", "it does not, but for what a forward brings back"},
};

constexpr std::array kVerbs{
    Verb{"account", "forward add", kAddTargets, kAddFlags, "Forwards the account's mail to further addresses.", add},
    Verb{"account", "forward remove", kRemoveTargets, {}, "Ends forwarding to some addresses, or to all.", remove},
    Verb{"account", "forward list", kAddress, {}, "Shows where the account's mail is forwarded to.", list},
};

}  // namespace

std::span<const Verb> account_forward_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
