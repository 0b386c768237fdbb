// checks/pipeline.h - runs all checks on the messages of one connection
//
// PURPOSE
//   A Pipeline is the set of checks of a worker. An Examination is one connection from an MTA: it is told each step,
//   starts the checks that begin there, waits for those whose answer is due there, and says what to do. Between these
//   two points a check runs beside the other checks and while the message still arrives.
// CONTRACT
//   Whatever a check does, the message gets its judgement: one that throws or takes too long is a line that says so,
//   and counts as its Terms say. No decision is told before RCPT: connect and helo only begin checks, mail() says at
//   most that the message is exempt. What a check still does when its message is over is cancelled. Findings of checks
//   that begin at connect or helo hold for each message of the connection. The Scope outlives the Examination, the
//   Pipeline outlives the Scope.
// LIMITS
//   The header up to Limits::header_octets; a body is held only if a check takes one of its size.
// DIAGNOSTICS
//   FilterCheckFailed
#pragma once

#include <memory>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "async/task.h"
#include "checks/check.h"
#include "checks/judgement.h"
#include "log/logger.h"

namespace md::checks {

struct Limits {
    std::chrono::milliseconds check_time{20'000};
    std::uint64_t header_octets = 1U << 20;
    Thresholds thresholds;
};

class Pipeline {
  public:
    explicit Pipeline(const Limits& limits) : limits_(limits) {}

    /// In the order in which their lines stand.
    void add(std::unique_ptr<Check> check);
    [[nodiscard]] const std::vector<std::unique_ptr<Check>>& checks() const noexcept { return checks_; }
    [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
    /// Does any check look at the body, or at its size?
    [[nodiscard]] bool sees_body() const noexcept { return sees_body_; }
    /// The largest body that any check takes.
    [[nodiscard]] std::uint64_t kept_body() const noexcept { return kept_body_; }

  private:
    Limits limits_;
    std::vector<std::unique_ptr<Check>> checks_;
    std::uint64_t kept_body_ = 0;
    bool sees_body_ = false;
};

class Examination {
  public:
    Examination(const Pipeline& pipeline, async::Scope& scope, log::Logger log);
    ~Examination();
    Examination(const Examination&) = delete;
    Examination& operator=(const Examination&) = delete;

    void connect(Client client);
    void helo(std::string name);
    /// exempt: no further check is made of it; else none.
    async::Task<Decision> mail(std::string id, std::string account, std::string reverse_path,
                               std::vector<std::string> parameters);
    /// refuse or temp_fail: this recipient is not among those of the message; else none.
    /// `account`: whose it is, by the MTA's word; may be empty.
    async::Task<Decision> rcpt(std::string recipient, std::string account = {});
    /// What the checks of the recipient that was refused last have found.
    [[nodiscard]] const std::vector<Line>& lines_of_refused() const noexcept { return refused_; }
    /// False: the header is larger than the limit.
    [[nodiscard]] bool header(std::string_view name, std::string_view value);
    void end_of_header();
    void body(std::string_view octets);
    async::Task<Judgement> end_of_message();
    void message_over() noexcept;
    /// connect() tells of another client next.
    void client_over();

    [[nodiscard]] bool in_message() const noexcept { return message_ != nullptr; }
    /// Between mail() and message_over().
    [[nodiscard]] const Subject& subject() const noexcept { return *message_; }

  private:
    struct Run;
    using Runs = std::vector<std::shared_ptr<Run>>;

    void begin(Stage stage, const std::shared_ptr<Subject>& subject, std::optional<std::uint32_t> recipient,
               Runs& runs);
    static async::Task<void> carry_out(std::shared_ptr<Run> run, std::shared_ptr<const Subject> subject);
    static async::Task<void> watch(async::Scope* scope, Run* run, std::shared_ptr<const Subject> subject);
    static async::Task<void> ask(Run* run, std::shared_ptr<const Subject> subject);
    async::Task<void> settle(Stage stage, std::size_t from);
    /// Due by `stage`, of the runs that concern a recipient whose own begin at `from`.
    [[nodiscard]] std::vector<Answered> answers(Stage stage, std::size_t from) const;
    [[nodiscard]] static bool concerns(const Check& check, const Client& client) noexcept;
    static void abandon(Runs& runs) noexcept;

    const Pipeline& pipeline_;
    async::Scope& scope_;
    log::Logger log_;
    std::shared_ptr<Subject> connection_;  ///< client alone
    Runs connection_runs_;
    std::shared_ptr<Subject> message_;  ///< null between messages
    Runs runs_;                         ///< of the message, those of the connection among them
    std::size_t of_all_ = 0;            ///< so many of them began before the first recipient, and concern each
    std::uint64_t header_octets_ = 0;
    std::vector<Line> refused_;
};

}  // namespace md::checks
