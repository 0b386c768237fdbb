// mdfilterd/session.h - one MTA's connection: milter steps in, what the checks say out
//
// PURPOSE
//   A milter::Filter that tells each step to a checks::Examination and puts its decisions into the protocol's words.
// CONTRACT
//   An exempt message is accepted at MAIL, or with its first recipient where the MTA agreed not to wait before. A
//   refusal is told at RCPT (550 or 451) or at the end. At the end an MTA of our own gets a verdict for each recipient.
//   Any other gets what the milter protocol has: a message that is the same for all is refused, discarded or taken;
//   recipients that discard are taken off; if any recipient refuses or quarantines, the MTA is asked to hold the whole
//   message; tag, junk and queue become fields of the header (X-Mdmail-Verdict, X-Mdmail-Score).
// DIAGNOSTICS
//   FilterRefused, FilterExempted, FilterJudged
#pragma once

#include <functional>

#include "checks/pipeline.h"
#include "config/config.h"
#include "log/logger.h"
#include "milter/server.h"

namespace md::mdfilterd {

/// RFC 3463 §3.4
inline constexpr std::string_view kHeaderTooLarge = "552 5.3.4 header too large";

/// How sessions of that pipeline are served. `own`: to our own daemons.
[[nodiscard]] milter::ServerSettings server_settings(const checks::Pipeline& pipeline, bool own);

class Session final : public milter::Filter {
  public:
    /// Told +1 when a message begins and -1 when it is over.
    using Busy = std::function<void(int change)>;

    Session(const checks::Pipeline& pipeline, async::Scope& scope, const config::Config& config, log::Logger log,
            Busy busy);
    ~Session() override;

    void on_negotiated(bool verdicts) override { verdicts_ = verdicts; }
    async::Task<milter::Answer> on_connect(milter::ConnectInfo info, const milter::MacroTable& macros) override;
    async::Task<milter::Answer> on_helo(std::string name, const milter::MacroTable& macros) override;
    async::Task<milter::Answer> on_mail(std::vector<std::string> arguments, const milter::MacroTable& macros) override;
    async::Task<milter::Answer> on_rcpt(std::vector<std::string> arguments, const milter::MacroTable& macros) override;
    async::Task<milter::Answer> on_data(const milter::MacroTable& macros) override;
    async::Task<milter::Answer> on_header(std::string_view name, std::string_view value) override;
    async::Task<milter::Answer> on_end_of_header(const milter::MacroTable& macros) override;
    async::Task<milter::Answer> on_body(std::string_view octets) override;
    async::Task<milter::Outcome> on_end_of_message(const milter::MacroTable& macros) override;
    void message_over() override;
    void client_over() override;

  private:
    [[nodiscard]] milter::Outcome outcome_of(const checks::Judgement& judgement) const;
    void report(const checks::Judgement& judgement, std::string_view id) const;
    [[nodiscard]] std::string client_text() const;

    checks::Examination examination_;
    const config::Config& config_;
    log::Logger log_;
    Busy busy_;
    bool verdicts_ = false;
    bool counted_ = false;
};

/// "550 5.7.1 text" or "451 4.7.1 text"
[[nodiscard]] milter::Answer answer_of(const checks::Decision& decision);

}  // namespace md::mdfilterd
