// dialogue/mail_world.cc - see mail_world.h

#include "dialogue/mail_world.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "async/loop.h"
#include "base/files.h"
#include "base/strings.h"
#include "store/uid_view.h"

namespace md::dialogue {

using async::Task;

namespace {

constexpr auto kMoment = std::chrono::seconds(2);

std::string made_folder(std::string path) {
    real_files().make_directories(path);
    return path;
}

store::StoreOptions options(const std::string& folder, const Clock& clock, Files& files) {
    store::StoreOptions out;
    out.root = folder + "/store";
    out.clock = &clock;
    out.files = &files;
    files.make_directories(out.root);
    return out;
}

store::StoreOptions with_wake_ups(store::StoreOptions options, store::WakeSender& sender, const bool& told) {
    options.changed = [&sender, &told](const std::string& id) {
        if (told) sender.send(id);
    };
    return options;
}

/// The folder in which a mailbox's messages lie.
std::string directory_of(store::Account& account, const std::string& folder) {
    const auto status = account.status(folder);
    if (!status || status->directory.empty()) return account.maildir();
    return account.maildir() + "/" + status->directory;
}

store::AccountName name_of(const std::string& account) {
    return {std::string(kDomain), account};
}

}  // namespace

MailWorld::MailWorld(const Surroundings& surroundings, std::string_view protocol)
    : disk_(surroundings),
      files_(disk_.files()),
      folder_(surroundings.folder),
      config_(read_config(surroundings)),
      sessions_(surroundings, *config_, protocol),
      pool_(2),
      sender_(made_folder(folder_ + "/wake")),
      store_(with_wake_ups(options(folder_, clock_, files_), sender_, told_)),
      beside_(with_wake_ups(options(folder_, clock_, files_), sender_, told_)),
      ids_(1, clock_) {}

MailWorld::~MailWorld() = default;

Task<std::string> MailWorld::act(std::string word, std::vector<std::string> arguments, std::vector<std::string> block) {
    if (word == "KILL") {
        auto fault = co_await sessions_.kill();
        co_return fault;
    }
    if (word == "SOON") {
        auto fault = co_await soon(std::move(arguments), std::move(block));
        co_return fault;
    }
    auto work = [&] { return act_now(word, arguments, block); };
    auto fault = co_await async::offload(pool_, work);
    co_return fault;
}

Task<std::string> MailWorld::soon(Words arguments, Words block) {
    if (arguments.empty()) co_return "a step is missing";
    const auto word = arguments.front();
    arguments.erase(arguments.begin());
    const auto until = async::after(kMoment);
    auto work = [&] { return act_now(word, arguments, block); };
    for (;;) {
        auto fault = co_await async::offload(pool_, work);
        if (fault.empty() || async::Loop::current().now() >= until) co_return fault;
        co_await async::sleep_for(std::chrono::milliseconds(10));
    }
}

std::string MailWorld::act_now(const std::string& word, const Words& arguments, const Words& block) {
    if (word == "MAILDROP") return maildrop(arguments);
    if (word == "MEND") {
        disk_.mend();
        return "";
    }
    if (arguments.empty()) return "unknown step, or an account is missing: " + word;
    if (word == "MESSAGE") return message(arguments, block);
    if (word == "UNTOLD") return untold(arguments, block);
    if (arguments.size() < 2) return "unknown step, or a folder is missing: " + word;
    if (word == "FOLDER") return make_folder(arguments);
    if (word == "EXPUNGE") return expunge(arguments);
    if (word == "FLAG") return set_flag(arguments);
    if (word == "DROP") return drop(arguments, block);
    if (word == "TAKE") return take(arguments);
    if (word == "NAMES") return names(arguments);
    if (word == "EMPTY") return empty(arguments);
    if (word == "FAULT") return disk_.fail(arguments);
    return "unknown step: " + word;
}

std::string MailWorld::deliver(const std::string& account, const std::string& folder, const std::string& message) {
    auto mailbox = beside_.account(name_of(account))->open(folder);
    if (!mailbox) return "no such folder: " + folder;
    store::Incoming incoming;
    incoming.id = ids_.make();
    incoming.recipient = account + "@" + std::string(kDomain);
    incoming.internal_date = unix_seconds(clock_.now());
    store::Content content;
    content.memory = message;
    content.length = message.size();
    const auto placed = (*mailbox)->deliver(incoming, content);
    return placed ? "" : "over quota";
}

std::string MailWorld::maildrop(const Words& arguments) {
    for (const auto& text : arguments) {
        auto fault = deliver("bob", "INBOX", "Subject: " + text + "\n\n" + text + "\n");
        if (!fault.empty()) return fault;
    }
    return "";
}

std::string MailWorld::message(const Words& arguments, const Words& block) {
    std::string text;
    for (const auto& line : block) text += line + "\n";
    return deliver(arguments[0], arguments.size() > 1 ? arguments[1] : "INBOX", text);
}

std::string MailWorld::make_folder(const Words& arguments) {
    const auto made = beside_.account(name_of(arguments[0]))->create(arguments[1]);
    return made ? "" : "the folder cannot be made";
}

std::string MailWorld::expunge(const Words& arguments) {
    auto mailbox = beside_.account(name_of(arguments[0]))->open(arguments[1]);
    if (!mailbox) return "no such folder";
    (*mailbox)->look();
    (*mailbox)->expunge({{1, UINT32_MAX}}, false);
    return "";
}

std::string MailWorld::set_flag(const Words& arguments) {
    auto mailbox = beside_.account(name_of(arguments[0]))->open(arguments[1]);
    if (!mailbox || arguments.size() < 3) return "no such folder, or no flag";
    store::FlagChange change;
    if (arguments[2] == "\\Seen") {
        change.flags = store::flag::seen;
    } else if (arguments[2] == "\\Deleted") {
        change.flags = store::flag::deleted;
    } else {
        change.keywords.push_back(arguments[2]);
    }
    static_cast<void>((*mailbox)->change_flags({{1, UINT32_MAX}}, change));
    return "";
}

std::string MailWorld::untold(const Words& arguments, const Words& block) {
    told_ = false;
    auto fault = act_now(arguments[0], Words(arguments.begin() + 1, arguments.end()), block);
    told_ = true;
    return fault;
}

std::string MailWorld::drop(const Words& arguments, const Words& block) {
    const auto account = beside_.account(name_of(arguments[0]));
    std::string text;
    for (const auto& line : block) text += line + "\n";
    const auto name = "1795600800.M" + std::to_string(++dropped_) + ".elsewhere";
    files_.replace(directory_of(*account, arguments[1]) + "/new/" + name, text);
    return "";
}

std::string MailWorld::take(const Words& arguments) {
    const auto account = beside_.account(name_of(arguments[0]));
    std::size_t taken = 0;
    for (const auto* part : {"/new/", "/cur/"}) {
        const auto folder = directory_of(*account, arguments[1]) + part;
        for (const auto& name : files_.list(folder).value_or(Words()))
            if (files_.unlink(folder + name)) ++taken;
    }
    return taken > 0 ? "" : "there is no file to take";
}

std::string MailWorld::names(const Words& arguments) {
    if (arguments.size() < 3) return "a pattern is missing";
    const auto account = beside_.account(name_of(arguments[0]));
    const auto found = files_.list(directory_of(*account, arguments[1]) + "/cur");
    if (!found || found->empty()) return "there is no file in cur/";
    for (const auto& name : *found) {
        Variables none;
        if (!matches(arguments[2], name, none)) return "a file is named " + name;
    }
    return "";
}

std::string MailWorld::empty(const Words& arguments) {
    const auto account = beside_.account(name_of(arguments[0]));
    for (const auto* part : {"/new/", "/cur/"}) {
        const auto folder = directory_of(*account, arguments[1]) + part;
        for (const auto& name : files_.list(folder).value_or(Words()))
            files_.open(folder + name, OpenMode::read_write)->truncate(0);
    }
    return "";
}

}  // namespace md::dialogue
