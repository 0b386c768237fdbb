// mdctl/store_noun.cc - `mdctl store`: looking after mailboxes on disk

#include <array>

#include "base/error.h"
#include "config/value.h"
#include "mdctl/store_access.h"
#include "store/account_journal.h"
#include "store/maintenance.h"

namespace md::mdctl {

namespace {

using store::AccountReport;
using store::MailboxReport;

/// Calls `act(name)` for each account that ever had mail. A failure of this machine at one does not keep it from the
/// others.
template <class Act>
Outcome each_account(StoreAccess& access, const std::vector<accounts::Name>& names, Act act) {
    std::string failures;
    for (const auto& name : names) {
        if (!access.has_mail(name)) continue;
        try {
            if (auto done = act(name); !done) return done;
        } catch (const SystemError& error) {
            failures += (failures.empty() ? "" : "\n") + name.text() + ": " + error.what();
        }
    }
    if (!failures.empty()) return fail(Complaint{Exit::again, failures});
    return {};
}

Complaint no_mailbox(const accounts::Name& name, const std::string& mailbox) {
    return {Exit::not_there, name.text() + " has no mailbox " + mailbox};
}

/// `each(name, report)`, of all or of the one MAILBOX.
template <class Each>
Outcome examine_chosen(Context& context, const Request& request, store::Contents contents, Each each) {
    const auto names = chosen_accounts(context, request);
    if (!names) return fail(names.error());
    StoreAccess access(**context.config());
    const auto mailbox = request.value("MAILBOX");
    return each_account(access, *names, [&](const accounts::Name& name) -> Outcome {
        const auto report = store::examine(access.store(), store_name(name), mailbox, contents);
        if (report) {
            each(name, *report);
        } else if (mailbox) {
            return fail(no_mailbox(name, *mailbox));
        }
        return {};
    });
}

Outcome check(Context& context, const Request& request) {
    auto all = ipc::Json::array();
    Table table{{"ACCOUNT", "MAILBOX", "FAULT"}};
    const auto add = [&](const accounts::Name& name, const std::string& mailbox, const std::string& fault) {
        all.add(ipc::Json().set("account", name.text()).set("mailbox", mailbox).set("fault", fault));
        table.push_back({name.text(), mailbox.empty() ? "-" : mailbox, fault});
    };
    const auto looked = examine_chosen(context, request, store::Contents::counted,
                                       [&](const accounts::Name& name, const AccountReport& report) {
                                           for (const auto& fault : report.faults) add(name, "", fault);
                                           for (const auto& mailbox : report.mailboxes)
                                               for (const auto& fault : mailbox.faults)
                                                   add(name, mailbox.status.name, fault);
                                       });
    context.print_list(all, table);
    if (!looked) return looked;
    const auto count = table.size() - 1;
    if (count == 0) return {};
    return fail(Complaint{Exit::no, std::to_string(count) + (count == 1 ? " fault" : " faults") +
                                        "; mdctl store rebuild mends what can be mended"});
}

ipc::Json json_of(const MailboxReport& report) {
    const auto& s = report.status;
    return ipc::Json()
        .set("mailbox", s.name)
        .set("mailbox_id", s.mailbox_id)
        .set("directory", s.directory)
        .set("uid_validity", s.uid_validity)
        .set("messages", s.messages)
        .set("unseen", s.unseen)
        .set("bytes", s.bytes)
        .set("uid_next", s.uid_next)
        .set("highest_modseq", s.highest_modseq)
        .set("journal_bytes", report.journal_bytes)
        .set("cache_bytes", report.cache_bytes)
        .set("expunges", report.expunges)
        .set("horizon", report.horizon)
        .set("pending", report.pending);
}

Outcome stats(Context& context, const Request& request) {
    using config::format_size;
    auto all = ipc::Json::array();
    Table table{{"ACCOUNT", "MAILBOX", "MESSAGES", "UNSEEN", "SIZE", "JOURNAL", "CACHE", "EXPUNGES", "HORIZON"}};
    const auto looked = examine_chosen(
        context, request, store::Contents::left, [&](const accounts::Name& name, const AccountReport& report) {
            auto mailboxes = ipc::Json::array();
            for (const auto& m : report.mailboxes) {
                mailboxes.add(json_of(m));
                table.push_back({name.text(), m.status.name, std::to_string(m.status.messages),
                                 std::to_string(m.status.unseen), format_size(m.status.bytes),
                                 format_size(m.journal_bytes), format_size(m.cache_bytes), std::to_string(m.expunges),
                                 std::to_string(m.horizon)});
            }
            if (report.undelete_messages > 0)
                table.push_back({name.text(), "(undelete)", std::to_string(report.undelete_messages), "-",
                                 format_size(report.undelete_bytes), "-", "-", "-", "-"});
            all.add(ipc::Json()
                        .set("account", name.text())
                        .set("journal_bytes", report.journal_bytes)
                        .set("undelete_messages", report.undelete_messages)
                        .set("undelete_bytes", report.undelete_bytes)
                        .set("mailboxes", std::move(mailboxes)));
        });
    if (!looked) return looked;
    context.print_list(all, table);
    return {};
}

/// `act(name, folder name, mailbox)` for what was chosen.
template <class Act>
Outcome each_mailbox(StoreAccess& access, const std::vector<accounts::Name>& names,
                     const std::optional<std::string>& only, Act act) {
    return each_account(access, names, [&](const accounts::Name& name) -> Outcome {
        const auto account = access.store().account(store_name(name));
        account->look();
        std::vector<std::string> folders;
        if (only) {
            folders.push_back(*only);
        } else {
            for (const auto& folder : account->folders()) folders.push_back(folder.name);
        }
        for (const auto& folder : folders) {
            const auto mailbox = account->open(folder);
            if (!mailbox && only) return fail(no_mailbox(name, folder));
            if (mailbox) act(name, folder, **mailbox);
        }
        account->journal().remake();
        return {};
    });
}

Outcome rebuild(Context& context, const Request& request) {
    const auto names = chosen_accounts(context, request);
    if (!names) return fail(names.error());
    StoreAccess access(**context.config());
    auto all = ipc::Json::array();
    Table table{{"ACCOUNT", "MAILBOX", "MESSAGES"}};
    const auto done = each_mailbox(
        access, *names, request.value("MAILBOX"),
        [&](const accounts::Name& name, const std::string& folder, store::Mailbox& mailbox) {
            const auto messages = store::rebuild(mailbox);
            all.add(ipc::Json().set("account", name.text()).set("mailbox", folder).set("messages", messages));
            table.push_back({name.text(), folder, std::to_string(messages)});
        });
    context.print_list(all, table);
    return done;
}

Outcome compact(Context& context, const Request& request) {
    const auto names = chosen_accounts(context, request);
    if (!names) return fail(names.error());
    StoreAccess access(**context.config());
    auto all = ipc::Json::array();
    Table table{{"ACCOUNT", "MAILBOX", "BEFORE", "AFTER"}};
    const auto done = each_mailbox(
        access, *names, request.value("MAILBOX"),
        [&](const accounts::Name& name, const std::string& folder, store::Mailbox& mailbox) {
            const auto sizes = store::compact_now(mailbox);
            all.add(ipc::Json()
                        .set("account", name.text())
                        .set("mailbox", folder)
                        .set("before", sizes.before)
                        .set("after", sizes.after));
            table.push_back({name.text(), folder, config::format_size(sizes.before), config::format_size(sizes.after)});
        });
    context.print_list(all, table);
    return done;
}

Outcome tidy(Context& context, const Request& request) {
    const auto names = chosen_accounts(context, request);
    if (!names) return fail(names.error());
    StoreAccess access(**context.config());
    std::uint64_t messages = 0;
    const auto done = each_account(access, *names, [&](const accounts::Name& name) -> Outcome {
        const auto account = access.store().account(store_name(name));
        messages += account->purge_undelete();
        account->tidy();
        return {};
    });
    if (!done) return done;
    context.print(ipc::Json().set("removed", messages),
                  "removed " + std::to_string(messages) + " messages whose time in the undelete area is over\n");
    return {};
}

constexpr std::array kWhich{
    Argument{"ACCOUNT", "one account", Argument::Count::optional},
    Argument{"MAILBOX", "only this mailbox of it", Argument::Count::optional},
};
constexpr std::array kWhose{Argument{"ACCOUNT", "one account", Argument::Count::optional}};
constexpr std::array kFlags{
    Flag{"--domain", "DOMAIN", "all accounts of this domain"},
    Flag{"--all", "", "all accounts"},
};

constexpr std::array kVerbs{
    Verb{"store", "check", kWhich, kFlags,
         "Says what is wrong with mailboxes, and changes nothing: journals against directories, numbers, sizes, sums, "
         "the undelete area. Reads every message. Exit 1 if something is.",
         check},
    Verb{"store", "rebuild", kWhich, kFlags,
         "Makes journals anew from what they hold and from the Maildir, and drops caches; UIDs, dates, flags and "
         "keywords stay so far as they can be read, sizes are counted from every message. Clients look at such a "
         "mailbox anew.",
         rebuild},
    Verb{"store", "stats", kWhich, kFlags, "Shows how much mailboxes hold, and their journals and caches.", stats},
    Verb{"store", "compact", kWhich, kFlags, "Writes journals anew without what is over, as daemons do when it pays.",
         compact},
    Verb{"store", "tidy", kWhose, kFlags,
         "Removes what the undelete area has kept long enough (store.undelete) and old files in tmp/, as a login does; "
         "for a daily run with --all, so that accounts nobody logs in to are not left out.",
         tidy},
};

}  // namespace

std::span<const Verb> store_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
