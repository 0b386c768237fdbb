// store/sort_tables.h - the sort tables of one worker, shared by its sessions, and bounded
//
// CONTRACT
//   Belongs to the loop; not thread-safe (a table is). Tables used last are kept: kCountLimit of them, and of so many
//   octets in all. A table that is larger than all that alone lives only as long as the commands that use it, which
//   then read all headers each time. One in which most messages are gone is begun anew.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "store/sort_table.h"

namespace md::store {

class SortTables {
  public:
    static constexpr std::size_t kOctetsLimit = 64U << 20;
    static constexpr std::size_t kCountLimit = 256;

    explicit SortTables(std::size_t octets_limit = kOctetsLimit) : octets_limit_(octets_limit) {}

    /// The one of that mailbox, which has so many messages now; empty if it has to be filled.
    [[nodiscard]] std::shared_ptr<SortTable> take(const std::string& mailbox_id, std::uint32_t uid_validity,
                                                  std::uint32_t messages);
    /// Tables may have grown: those that are too many are forgotten, the ones used last stay.
    void trim();

  private:
    struct Kept {
        std::string mailbox_id;
        std::uint32_t uid_validity;
        std::shared_ptr<SortTable> table;
    };

    std::size_t octets_limit_;
    std::list<Kept> kept_;  ///< used last first
};

}  // namespace md::store
