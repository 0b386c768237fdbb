// mdimapd/list.cc - LIST (RFC 3501 §6.3.8)
//
// CONTRACT
//   From the account's journal alone. A level that has folders below it and is none itself is shown as \Noselect where
//   the pattern means it and not what is below ("%").

#include <map>
#include <string>

#include "async/worker_pool.h"
#include "mdimapd/handlers.h"
#include "proto/imap/lexical.h"
#include "proto/imap/mailbox_name.h"

namespace md::mdimapd {

using async::Task;

namespace {

/// Every name that LIST may show, and whether it can be selected. INBOX stands first.
class Names {
  public:
    explicit Names(const std::vector<store::FolderStatus>& folders) {
        for (const auto& folder : folders) {
            names_[folder.name] = true;
            for (auto at = folder.name.find(imap::kSeparator); at != std::string::npos;
                 at = folder.name.find(imap::kSeparator, at + 1))
                names_.try_emplace(folder.name.substr(0, at), false);
        }
    }

    void append(std::string& out, const std::string& pattern) const {
        const auto inbox = names_.find("INBOX");
        if (inbox != names_.end()) append_one(out, pattern, *inbox);
        for (auto name = names_.begin(); name != names_.end(); ++name)
            if (name != inbox) append_one(out, pattern, *name);
    }

  private:
    static void append_one(std::string& out, const std::string& pattern,
                           const std::pair<const std::string, bool>& name) {
        if (imap::matches_pattern(name.first, pattern))
            imap::append_list(out, name.second ? "" : "\\Noselect", name.first);
    }

    std::map<std::string, bool> names_;
};

}  // namespace

Task<Reply> list(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::List>(command.arguments);
    if (asked.pattern.empty()) {
        // Asks for the separator alone.
        imap::append_list(session.out(), "\\Noselect", "");
        co_return Reply::ok("LIST done");
    }
    auto& account = session.account();
    auto look = [&account] {
        account.look();
        return account.folders();
    };
    const auto folders = co_await async::offload(session.services().pool, look);
    Names(folders).append(session.out(), asked.reference + asked.pattern);
    co_return Reply::ok("LIST done");
}

}  // namespace md::mdimapd
