// mdimapd/list_names.h - which names LIST shows, and what it says of each
//
// PURPOSE
//   Names is the tree of an account's folders and subscriptions; append() writes the responses that a LIST or LSUB asks
//   for, in order of the names, INBOX first.
// CONTRACT
//   No I/O. Linear in the names but for sorting them. A level that has folders below it and is none itself is shown as
//   \Noselect (\NonExistent in the extended form) where a pattern means it.
// RFC
//   3501 §6.3.8, §6.3.9; 3348; 5258 §3; 5819 §2; 6154 §2
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proto/imap/command.h"
#include "proto/imap/list_pattern.h"
#include "store/account_journal.h"

namespace md::mdimapd {

class Names {
  public:
    /// Must be outlived by `listing`, whose numbers may change until they are told.
    Names(const store::AccountListing& listing, const imap::List& asked, std::uint64_t append_limit);

    /// The folders of which list() tells the numbers, as places in the listing.
    [[nodiscard]] std::vector<std::size_t> with_status() const;
    void list(std::vector<std::string>& blocks);
    void lsub(std::vector<std::string>& blocks);

  private:
    struct Node {
        const store::FolderStatus* folder = nullptr;  ///< null: the name is no folder's
        bool subscribed = false;
        bool has_children = false;       ///< folders
        bool below_matches = false;      ///< something below is selected
        bool below_is_not_told = false;  ///< and no pattern means it
    };
    struct InboxFirst {
        using is_transparent = void;
        bool operator()(std::string_view a, std::string_view b) const noexcept;
    };

    template <class Mark>
    void above(std::string_view name, Mark mark);
    [[nodiscard]] bool is_wanted(const Node& node) const;
    [[nodiscard]] bool is_meant(std::string_view name) const;
    void mark_below();
    [[nodiscard]] std::string attributes(const Node& node) const;
    void append_one(std::string& out, const std::string& name, const Node& node, bool wanted) const;

    [[nodiscard]] bool tells_status(const Node& node) const;

    const store::AccountListing& listing_;
    const imap::List& asked_;
    std::uint64_t append_limit_;
    std::vector<imap::ListPattern> patterns_;
    std::map<std::string, Node, InboxFirst> nodes_;
};

}  // namespace md::mdimapd
