// store/account_state.h - an account in memory: its journal, applied record by record
//
// CONTRACT
//   Pure; not thread-safe. Takes any payload of a whole frame; what it does not know is skipped. One name is one
//   folder, and so is one directory: what was written later is right. A record costs the logarithm of the folders.
// FORMAT
//   doc/formats/account-journal.md
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "store/record.h"
#include "store/types.h"

namespace md::store {

inline constexpr std::string_view kAccountMagic{"MDACCT\x01\x00", 8};  ///< version 1
inline constexpr std::int64_t kReservationSeconds = 600;
/// Which sums of a folder are kept; an account that was counted with fewer is counted again.
inline constexpr std::uint32_t kSumsKept = 1;

struct Reservation {
    QuotaUse room;
    std::int64_t time = 0;
    std::string process = {};  ///< that it ends with (ProcessMark); empty: not known
    /// At `now` not ended by time.
    [[nodiscard]] bool is_live(std::int64_t now) const noexcept {
        return now < time || now - time < kReservationSeconds;
    }
};

/// A folder and all below it get another name. Of INBOX the messages below a UID go to a new folder, and no name
/// changes (RFC 3501 §6.3.5).
struct Renaming {
    std::string from;
    std::string to;
    Uid end = 0;  ///< INBOX: the first UID that stays
    [[nodiscard]] bool empties_inbox() const noexcept { return from == "INBOX"; }
    friend bool operator==(const Renaming&, const Renaming&) = default;
    /// What a name becomes; none: it is not concerned.
    [[nodiscard]] std::optional<std::string> renamed(std::string_view name) const;
};

class AccountState {
  public:
    void apply(std::string_view payload);

    [[nodiscard]] std::uint32_t last_uid_validity() const noexcept { return last_validity_; }
    [[nodiscard]] const std::map<std::string, FolderStatus>& folders() const noexcept {
        return folders_;
    }  ///< by MAILBOXID
    [[nodiscard]] const FolderStatus* by_id(std::string_view mailbox_id) const;
    [[nodiscard]] const FolderStatus* by_name(std::string_view name) const;
    [[nodiscard]] const FolderStatus* by_directory(std::string_view directory) const;
    /// Whether a folder lies below that name.
    [[nodiscard]] bool has_below(std::string_view name) const;
    [[nodiscard]] const std::set<std::string, std::less<>>& subscriptions() const noexcept { return subscriptions_; }
    /// Uses that no folder has.
    [[nodiscard]] SpecialUses free_uses() const noexcept;
    /// Logged, and not finished.
    [[nodiscard]] const std::optional<Renaming>& renaming() const noexcept { return renaming_; }
    /// The folders that every account has were made; what became of them is the owner's.
    [[nodiscard]] bool has_defaults() const noexcept { return has_defaults_; }

    /// The boot in which the sums were last known to be right; empty: none.
    [[nodiscard]] const std::string& counted_in() const noexcept { return counted_in_; }
    /// What was summed up then (kSumsKept).
    [[nodiscard]] std::uint32_t sums() const noexcept { return sums_; }
    /// Written by the last in order: the sums are right in any boot.
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    /// Of all folders, and what is reserved by deliveries that may still run at `now`; `without`: reservations that do
    /// not count.
    [[nodiscard]] QuotaUse used(std::int64_t now, const std::set<std::string>& without = {}) const;

    [[nodiscard]] const std::map<std::string, Reservation>& reservations() const noexcept {
        return reservations_;
    }  ///< by token

    /// All of it as frames, for a new journal; reservations that ended by time at `now` are left out.
    [[nodiscard]] std::string snapshot(std::int64_t now) const;

    static void put_validity(FrameWriter& frame, std::uint32_t last);
    static void put_folder(FrameWriter& frame, const FolderStatus& folder);
    /// Those that differ from what is known, or all; times of directories, if there are any.
    static void put_numbers(FrameWriter& frame, const FolderStatus& folder, const FolderStatus* known = nullptr);
    static void put_removed(FrameWriter& frame, std::string_view mailbox_id);
    static void put_reserved(FrameWriter& frame, std::string_view token, const Reservation& reservation);
    static void put_released(FrameWriter& frame, std::string_view token);
    static void put_counted(FrameWriter& frame, std::string_view boot_id, std::uint32_t sums = kSumsKept);
    static void put_closed(FrameWriter& frame);
    static void put_subscribed(FrameWriter& frame, std::string_view name, bool on);
    static void put_renaming(FrameWriter& frame, const Renaming& renaming);
    static void put_renamed(FrameWriter& frame);
    static void put_defaults(FrameWriter& frame);

  private:
    using Names = std::map<std::string, std::string, std::less<>>;  ///< to MAILBOXIDs

    void apply(const Record& record);
    void on_folder(const Record& record);
    void on_numbers(const Record& record);
    void on_reserved(const Record& record);
    void on_renaming(const Record& record, std::string from);
    void on_subscribed(const Record& record);
    void on_counted(const Record& record);
    void forget(const std::string& mailbox_id);
    void forget(const Names& names, const std::string& name, const std::string& mailbox_id);
    void keep(FolderStatus folder);
    [[nodiscard]] const FolderStatus* find(const Names& names, std::string_view key) const;

    std::uint32_t last_validity_ = 0;
    std::map<std::string, FolderStatus> folders_;
    Names by_name_;
    Names by_directory_;
    QuotaUse sum_;
    std::set<std::string, std::less<>> subscriptions_;
    std::optional<Renaming> renaming_;
    std::map<std::string, Reservation> reservations_;
    std::string counted_in_;
    std::uint32_t sums_ = 0;
    bool has_defaults_ = false;
    bool closed_ = false;
};

}  // namespace md::store
