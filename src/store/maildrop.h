// store/maildrop.h - an INBOX as POP3 sees it: a snapshot with numbers from 1
//
// CONTRACT
//   Blocks; used by one session, one call at a time. Numbers stay whatever is delivered or removed meanwhile (RFC 1939
//   §4). remove() returns when the removal is on disk (RFC 1939 §6); a message removed by others meanwhile is no
//   failure.
// RFC
//   1939 §5, §7 (UIDL); 2449 §6 (EXPIRE, UIDL)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/account.h"
#include "store/mailbox.h"

namespace md::store {

/// RFC 1939 §7: 1 to 70 octets of 0x21 to 0x7E.
[[nodiscard]] bool is_uidl(std::string_view text) noexcept;

class Maildrop {
  public:
    struct Item {
        Uid uid;
        std::uint64_t size_crlf;
    };

    explicit Maildrop(Store& store, const AccountName& account);

    [[nodiscard]] const std::vector<Item>& items() const noexcept { return items_; }  ///< message n is items()[n - 1]
    [[nodiscard]] std::uint64_t octets() const noexcept { return octets_; }
    /// 1 to 70 octets of 0x21 to 0x7E, unlike any other here: what an import brought, or UIDVALIDITY and UID.
    void append_uidl(std::uint32_t number, std::string& out) const;
    /// `number` from 1 on. None: no such number, or removed by others and past the undelete area.
    [[nodiscard]] std::optional<OpenMessage> open(std::uint32_t number);
    /// Those that were read get \Seen, as other POP3 servers do.
    void mark_seen(const std::set<std::uint32_t>& numbers);
    /// Returns how many there were to remove.
    std::size_t remove(const std::set<std::uint32_t>& numbers);

  private:
    [[nodiscard]] UidRanges uids_of(const std::set<std::uint32_t>& numbers) const;

    std::shared_ptr<Mailbox> mailbox_;
    std::vector<Item> items_;
    std::uint64_t octets_ = 0;
    std::string own_;  ///< what a UIDL of ours begins with
    std::unordered_map<std::uint32_t, std::string> brought_;
};

}  // namespace md::store
