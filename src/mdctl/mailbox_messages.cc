// mdctl/mailbox_messages.cc - `mdctl mailbox`: what it does with messages: its rows, and undelete; mailbox_transfer.cc
// holds append, cat and export

#include <array>

#include "base/clock.h"
#include "config/value.h"
#include "mdctl/kept_query.h"
#include "mdctl/mailbox_transfer.h"
#include "mdctl/refusals.h"
#include "mdctl/store_access.h"
#include "proto/imap/sequence_set.h"
#include "store/account.h"
#include "store/uid_view.h"
#include "store/undeletion.h"

namespace md::mdctl {

namespace {

struct Wanted {
    std::optional<std::string> mailbox;
    std::optional<std::int64_t> since;
    std::optional<store::UidRanges> uids;
    std::optional<KeptQuery> query;

    [[nodiscard]] bool matches(Files& files, const store::Kept& kept) const {
        if (mailbox && kept.what.folder != *mailbox) return false;
        if (since && kept.what.expunged < *since) return false;
        if (uids && !store::contains(*uids, kept.what.entry.message.uid)) return false;
        return !query || query->matches(files, kept);
    }
};

/// A moment, or how long ago it was.
std::optional<std::int64_t> parse_since(const std::string& text) {
    if (const auto time = parse_rfc3339(text)) return unix_seconds(*time);
    const auto ago = config::parse_duration(text);
    if (!ago) return std::nullopt;
    return unix_seconds(real_clock().now()) - std::chrono::duration_cast<std::chrono::seconds>(*ago).count();
}

Result<Wanted, Complaint> wanted_of(const Request& request) {
    Wanted wanted;
    wanted.mailbox = request.value("--mailbox");
    if (const auto since = request.value("--since")) {
        wanted.since = parse_since(*since);
        if (!wanted.since) return fail(not_a("time", *since, "2026-11-25T10:30:00Z or 2h"));
    }
    if (const auto uids = request.value("--uid")) {
        const auto set = imap::SequenceSet::parse(*uids);
        if (!set) return fail(not_a("set of UIDs", *uids, "3,7:12"));
        wanted.uids.emplace();
        for (const auto& [first, last] : set->resolve(UINT32_MAX)) wanted.uids->push_back({first, last});
    }
    if (request.has("QUERY")) {
        auto query = KeptQuery::parse(request.all("QUERY"));
        if (!query) return fail(query.error());
        wanted.query = *std::move(query);
    }
    return wanted;
}

std::string time_text(std::int64_t seconds) {
    return rfc3339(WallTime(std::chrono::seconds(seconds)));
}

ipc::Json json_of(const store::Kept& kept) {
    return ipc::Json()
        .set("mailbox", kept.what.folder)
        .set("uid", kept.what.entry.message.uid)
        .set("expunged", time_text(kept.what.expunged))
        .set("date", time_text(kept.what.entry.message.internal_date))
        .set("bytes", kept.bytes);
}

void print_kept(Context& context, const std::vector<store::Kept>& messages) {
    auto all = ipc::Json::array();
    Table table{{"MAILBOX", "UID", "EXPUNGED", "DATE", "SIZE"}};
    for (const auto& kept : messages) {
        all.add(json_of(kept));
        table.push_back({kept.what.folder, std::to_string(kept.what.entry.message.uid), time_text(kept.what.expunged),
                         time_text(kept.what.entry.message.internal_date), config::format_size(kept.bytes)});
    }
    context.print_list(all, table);
}

Outcome print_undeleted(Context& context, const store::Undeleted& result) {
    auto all = ipc::Json::array();
    Table table{{"MAILBOX", "UID", "NEW UID"}};
    for (const auto& [kept, uid] : result.back) {
        all.add(json_of(kept).set("new_uid", uid));
        table.push_back({kept.what.folder, std::to_string(kept.what.entry.message.uid), std::to_string(uid)});
    }
    context.print_list(all, table);
    std::string failures;
    const auto count = [&](std::size_t messages, std::string_view why) {
        if (messages > 0) failures += (failures.empty() ? "" : "; ") + std::to_string(messages) + std::string(why);
    };
    count(result.no_room.size(), " not brought back: the quota has no room for them");
    count(result.no_folder.size(), " not brought back: their folder cannot be made again");
    if (!failures.empty()) return fail(Complaint{Exit::no, failures});
    return {};
}

Outcome undelete(Context& context, const Request& request) {
    const auto wanted = wanted_of(request);
    if (!wanted) return fail(wanted.error());
    const auto account = named_account(context, request);
    if (!account) return fail(account.error());
    StoreAccess access(**context.config());
    if (!access.has_mail(account->name)) return print_undeleted(context, {});
    const auto opened = access.store().account(store_name(account->name));
    auto messages = store::kept_messages(access.files(), opened->undelete_directory());
    std::erase_if(messages, [&](const store::Kept& kept) { return !wanted->matches(access.files(), kept); });
    if (request.has("--list") || request.has("--dry-run")) {
        print_kept(context, messages);
        return {};
    }
    const store::QuotaLimits quota{account->quota_bytes, account->quota_messages};
    return print_undeleted(context, store::undelete(*opened, std::move(messages), quota));
}

// rows

constexpr std::array kAccount{Argument{"ACCOUNT", "the account's address"}};
constexpr std::array kUndeleted{
    kAccount[0],
    Argument{"QUERY",
             "only messages that this finds: IMAP's SEARCH, each word and string an argument, such as FROM alice SINCE "
             "1-Nov-2026",
             Argument::Count::any},
};
constexpr std::array kUndeleteFlags{
    Flag{"--mailbox", "MAILBOX", "only what was in this mailbox"},
    Flag{"--since", "TIME", "only what was removed since: 2026-11-25T10:30:00Z, or 2h for two hours ago"},
    Flag{"--uid", "SET", "only messages that had these UIDs, such as 3,7:12"},
    Flag{"--list", "", "show what is kept, and bring nothing back"},
    Flag{"--dry-run", "", "the same"},
};

constexpr std::array kAppended{
    kAccount[0],
    Argument{"MAILBOX", "the mailbox"},
    Argument{"FILE", "the message; - or nothing: standard input", Argument::Count::optional},
};
constexpr std::array kAppendFlags{
    Flag{"--date", "TIME", "its internal date, such as 2026-11-25T10:30:00Z; otherwise now"},
    Flag{"--flags", "LIST", "flags and keywords, such as \"\\Seen $Label1\""},
    Flag{"--uidl", "ID", "the unique id by which POP3 clients know it from another server"},
};
constexpr std::array kOne{kAccount[0], kAppended[1], Argument{"UID", "the message's UID"}};
constexpr std::array kExported{
    kAccount[0],
    Argument{"MAILBOX", "only this mailbox", Argument::Count::optional},
    Argument{"DIR", "where to; not there yet", Argument::Count::optional},
};
constexpr std::array kExportFlags{Flag{"--mbox", "FILE", "into this file instead of DIR; not there yet"}};

constexpr std::array kVerbs{
    Verb{"mailbox", "append", kAppended, kAppendFlags,
         "Puts a message into a mailbox; from standard input without FILE. Prints its UID.", append_message},
    Verb{"mailbox", "cat", kOne, {}, "Writes a message to standard output, as it is stored.", cat_message},
    Verb{
        "mailbox", "export", kExported, kExportFlags,
        "Copies an account's messages, or those of one mailbox, into a new Maildir++ DIR, or into one file of the mbox "
        "format; with dates and, in the Maildir, flags.",
        export_messages},
    Verb{"mailbox", "undelete", kUndeleted, kUndeleteFlags,
         "Brings back what was removed and is kept yet (store.undelete): into its mailbox, which is made again if need "
         "be, with date, flags (\\Deleted excepted) and keywords, under a new UID. Exit 1 if the quota has no room for "
         "all of it.",
         undelete},
};

}  // namespace

std::span<const Verb> mailbox_message_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
