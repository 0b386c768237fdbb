// mdpop3d/read_ahead.h - messages that a client asks for in a row, read by one job of the pool
//
// PURPOSE
//   A client that pipelines RETR (RFC 2449 §6.6) waits for none of them; each alone would cost several trips to the
//   pool and a write. The retrievals that stand whole in the input behind the one at hand are read with it, and
//   answered from memory when it is their turn. A client that waits for each, and has taken one message after another,
//   is about to ask for the next: some of these are read with the one at hand, too.
// CONTRACT
//   What is kept is bounded: kOctets and kMessages, and kGuessedOctets while the client is waited for; a message larger
//   than that is not for here, and streamed. A message that cannot be read later is simply not there, and its own
//   command meets the fault. Answers are in their wire form.
// RFC
//   1939 §3, §5 (RETR), §7 (TOP); 2449 §6.6
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/maildrop.h"

namespace md::mdpop3d {

struct Retrieval {
    Retrieval(std::uint32_t n, std::optional<std::uint32_t> lines) noexcept : number(n), body_lines(lines) {}

    std::uint32_t number;
    std::optional<std::uint32_t> body_lines;  ///< of TOP; none: the whole message

    friend bool operator==(const Retrieval&, const Retrieval&) = default;
};

class ReadAhead {
  public:
    static constexpr std::uint64_t kOctets = 512U << 10U;
    static constexpr std::uint64_t kGuessedOctets = 64U << 10U;
    static constexpr std::size_t kMessages = 64;

    struct Answer {
        Answer(Retrieval what, std::optional<std::string> text) : retrieval(what), response(std::move(text)) {}

        Retrieval retrieval;
        std::optional<std::string> response;  ///< none: removed by another session
    };

    /// The retrieval, and those that follow it in `input` without another command between, as far as they fit.
    [[nodiscard]] static std::vector<Retrieval> plan(Retrieval first, std::string_view input,
                                                     const store::Maildrop& maildrop);
    /// Adds the messages behind the last retrieval, up to kGuessedOctets.
    static void guess(std::vector<Retrieval>& wanted, const store::Maildrop& maildrop);
    /// Reads them, up to one whose file is larger than it was said to be; blocks. A fault with the first is thrown.
    [[nodiscard]] static std::deque<Answer> read(const std::vector<Retrieval>& wanted, store::Maildrop& maildrop);

    /// `guessed`: not asked for yet.
    void keep(std::deque<Answer> answers, bool guessed) {
        answers_ = std::move(answers);
        guessed_ = guessed;
    }
    /// The answer that was read ahead; what was read for another command than comes is forgotten.
    [[nodiscard]] std::optional<Answer> take(const Retrieval& retrieval);
    void forget() noexcept { answers_.clear(); }
    /// The client is waited for: what it was to ask for, and did not, is forgotten.
    void pause() noexcept {
        if (!guessed_) forget();
    }

  private:
    std::deque<Answer> answers_;
    bool guessed_ = false;
};

/// "+OK 120 octets"
[[nodiscard]] std::string first_line(const store::OpenMessage& message, const Retrieval& retrieval);

}  // namespace md::mdpop3d
