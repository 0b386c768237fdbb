// mdctl/mailbox.cc - `mdctl mailbox`: the folders of an account
//
// CONTRACT
//   Files alone answer; no daemon need run. Sessions that have a mailbox open that is removed or renamed are woken.
//   What is made belongs to the owner of the folder above it.

#include <array>

#include "config/value.h"
#include "mdctl/refusals.h"
#include "mdctl/store_access.h"
#include "store/account.h"
#include "store/account_journal.h"

namespace md::mdctl {

namespace {

using store::FolderError;
using store::FolderStatus;

Complaint complaint_of(FolderError error, const std::string& name) {
    switch (error) {
        case FolderError::not_there: return {Exit::not_there, "there is no mailbox " + name};
        case FolderError::exists: return {Exit::exists, "the mailbox " + name + " exists already"};
        case FolderError::bad_name: return not_a("name of a mailbox", name, "Work/2026");
        case FolderError::has_children:
            return {Exit::no, name + " is only a level above other mailboxes; remove these"};
        case FolderError::is_inbox: return {Exit::no, "INBOX stays: it can be neither removed nor renamed"};
        case FolderError::into_itself: return {Exit::no, "the new name lies below the old one"};
        case FolderError::use_taken: return {Exit::exists, "another mailbox has that special use"};
        case FolderError::too_many: return {Exit::no, "the account has as many mailboxes as it may"};
        case FolderError::busy: break;
    }
    return {Exit::again, "another renaming is under way; try again"};
}

/// The account of the request, with the store that has its mail.
class Mailboxes {
  public:
    static Result<Mailboxes, Complaint> of(Context& context, const Request& request) {
        auto account = named_account(context, request);
        if (!account) return fail(account.error());
        return Mailboxes(**context.config(), std::move(*account));
    }

    [[nodiscard]] const accounts::Account& owner() const noexcept { return owner_; }
    /// Whether there is any mail; to look at an account would make its INBOX.
    [[nodiscard]] bool are_there() const { return access_->has_mail(owner_.name); }
    [[nodiscard]] std::shared_ptr<store::Account> account() {
        return access_->store().account(store_name(owner_.name));
    }

    /// What is there now, what other programs made or changed included.
    [[nodiscard]] store::AccountListing listing() {
        if (!are_there()) return {};
        const auto found = account();
        found->look();
        auto listing = found->listing();
        for (auto& folder : listing.folders) found->look_at(folder);
        return listing;
    }
    [[nodiscard]] Result<FolderStatus, Complaint> find(const std::string& name) {
        if (are_there()) {
            const auto found = account();
            found->look();
            if (auto status = found->status(name)) {
                found->look_at(*status);
                return std::move(*status);
            }
        }
        return fail(complaint_of(FolderError::not_there, name));
    }

  private:
    Mailboxes(const config::Config& config, accounts::Account owner)
        : owner_(std::move(owner)), access_(std::make_unique<StoreAccess>(config)) {}

