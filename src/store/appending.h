// store/appending.h - the messages of one APPEND, which come into a mailbox together or not at all
//
// CONTRACT
//   Blocks; one call at a time. make_room(), start(), write the message, add(); once for each message; then place().
//   Durable when place() has returned; if it fails, or is never called, no message stays. The mailbox outlives it.
//   The room in the quota is reserved before the file is begun, and given back when this dies or the messages are
//   there.
// RFC
//   3501 §6.3.11; 3502 (MULTIAPPEND); 3516 (BINARY)
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/binary_message.h"
#include "store/mailbox.h"
#include "store/message_writer.h"

namespace md::store {

class Arrivals;
class Reserved;

/// How large a message will be as it is stored, before it is.
struct StoredSize {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};
/// Of so many octets with line ends of either kind: of CRLF the LF alone is stored, so that half of them may go.
[[nodiscard]] constexpr StoredSize stored_size_of(std::uint64_t octets) noexcept {
    return {octets - octets / 2, octets};
}

class Appending {
  public:
    /// `quota`: the account's, in which the messages need room.
    explicit Appending(Mailbox& mailbox, const QuotaLimits& quota = {});
    ~Appending();
    Appending(Appending&& other) noexcept;
    Appending& operator=(Appending&&) = delete;

    /// Reserves for what was added and one message more; asked again of the same one, if it grows. As much as there is
    /// of `size`, and no less than its least.
    [[nodiscard]] Result<void, OverQuota> make_room(const StoredSize& size);
    /// Now and then while a message is being written: a reservation that is too old would end by itself.
    void keep_room();
    [[nodiscard]] MessageWriter start();
    /// For octets of any kind, to be copied to what start() gives.
    [[nodiscard]] std::unique_ptr<BinaryMessage> start_binary();
    /// `uidl`: POP3's unique-id that it had elsewhere; empty: it gets one here.
    void add(MessageWriter message, std::int64_t internal_date, Flags flags, std::vector<std::string> keywords,
             std::string uidl = {});
    [[nodiscard]] std::size_t size() const noexcept;
    /// In the order of add(). Over quota: they turned out larger than what was reserved, and there is no more.
    [[nodiscard]] Result<std::vector<Placed>, OverQuota> place();
    /// Keywords that the mailbox does not take: the messages are there without them. After place().
    [[nodiscard]] const std::vector<std::string>& refused() const noexcept;

  private:
    [[nodiscard]] Result<void, OverQuota> reserve(const QuotaUse& least, std::uint64_t most);

    MailboxCore* core_;
    QuotaLimits quota_;
    std::unique_ptr<Reserved> reserved_;  ///< ends behind the files
    std::unique_ptr<Arrivals> arrivals_;
    std::uint64_t bytes_ = 0;
};

}  // namespace md::store
