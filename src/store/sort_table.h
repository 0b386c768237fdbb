// store/sort_table.h - what SORT and THREAD compare the messages of one mailbox by, in memory, by UID
//
// PURPOSE
//   The summaries of mdmail.cache are read and decoded once for each message; afterwards what SORT and THREAD need of
//   it stands here as numbers: equal texts and identifiers are equal numbers, and ranks of texts compare as the texts
//   do.
// CONTRACT
//   Thread-safe; pure but for its lock, which is held for as long as one call takes: a look at all of a large mailbox
//   takes milliseconds. A message's header never changes, so nothing in it grows old: what is new is added, and whoever
//   looks names the messages that are there. A message takes 48 octets, and for texts and identifiers that no other has
//   their octets and about 40 each: about 200 in mail as people get it, at most 4 x HeaderKeys::kTextLimit for its
//   texts and 4 x MessageLinks::kParentsLimit for what it refers to, beside the identifiers themselves. Of these those
//   of messages that are not in the table are at most kUnseenLimit; further ones are passed over.
// RFC
//   5256 §2.2, §3
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "mail/threads.h"
#include "store/summary.h"
#include "store/text_pool.h"
#include "store/types.h"

namespace md::store {

/// What the table is told of one message.
struct SortReading {
    Uid uid = 0;
    HeaderKeys keys;
    mail::MessageLinks links;
};
[[nodiscard]] SortReading sort_reading(Uid uid, const HeaderSummary& summary);

/// What it tells.
struct SortKeys {
    std::optional<std::int64_t> sent;  ///< seconds
    bool is_reply = false;
    std::uint32_t subject = 0;  ///< ranks; 0: the empty text
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t cc = 0;
    std::uint32_t id = 0;                    ///< 0: it has none
    std::span<const std::uint32_t> parents;  ///< mail::MessageLinks::parents
};

class SortTable {
  public:
    static constexpr std::size_t kUnseenLimit = 1 << 20;

    /// Those of `uids`, which are in ascending order, that it does not have yet.
    [[nodiscard]] std::vector<Uid> missing(std::span<const Uid> uids) const;
    /// In ascending order; what is there already stays as it is.
    void add(const std::vector<SortReading>& read);

    /// Calls `use` with the keys of each of `uids`, which are in ascending order; of one that is not there with those
    /// of an empty header. Ranks compare within one call.
    using Use = std::function<void(std::size_t at, const SortKeys& keys)>;
    void look(std::span<const Uid> uids, const Use& use);

    /// How many messages.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// What it takes in memory.
    [[nodiscard]] std::size_t octets() const noexcept { return octets_; }

  private:
    struct Row {
        std::int64_t sent;
        std::size_t parents;  ///< where they begin in parents_
        Uid uid;
        TextPool::Number subject, from, to, cc, id;
        std::uint16_t parents_count;
        bool has_sent;
        bool is_reply;
    };
    static_assert(sizeof(Row) == 48 && mail::MessageLinks::kParentsLimit <= UINT16_MAX);

    [[nodiscard]] Row row_of(const SortReading& reading);
    [[nodiscard]] TextPool::Number own_id(const std::string& id);
    [[nodiscard]] TextPool::Number parent_id(const std::string& id);
    void count_octets() noexcept;

    mutable std::mutex mutex_;
    std::vector<Row> rows_;  ///< by UID
    std::vector<TextPool::Number> parents_;
    TextPool texts_;
    TextPool ids_;
    std::vector<bool> owned_;  ///< by number of an identifier, from 1 on: some message here has it
    std::size_t unseen_ = 0;
    std::atomic<std::size_t> size_{0};
    std::atomic<std::size_t> octets_{0};
};

}  // namespace md::store
