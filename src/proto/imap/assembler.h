// proto/imap/assembler.h - octets of a client to one whole command
//
// PURPOSE
//   A command is one or more lines joined by literals (RFC 3501 §2.2.1, §4.3). The assembler is fed whatever has
//   arrived and says what is to be done next: read more, decide about a literal, run the command, or answer for one
//   that was refused.
// CONTRACT
//   Pure and incremental: each octet is looked at once, however small the pieces in which it comes.
//   Memory is bounded by AssemblerLimits before it is taken. A literal is never collected without the caller's word,
//   and a streamed one (the message of APPEND) never enters memory here: the caller takes its octets from the stream
//   itself. A refused command is read to its end and dropped, so that the next one is found; beyond `discard` octets
//   the event is `flood`, after which the connection is of no use. head() and tail() stay as they are until
//   next_command() or expect_line(): parsed commands hold views of them.
// RFC
//   3501 §4.3; 7888 (LITERAL+, LITERAL-); 3516 §2 (literal8)
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace md::imap {

struct Literal {
    std::size_t announced;  ///< where its "{" (or "~{") stands in the text
    std::size_t content;    ///< where its octets begin in the text
    std::uint64_t size;     ///< octets; the largest number if more was announced than can be counted
    bool synchronising;     ///< the client waits for "+" (RFC 3501 §4.3)
    bool binary;            ///< literal8 (RFC 3516)
    bool outside;           ///< its octets are not in the text: still awaited, or streamed past it
};

/// A command without its line ends: the announcement of each literal is followed at once by its octets.
struct Assembled {
    std::string text;
    std::vector<Literal> literals;  ///< in the order of the text
};

struct AssemblerLimits {
    std::size_t line = 8192;              ///< octets of one line, its end included
    std::size_t command = 8192;           ///< octets of the whole command: lines and collected literals
    std::size_t literals = 64;            ///< how many one command may have
    std::uint64_t discard = 65536;        ///< octets of a refused command that are read and dropped
    std::uint64_t non_synchronising = 0;  ///< largest {n+}: 0 not offered, 4096 LITERAL-, the largest number LITERAL+
    bool binary = false;                  ///< whether literal8 is offered
};

class Assembler {
  public:
    enum class Event : std::uint8_t {
        need_more,  ///< all octets given were taken; feed the next
        literal,    ///< a literal is announced: literal(); collect_literal(), literal_streamed() or refuse_literal()
        command,    ///< head() is whole, or tail() if a literal of it was streamed; then next_command()
        refused,    ///< the command was dropped to its end; refusal() says why; then next_command()
        flood,      ///< more was to be dropped than is borne: end the connection
    };
    enum class Refusal : std::uint8_t { line_too_long, command_too_long, literal_not_offered, by_caller };

    struct Step {
        std::size_t consumed;
        Event event;
    };

    explicit Assembler(AssemblerLimits limits) : limits_(limits) {}
    Assembler(const Assembler&) = delete;
    Assembler& operator=(const Assembler&) = delete;

    /// Limits widen after a login; they count from the next octet.
    void set_limits(AssemblerLimits limits) noexcept { limits_ = limits; }

    /// Takes octets up to the next event. Call it with what is buffered (none, too) before waiting for more.
    [[nodiscard]] Step feed(std::string_view octets);

    /// The literal that the event `literal` is about.
    [[nodiscard]] const Literal& literal() const;

    /// Collects it into the command. True: a continuation request must be sent now. Over the budget: refused.
    [[nodiscard]] bool collect_literal();

    /// The caller has taken its octets from the stream (or will before the next feed); what follows goes to tail().
    void literal_streamed();

    /// The command is answered with an error instead; what the client sends of it all the same is dropped.
    void refuse_literal();

    [[nodiscard]] const Assembled& head() const noexcept { return head_; }
    /// What followed the last streamed literal.
    [[nodiscard]] const Assembled& tail() const noexcept { return tail_; }
    [[nodiscard]] Refusal refusal() const noexcept { return refusal_; }

    /// Forgets the command. Octets not yet fed are not touched.
    void next_command();

    /// The next line is no command but an answer (SASL, DONE): event `command`, head().text is the line, literals mean
    /// nothing.
    void expect_line();

    /// Whether nothing of a command has come yet (a client that leaves now leaves politely).
    [[nodiscard]] bool idle() const noexcept;

  private:
    enum class State : std::uint8_t { line, collect, decide, drop_octets, drop_line, done, refused, flooded };

    /// Each takes what it can from the front of `octets`; none: the state has changed, go on with what is left.
    using Outcome = std::optional<Event>;
    Outcome advance(std::string_view& octets);
    Outcome take_line(std::string_view& octets);
    Outcome take_literal(std::string_view& octets);
    Outcome drop_octets(std::string_view& octets);
    Outcome drop_line(std::string_view& octets);
    Outcome end_line();
    void follow_quotes(std::string_view piece) noexcept;
    void refuse(Refusal why, State next) noexcept;
    bool count_dropped(std::size_t octets) noexcept;
    void begin_line() noexcept;

    AssemblerLimits limits_;
    Assembled head_;
    Assembled tail_;
    Assembled* current_ = &head_;
    State state_ = State::line;
    Refusal refusal_ = Refusal::by_caller;
    bool plain_line_ = false;  ///< expect_line()
    bool in_quotes_ = false;   ///< a "{3}" at the end of a line that ends inside quotes announces nothing
    bool escaped_ = false;
    std::size_t line_start_ = 0;   ///< in current_->text
    std::uint64_t remaining_ = 0;  ///< of a literal that is collected or dropped
    std::uint64_t dropped_ = 0;
    std::string dropped_end_;  ///< the last octets of a dropped line: enough to see a literal announced
};

/// The tag with which a command begins, for an answer to one that could not be parsed; empty if there is none.
[[nodiscard]] std::string_view tag_of(const Assembled& command) noexcept;

}  // namespace md::imap
