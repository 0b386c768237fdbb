// relay/opening.h - a connection from its greeting to where mail may be sent
//
// PURPOSE
//   Greeting, EHLO (HELO, LHLO), STARTTLS and EHLO again, AUTH.
// CONTRACT
//   Used once. All that was learnt before STARTTLS is forgotten. A password leaves over TLS alone, and stands in no
//   transcript. Who wants TLS and does not get it is told so, and sends nothing more.
// RFC
//   5321 §3.1, §3.2, §4.1.1.1; 2033 §4.1; 3207 §4; 4954 §4; 4616 (PLAIN); 7504
#pragma once

#include "relay/dialogue.h"
#include "relay/server.h"

namespace md::relay {

class Opening {
  public:
    /// `hostname`: ours, for EHLO. All outlive it.
    Opening(Dialogue& dialogue, const Server& server, const std::string& hostname, const Timeouts& timeouts);

    /// None: it is open.
    async::Task<std::optional<OpenFailure>> run();
    [[nodiscard]] Facts take_facts() { return std::move(facts_); }

  private:
    using Failure = std::optional<OpenFailure>;

    async::Task<Failure> await_greeting();
    async::Task<Failure> say_hello();
    async::Task<Failure> secure();
    async::Task<Failure> shake_hands();
    async::Task<Failure> log_in();
    async::Task<Failure> log_in_plain();
    async::Task<Failure> log_in_stepwise();
    [[nodiscard]] Failure judge_login(const std::string& shown, const Dialogue::Answer& answer);
    Failure fail_at(Stage stage, const std::string& command, const Dialogue::Answer& answer);
    Failure fail_at(Stage stage, mail::Status status, std::string_view why);
    [[nodiscard]] bool offers(smtp::Extension extension) const noexcept { return facts_.offer.has(extension); }

    Dialogue& dialogue_;
    const Server& server_;
    const std::string& hostname_;
    const Timeouts& timeouts_;
    Facts facts_;
};

}  // namespace md::relay
