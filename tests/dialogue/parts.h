// dialogue/parts.h - what the worlds of several protocols share: time, logins, configuration, a disk that fails
//
// STEPS
//   FAULT operation code [times]   on a faulty disk: the next calls of this operation (support/lossy_files.h) fail
//   (EIO, ENOSPC, EROFS) MEND                           the disk is whole again
//   KILL                           an administrator ends all sessions, and waits until they have ended
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "auth/verifier.h"
#include "base/clock.h"
#include "base/files.h"
#include "daemon/session_book.h"
#include "dialogue/world.h"
#include "support/lossy_files.h"
#include "support/slow_files.h"

namespace md::dialogue {

inline constexpr std::string_view kDomain = "example.org";

/// 2026-11-25 10:00:00 UTC.
class StandingClock final : public Clock {
  public:
    [[nodiscard]] WallTime now() const noexcept override { return WallTime(std::chrono::seconds(1'795'600'800)); }
};

/// Knows the passwords: "secret" is everybody's; busy's cannot be verified, frozen may not log in.
class Passwords final : public auth::Verifier {
  public:
    async::Task<auth::Verified> verify(auth::Login login) override;
    async::Task<auth::ScramSalt> scram_salt(auth::ScramQuestion question) override;
    async::Task<auth::ScramVerified> scram_verify(auth::ScramProof proof) override;
};

/// The host is mail.example.org; the script's lines come behind it.
[[nodiscard]] config::ConfigPointer read_config(const Surroundings& surroundings);

/// The files of a world: the system's, or under DISK faulty a LossyFiles; on a slow disk behind SlowFiles.
class Disk {
  public:
    explicit Disk(const Surroundings& surroundings) : faulty_(surroundings.faulty_disk) {
        if (surroundings.other != nullptr) slow_.emplace(below(), *surroundings.other);
    }

    [[nodiscard]] Files& files() noexcept { return slow_ ? *slow_ : below(); }
    /// FAULT. What is wrong with the step; empty: done.
    std::string fail(const std::vector<std::string>& arguments);
    void mend() { memory_.mend(); }

  private:
    [[nodiscard]] Files& below() noexcept { return faulty_ ? static_cast<Files&>(memory_) : real_files(); }

    bool faulty_;
    test::LossyFiles memory_;
    std::optional<test::SlowFiles> slow_;
};

/// What daemon/sessions.h gives a session in a daemon: its entry, and the count of its account's sessions.
class Sessions {
  public:
    Sessions(const Surroundings& surroundings, const config::Config& config, std::string_view protocol);

    /// The entry of one session; to be put into the book.
    [[nodiscard]] daemon::SessionEntry entry(const net::Stream& stream);
    [[nodiscard]] daemon::SessionBook& book() noexcept { return book_; }
    [[nodiscard]] daemon::ConnectionTable& table() noexcept { return table_; }
    [[nodiscard]] unsigned row() const noexcept { return row_; }
    /// KILL: an administrator ends all sessions.
    async::Task<std::string> kill();

  private:
    async::Signal& ending_;
    std::string protocol_;
    std::uint64_t most_;
    daemon::ConnectionTable table_;
    unsigned row_;
    daemon::SessionBook book_;
};

/// A step that waits for its answer in a pipelined run too.
[[nodiscard]] Step step(Step::Kind kind, std::string text);

}  // namespace md::dialogue
