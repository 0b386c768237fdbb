// store/account_state.h - an account in memory: its journal, applied record by record
//
// CONTRACT
//   Pure; not thread-safe. Takes any payload of a whole frame; what it does not know is skipped.
// FORMAT
//   doc/formats/account-journal.md
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "store/record.h"
#include "store/types.h"

namespace md::store {

inline constexpr std::string_view kAccountMagic{"MDACCT\x01\x00", 8};  ///< version 1
inline constexpr std::int64_t kReservationSeconds = 600;

struct Reservation {
    QuotaUse room;
    std::int64_t time = 0;
};

class AccountState {
  public:
    void apply(std::string_view payload);

    [[nodiscard]] std::uint32_t last_uid_validity() const noexcept { return last_validity_; }
    [[nodiscard]] const std::map<std::string, FolderStatus>& folders() const noexcept {
        return folders_;
    }  ///< by MAILBOXID
    /// The boot in which the sums were last known to be right; empty: none.
    [[nodiscard]] const std::string& counted_in() const noexcept { return counted_in_; }
    /// Written by the last in order: the sums are right in any boot.
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    /// Of all folders, and what is reserved by deliveries that may still run at `now`.
    [[nodiscard]] QuotaUse used(std::int64_t now) const noexcept;

    /// All of it as frames, for a new journal; reservations that ended by time at `now` are left out.
    [[nodiscard]] std::string snapshot(std::int64_t now) const;

    static void put_validity(FrameWriter& frame, std::uint32_t last);
    static void put_folder(FrameWriter& frame, const FolderStatus& folder);
    static void put_numbers(FrameWriter& frame, const FolderStatus& folder);
    static void put_removed(FrameWriter& frame, std::string_view mailbox_id);
    static void put_reserved(FrameWriter& frame, std::string_view token, const Reservation& reservation);
    static void put_released(FrameWriter& frame, std::string_view token);
    static void put_counted(FrameWriter& frame, std::string_view boot_id);
    static void put_closed(FrameWriter& frame);

  private:
    void apply(const Record& record);

    std::uint32_t last_validity_ = 0;
    std::map<std::string, FolderStatus> folders_;
    std::map<std::string, Reservation> reservations_;
    std::string counted_in_;
    bool closed_ = false;
};

}  // namespace md::store
