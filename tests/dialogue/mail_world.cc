// dialogue/mail_world.cc - see mail_world.h

#include "dialogue/mail_world.h"

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "store/uid_view.h"

namespace md::dialogue {

using async::Task;

namespace {

constexpr std::string_view kDomain = "example.org";

config::ConfigPointer read_config(const Surroundings& surroundings) {
    const auto text = "hostname = \"mail.example.org\"\n" + surroundings.config;
    auto loaded = config::load_text(text, "mdmail.conf");
    if (loaded) return *loaded;
    std::string faults;
    for (const auto& fault : loaded.error()) faults += fault.text + "\n";
    throw std::runtime_error(faults);
}

std::string made_folder(std::string path) {
    real_files().make_directories(path);
    return path;
}

store::StoreOptions options(const std::string& folder, const Clock& clock, store::WakeSender& sender) {
    store::StoreOptions out;
    out.root = made_folder(folder + "/store");
    out.clock = &clock;
    out.changed = [&sender](const std::string& id) { sender.send(id); };
    return out;
}

store::AccountName name_of(const std::string& account) {
    return {std::string(kDomain), account};
}

}  // namespace

Task<auth::Verified> Passwords::verify(auth::Login login) {
    const std::string_view account = login.account;
    const auto at = account.find('@');
    const auto user = account.substr(0, at);
    auto verdict = auth::Verdict::wrong;
    if (at == std::string_view::npos || account.substr(at + 1) != kDomain) {
        verdict = auth::Verdict::wrong;
    } else if (user == "busy") {
        verdict = auth::Verdict::unavailable;
    } else if (login.password == "secret" && user == "frozen") {
        verdict = auth::Verdict::refused;
    } else if (login.password == "secret" && (user == "bob" || user == "alice" || user == "small")) {
        verdict = auth::Verdict::accepted;
    }
    co_return auth::Verified(verdict, verdict == auth::Verdict::accepted ? login.account : std::string());
}

MailWorld::MailWorld(const Surroundings& surroundings)
    : folder_(surroundings.folder),
      config_(read_config(surroundings)),
      pool_(2),
      sender_(made_folder(folder_ + "/wake")),
      store_(options(folder_, clock_, sender_)),
      beside_(options(folder_, clock_, sender_)),
      ids_(1, clock_) {}

MailWorld::~MailWorld() = default;

Task<std::string> MailWorld::act(std::string word, std::vector<std::string> arguments, std::vector<std::string> block) {
    auto work = [&] { return act_now(word, arguments, block); };
    auto fault = co_await async::offload(pool_, work);
    co_return fault;
}

std::string MailWorld::act_now(const std::string& word, const Words& arguments, const Words& block) {
    if (word == "MAILDROP") return maildrop(arguments);
    if (arguments.empty()) return "unknown step, or an account is missing: " + word;
    if (word == "MESSAGE") return message(arguments, block);
    if (arguments.size() < 2) return "unknown step, or a folder is missing: " + word;
    if (word == "FOLDER") return make_folder(arguments);
    if (word == "EXPUNGE") return expunge(arguments);
    if (word == "FLAG") return set_flag(arguments);
    if (word == "LOSE") return lose(arguments);
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

std::string MailWorld::lose(const Words& arguments) {
    // The directory looks as it did: a session that scans it does not see the loss before it opens a file.
    const auto root = beside_.account(name_of(arguments[0]))->maildir();
    for (const auto* part : {"/new", "/cur"}) {
        for (const auto& entry : std::filesystem::directory_iterator(root + part)) std::filesystem::resize_file(entry.path(), 0);
    }
    return "";
}

}  // namespace md::dialogue
