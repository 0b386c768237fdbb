// milter/chain.h - all filters of one session, asked one after the other
//
// PURPOSE
//   What a session holds: the same calls as of one Client, for every filter of filter.milters in its order.
// CONTRACT
//   The first refusal (reject, temp_fail, discard) is the answer, and filters behind it are not asked at that step.
//   `unavailable` if any is; `accept` only if all are content. Outcomes of the end are merged in the order of the
//   filters. Verdicts for recipients are by their place among those that rcpt() let pass (proceed or accept) and that
//   were not taken back by refused_after_all(). An empty chain lets everything pass.
// BUGS
//   All filters see the message as it was received: none sees another's changes.
#pragma once

#include <memory>
#include <vector>

#include "milter/client.h"

namespace md::milter {

class Chain {
  public:
    /// `kept`: see Client.
    Chain(const std::vector<Endpoint>& endpoints, const Settings& settings, Connections* kept = nullptr);

    [[nodiscard]] bool empty() const noexcept { return clients_.empty(); }
    [[nodiscard]] bool wants_body() const noexcept;
    /// The filter that gave the last refusal or was away last: "unix:/path". For the log.
    [[nodiscard]] const std::string& last_speaker() const noexcept { return last_speaker_; }

    async::Task<Answer> connect(ConnectInfo info, std::vector<Macro> macros);
    async::Task<Answer> helo(std::string name, std::vector<Macro> macros);
    async::Task<Answer> mail(std::vector<std::string> arguments, std::vector<Macro> macros);
    async::Task<Answer> rcpt(std::vector<std::string> arguments, std::vector<Macro> macros);
    /// The recipient that rcpt() let pass last is refused by the session itself.
    void refused_after_all() noexcept;
    async::Task<Answer> data(std::vector<Macro> macros);
    async::Task<Answer> header(std::string_view name, std::string_view value);
    async::Task<Answer> end_of_header(std::vector<Macro> macros);
    async::Task<Answer> body(std::string_view octets);
    async::Task<Outcome> end_of_message(std::vector<Macro> macros);
    async::Task<void> abort();
    void quit() noexcept;

  private:
    struct Member {
        Member(const Endpoint& endpoint, const Settings& settings, Connections* kept)
            : client(std::make_unique<Client>(endpoint, settings, kept)) {}

        std::unique_ptr<Client> client;
        /// Of each recipient that this filter let pass: its place among those that all did; none: another refused it.
        std::vector<std::optional<std::uint32_t>> places;
    };

    bool decided(const Member& member, const Answer& answer, Answer& overall);
    static void merge(const Member& member, Outcome& from, Outcome& into);

    std::vector<Member> clients_;
    std::uint32_t recipients_ = 0;
    std::string last_speaker_;
};

/// `filter.milters` as endpoints: "mdfilterd" is `own_socket`.
[[nodiscard]] std::vector<Endpoint> endpoints(const std::vector<std::string>& milters, const std::string& own_socket);

}  // namespace md::milter