    accounts::Account owner_;
    std::unique_ptr<StoreAccess> access_;
};

std::string use_text(store::SpecialUses uses) {
    std::string out;
    for (const auto& [use, name] : store::special_use::kNames)
        if ((uses & use) != 0) out += (out.empty() ? "" : " ") + std::string(name);
    return out;
}

ipc::Json json_of(const FolderStatus& folder, bool subscribed) {
    auto uses = ipc::Json::array();
    for (const auto& [use, name] : store::special_use::kNames)
        if ((folder.uses & use) != 0) uses.add(name);
    return ipc::Json()
        .set("name", folder.name)
        .set("mailbox_id", folder.mailbox_id)
        .set("uid_validity", std::uint64_t{folder.uid_validity})
        .set("uid_next", std::uint64_t{folder.uid_next})
        .set("highest_modseq", folder.highest_modseq)
        .set("messages", std::uint64_t{folder.messages})
        .set("unseen", std::uint64_t{folder.unseen})
        .set("deleted", std::uint64_t{folder.deleted})
        .set("size", folder.bytes)
        .set("special_use", std::move(uses))
        .set("subscribed", subscribed)
        .set("directory", folder.directory);
}

bool is_subscribed(const store::AccountListing& listing, const std::string& name) {
    return std::binary_search(listing.subscriptions.begin(), listing.subscriptions.end(), name);
}

Outcome list(Context& context, const Request& request) {
    auto mailboxes = Mailboxes::of(context, request);
    if (!mailboxes) return fail(mailboxes.error());
    auto all = ipc::Json::array();
    Table table{{"MAILBOX", "MESSAGES", "UNSEEN", "SIZE", "SUBSCRIBED", "USE"}};
    const auto listing = mailboxes->listing();
    for (const auto& folder : listing.folders) {
        const bool subscribed = is_subscribed(listing, folder.name);
        all.add(json_of(folder, subscribed));
        table.push_back({folder.name, std::to_string(folder.messages), std::to_string(folder.unseen),
                         config::format_size(folder.bytes), subscribed ? "yes" : "no", use_text(folder.uses)});
    }
    context.print_list(all, table);
    return {};
}

Outcome status(Context& context, const Request& request) {
    auto mailboxes = Mailboxes::of(context, request);
    if (!mailboxes) return fail(mailboxes.error());
    const auto folder = mailboxes->find(request.one("MAILBOX"));
    if (!folder) return fail(folder.error());
    const bool subscribed = is_subscribed(mailboxes->listing(), folder->name);
    context.print(json_of(*folder, subscribed),
                  "name         " + folder->name + "\nmessages     " + std::to_string(folder->messages) +
                      "\nunseen       " + std::to_string(folder->unseen) + "\ndeleted      " +
                      std::to_string(folder->deleted) + "\nsize         " + config::format_size(folder->bytes) +
                      "\nuse          " + use_text(folder->uses) + "\nsubscribed   " + (subscribed ? "yes" : "no") +
                      "\nuidvalidity  " + std::to_string(folder->uid_validity) + "\nuidnext      " +
                      std::to_string(folder->uid_next) + "\nmodseq       " + std::to_string(folder->highest_modseq) +
                      "\nmailboxid    " + folder->mailbox_id + "\ndirectory    " + mailboxes->account()->maildir() +
                      (folder->directory.empty() ? "" : "/" + folder->directory) + "\n");
    return {};
}

Outcome create(Context& context, const Request& request) {
    store::SpecialUses uses = 0;
    if (const auto asked = request.value("--use")) {
        uses = store::special_use::named(*asked);
        if (uses == 0) return fail(not_a("special use", *asked, "sent (or archive, drafts, junk, trash)"));
    }
    auto mailboxes = Mailboxes::of(context, request);
    if (!mailboxes) return fail(mailboxes.error());
    const auto& name = request.one("MAILBOX");
    const auto account = mailboxes->account();
    account->look();
    const auto made = account->create(name, uses);
    if (!made) return fail(complaint_of(made.error(), name));
    context.say("created " + name);
    return {};
}

Outcome remove(Context& context, const Request& request) {
    auto mailboxes = Mailboxes::of(context, request);
    if (!mailboxes) return fail(mailboxes.error());
    const auto& name = request.one("MAILBOX");
    const auto folder = mailboxes->find(name);
    if (!folder && mailboxes->are_there() && mailboxes->account()->journal().has_below(name))
        return fail(complaint_of(FolderError::has_children, name));
    if (!folder) return fail(folder.error());
    const auto what = name + " with " + std::to_string(folder->messages) + " messages";
    if (request.has("--dry-run")) {
        context.say("would remove " + what);
        return {};
    }
    if (auto sure = context.confirm(request.has("--yes"), "Remove " + what + "?"); !sure) return sure;
    const auto removed = mailboxes->account()->remove(name);
    if (!removed) return fail(complaint_of(removed.error(), name));
    context.say("removed " + what + "; they are kept for undelete");
    return {};
}

Outcome rename(Context& context, const Request& request) {
    auto mailboxes = Mailboxes::of(context, request);
    if (!mailboxes) return fail(mailboxes.error());
    const auto& from = request.one("MAILBOX");
    const auto& to = request.one("NAME");
    const auto renamed = mailboxes->account()->rename(from, to);
    if (!renamed) return fail(complaint_of(renamed.error(), renamed.error() == FolderError::not_there ? from : to));
    context.say("renamed " + from + " to " + to);
    return {};
}

Outcome subscribe(Context& context, const Request& request) {
    auto mailboxes = Mailboxes::of(context, request);
    if (!mailboxes) return fail(mailboxes.error());
    const bool on = !request.has("--off");
    const auto& name = request.one("MAILBOX");
    if (!mailboxes->account()->subscribe(name, on)) return fail(complaint_of(FolderError::bad_name, name));
    context.say((on ? "subscribed to " : "unsubscribed from ") + name);
    return {};
}

std::string limit_text(std::uint64_t limit, const std::string& text) {
    return limit == 0 ? "none" : text;
}

Outcome quota(Context& context, const Request& request) {
    auto mailboxes = Mailboxes::of(context, request);
    if (!mailboxes) return fail(mailboxes.error());
    const auto& owner = mailboxes->owner();
    const auto used = mailboxes->are_there() ? mailboxes->account()->quota_use() : store::QuotaUse();
    context.print(ipc::Json()
                      .set("used", used.bytes)
                      .set("quota", owner.quota_bytes)
                      .set("messages", used.messages)
                      .set("quota_messages", owner.quota_messages),
                  "size      " + config::format_size(used.bytes) + " of " +
                      limit_text(owner.quota_bytes, config::format_size(owner.quota_bytes)) + "\nmessages  " +
                      std::to_string(used.messages) + " of " +
                      limit_text(owner.quota_messages, std::to_string(owner.quota_messages)) + "\n");
    return {};
}

constexpr Argument kAccount{"ACCOUNT", "the account's address"};
constexpr Argument kMailbox{"MAILBOX", "the mailbox's name in UTF-8, levels with \"/\" between them"};
constexpr std::array kAccountAlone{kAccount};
constexpr std::array kAccountAndMailbox{kAccount, kMailbox};
constexpr std::array kTwoNames{kAccount, kMailbox, Argument{"NAME", "the new name, whole"}};
constexpr std::array kCreateFlags{
    Flag{"--use", "USE", "what mail clients are to use it for: archive, drafts, junk, sent or trash"},
};
constexpr std::array kRemoveFlags{
    Flag{"--yes", "", "do not ask"},
    Flag{"--dry-run", "", "say what would be removed, and remove nothing"},
};
constexpr std::array kSubscribeFlags{Flag{"--off", "", "unsubscribe"}};

constexpr std::array kVerbs{
    Verb{"mailbox", "list", kAccountAlone, {}, "Lists the mailboxes of an account.", list},
    Verb{"mailbox", "status", kAccountAndMailbox, {}, "Shows what is known of one mailbox.", status},
    Verb{"mailbox", "create", kAccountAndMailbox, kCreateFlags, "Makes a mailbox.", create},
    Verb{"mailbox", "remove", kAccountAndMailbox, kRemoveFlags,
         "Removes a mailbox; those below it stay, and its messages are kept for undelete.", remove},
    Verb{"mailbox",
         "rename",
         kTwoNames,
         {},
         "Gives a mailbox and those below it another name. Sessions that have one open go on.",
         rename},
    Verb{"mailbox", "subscribe", kAccountAndMailbox, kSubscribeFlags,
         "Subscribes the account to a mailbox, whether it exists or not.", subscribe},
    Verb{"mailbox", "quota", kAccountAlone, {}, "Shows what an account's mailboxes hold and may hold.", quota},
};

}  // namespace

std::span<const Verb> mailbox_verbs() {
    static const auto all = [] {
        std::vector<Verb> verbs(kVerbs.begin(), kVerbs.end());
        const auto messages = mailbox_message_verbs();
        verbs.insert(verbs.end(), messages.begin(), messages.end());
        return verbs;
    }();
    return all;
}

}  // namespace md::mdctl
