// mdqueue/deliver_protocol.h - what the manager asks of a deliver child, and what it answers
//
// PURPOSE
//   A delivery is one message for one mailbox. Its octets come as a descriptor, so that the child opens no path of the
//   spool or the intake.
// CONTRACT
//   Pure: codecs of payloads of ipc frames. What cannot be read is none.
// FORMAT
//   doc/formats/deliver.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/strings.h"
#include "store/types.h"

namespace md::mdqueue {

namespace deliver {
inline constexpr std::uint16_t kDeliver = 1;  ///< a Delivery and one descriptor; answered by a DeliveryResult
inline constexpr std::uint16_t kSync = 2;     ///< empty; answered empty when all that was delivered before is on disk
inline constexpr std::uint16_t kRoom = 3;     ///< a delivery::RoomQuestion, answered by a delivery::Room
}  // namespace deliver

/// What is known of earlier tries.
enum class How : std::uint8_t {
    first,  ///< there were none
    look,   ///< it may have been delivered: look first
    anew,   ///< it may have been delivered, and what is there proves nothing since a sync failed: write it durably,
            ///< unless its owner has removed it
};

/// A message file that a further recipient may share.
struct Link {
    std::string path;  ///< empty: none
    std::uint64_t size_lf = 0;
    std::uint64_t size_crlf = 0;
};

struct Delivery {
    QueueId id;
    store::AccountName account;
    std::string folder;  ///< that of the subaddress, where there is such a one; empty: INBOX
    std::int64_t internal_date = 0;
    store::QuotaLimits quota;
    std::string beginning;     ///< of the message, in place of what stands before `offset`; empty: none
    std::uint64_t offset = 0;  ///< of the message, or its rest, in the descriptor's file
    std::uint64_t size = 0;
    How how = How::first;
    Link first;  ///< an earlier recipient's

    [[nodiscard]] std::string owner() const { return account.local_part + "@" + account.domain; }
    /// With the queue id it makes the file's name: a message to an account and to a subaddress of it is two.
    [[nodiscard]] std::string recipient() const { return folder.empty() ? owner() : owner() + "+" + lower(folder); }
};
[[nodiscard]] std::string encode(const Delivery& delivery);
[[nodiscard]] std::optional<Delivery> decode_delivery(std::string_view payload);

/// RFC 3463 §3.4: this machine failed, or it is not known what was done; what is there proves nothing.
inline constexpr std::string_view kLocalError = "4.3.0";

struct DeliveryResult {
    enum class Kind : std::uint8_t { delivered, deferred, failed };
    Kind kind = Kind::deferred;
    std::string status;  ///< enhanced code
    std::string text;    ///< for people; one line
    Link placed;         ///< delivered, and for others to share
};
[[nodiscard]] std::string encode(const DeliveryResult& result);
[[nodiscard]] std::optional<DeliveryResult> decode_delivery_result(std::string_view payload);

/// Which of `children` serves this mailbox: always the same, so that its lock is rarely contended.
[[nodiscard]] unsigned child_for(const store::AccountName& account, unsigned children) noexcept;

}  // namespace md::mdqueue
