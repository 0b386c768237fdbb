// store/appending.h - the messages of one APPEND, which come into a mailbox together or not at all
//
// CONTRACT
//   Blocks; one call at a time. start(), write the message, add(); once for each message; then place(). Durable when
//   place() has returned; if it fails, or is never called, no message stays. The mailbox outlives it.
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

class Appending {
  public:
    explicit Appending(Mailbox& mailbox);
    ~Appending();
    Appending(Appending&& other) noexcept;
    Appending& operator=(Appending&&) = delete;

    [[nodiscard]] MessageWriter start();
    /// For octets of any kind, to be copied to what start() gives.
    [[nodiscard]] std::unique_ptr<BinaryMessage> start_binary();
    void add(MessageWriter message, std::int64_t internal_date, Flags flags, std::vector<std::string> keywords);
    [[nodiscard]] std::size_t size() const noexcept;
    /// What all of them want of the quota.
    [[nodiscard]] QuotaUse size_of_all() const noexcept { return {bytes_, size()}; }
    /// In the order of add().
    [[nodiscard]] Result<std::vector<Placed>, OverQuota> place(const QuotaLimits& quota);
    /// Keywords that the mailbox does not take: the messages are there without them. After place().
    [[nodiscard]] const std::vector<std::string>& refused() const noexcept;

  private:
    MailboxCore* core_;
    std::unique_ptr<Arrivals> arrivals_;
    std::uint64_t bytes_ = 0;
};

}  // namespace md::store
