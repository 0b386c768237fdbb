// store/entry_table.h - the messages of a mailbox in memory, by UID: 64 octets each, and their texts
//
// PURPOSE
//   A mailbox of 100,000 messages is opened by going once through its journal. What would cost several allocations a
//   message (its name, EMAILID, keywords) stands in large pieces here; letters and keywords are shared.
// CONTRACT
//   Pure; not thread-safe. A Known, and the views in it, are good until the table is changed. Keys are unique, UIDs are
//   1 to 4294967294.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/key_index.h"
#include "store/keyword_sets.h"
#include "store/mailbox_record.h"
#include "store/types.h"

namespace md::store {

/// One message, as the table has it.
struct Known {
    Uid uid = 0;
    ModSeq modseq = 0;
    Flags flags = 0;
    KeywordSet keywords = 0;
    std::int64_t internal_date = 0;
    std::uint64_t size_lf = 0;
    std::uint64_t size_crlf = 0;
    std::string_view name;  ///< up to ":2,"; sizes included
    Where where = Where::in_new;
    std::string_view letters;  ///< after ":2,", as last seen
    std::string_view email_id;
    std::string_view uidl;
    bool misnamed = false;  ///< its file is to have another name
};

class EntryTable {
  public:
    class Iterator {
      public:
        Iterator(const EntryTable& table, std::size_t at) : table_(&table), at_(at) { skip_dead(); }
        Known operator*() const { return table_->known(table_->slots_[at_]); }
        [[nodiscard]] Uid uid() const { return table_->slots_[at_].uid; }
        Iterator& operator++() {
            ++at_;
            skip_dead();
            return *this;
        }
        friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

      private:
        void skip_dead() {
            while (at_ < table_->slots_.size() && table_->slots_[at_].dead) ++at_;
        }
        const EntryTable* table_;
        std::size_t at_;
    };
    struct Range {
        Iterator first;
        Iterator last;
        [[nodiscard]] Iterator begin() const { return first; }
        [[nodiscard]] Iterator end() const { return last; }
    };

    EntryTable() = default;
    /// With room for so many, which costs nothing before they come.
    explicit EntryTable(std::size_t expected) { slots_.reserve(expected); }
    EntryTable(const EntryTable&) = delete;
    EntryTable& operator=(const EntryTable&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return live_; }
    [[nodiscard]] bool empty() const noexcept { return live_ == 0; }
    [[nodiscard]] Iterator begin() const { return {*this, 0}; }
    [[nodiscard]] Iterator end() const { return {*this, slots_.size()}; }
    /// Those from `first` to `last`, by UID.
    [[nodiscard]] Range range(Uid first, Uid last) const;
    [[nodiscard]] bool contains(Uid uid) const noexcept { return slot_of(uid) != nullptr; }
    [[nodiscard]] std::optional<Known> find(Uid uid) const;
    [[nodiscard]] std::optional<Known> find_key(std::string_view key) const;
    [[nodiscard]] bool has_key(std::string_view key) const { return find_key(key).has_value(); }

    /// False: its UID or its key is there already.
    bool add(const Known& message);
    bool remove(Uid uid);

    // Changes of one message that is there.

    void set_flags(Uid uid, Flags flags, KeywordSet keywords, ModSeq modseq);
    void set_place(Uid uid, Where where, std::string_view letters);
    void set_name(Uid uid, std::string_view name);
    void set_misnamed(Uid uid, bool misnamed);

    /// The first message from `from` on whose file is to have another name; 0: none.
    [[nodiscard]] Uid next_misnamed(Uid from) const;
    /// The first without \Seen; 0: all have it.
    [[nodiscard]] Uid first_unseen() const;

  private:
    struct Slot {
        const char* texts;  ///< name, EMAILID, unique-id, one behind the other
        ModSeq modseq;
        std::int64_t internal_date;
        std::uint64_t size_lf;
        std::uint64_t size_crlf;
        Uid uid;
        KeywordSet keywords;
        std::uint32_t letters;
        std::uint16_t name_size;
        std::uint8_t email_id_size;
        std::uint8_t uidl_size;
        Flags flags;
        Where where;
        bool misnamed;
        bool dead;
    };

    [[nodiscard]] Known known(const Slot& slot) const;
    [[nodiscard]] std::size_t position(Uid uid) const noexcept;
    [[nodiscard]] const Slot* slot_of(Uid uid) const noexcept;
    [[nodiscard]] Slot* slot_of(Uid uid) noexcept;
    [[nodiscard]] std::uint32_t number_of(std::string_view letters);
    void put_texts(Slot& slot, std::string_view name, std::string_view email_id, std::string_view uidl);
    void drop_dead();

    std::vector<Slot> slots_;  ///< by UID; dead ones stand among them for a while
    std::size_t live_ = 0;
    KeyIndex keys_;
    std::vector<std::unique_ptr<char[]>> pieces_;
    char* piece_end_ = nullptr;
    std::size_t room_ = 0;  ///< before it
    std::vector<std::string> letters_;
    std::map<std::string, std::uint32_t, std::less<>> letter_numbers_;
    mutable Uid misnamed_from_ = 1;  ///< none below
    mutable Uid unseen_from_ = 1;    ///< none below
};

/// The identity of a message: what stands in its file's name before the first ',' or ':'.
[[nodiscard]] std::string_view key_of(std::string_view name) noexcept;

}  // namespace md::store
