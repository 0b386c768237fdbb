// mdimapd/folders.cc - see folders.h

#include "mdimapd/folders.h"

namespace md::mdimapd {

std::shared_ptr<store::Mailbox> open_folder(store::Account& account, const std::string& name) {
    auto mailbox = account.open(name);
    if (!mailbox) {
        account.look();
        mailbox = account.open(name);
    }
    return mailbox ? *mailbox : nullptr;
}

}  // namespace md::mdimapd
