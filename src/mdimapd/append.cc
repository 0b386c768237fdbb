// mdimapd/append.cc - APPEND (RFC 3501 §6.3.11) of one or several messages (RFC 3502), each as text or as literal8
// (RFC 3516 §4.4), with APPENDUID (RFC 4315 §3)
//
// CONTRACT
//   Runs when its first literal is announced, and takes each from the stream into a file of the mailbox piece by piece.
//   What can be known before is answered before: a client that waits for "+" then sends nothing. Room in the quota is
//   reserved before that answer, and given back when the command is over. All messages come into the mailbox together,
//   or none (RFC 3502 §6.3.11); OK means on disk. After a failure the rest of the message is read and dropped, so that
//   the next command is found.

#include <algorithm>
#include <optional>

#include "async/loop.h"
#include "daemon/contain.h"
#include "log/counter.h"
#include "mdimapd/account_quota.h"
#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"
#include "store/appending.h"
#include "store/search_keys.h"

namespace md::mdimapd {

using async::Task;
using imap::Assembler;

namespace opt = config::opt;

namespace {

/// Messages of one command: each is a file in tmp/ until the last is there.
constexpr std::size_t kMessagesLimit = 10'000;

/// RFC 9208 §4.3.2; 5530 §3
Reply over_quota() {
    return Reply::no("OVERQUOTA", "the account is full");
}

/// The messages of one command on their way from the stream into the mailbox.
class Intake {
  public:
    explicit Intake(Session& session) : session_(session) {}

    Task<void> open(std::string folder) {
        auto job = [this, &folder] {
            mailbox_ = open_folder(session_.account(), folder);
            if (!mailbox_) return;
            quota_ = quota_of(session_.services().directory, session_.account_name());
            appending_.emplace(*mailbox_, quota_);
        };
        co_await async::offload(session_.pool(), job);
    }
    [[nodiscard]] bool has_mailbox() const noexcept { return mailbox_ != nullptr; }
    [[nodiscard]] std::size_t messages() const noexcept { return appending_->size(); }

    /// Reserves room in the account for those taken and one more, of that size as it is announced.
    Task<void> make_room(std::uint64_t octets) {
        if (quota_.none()) co_return;
        auto job = [this, octets] { has_room_ = appending_->make_room(store::stored_size_of(octets)).has_value(); };
        co_await async::offload(session_.pool(), job);
    }
    [[nodiscard]] bool has_room() const noexcept { return has_room_; }

    Task<void> begin(const imap::AppendMessage& message) {
        left_ = message.literal.size;
        date_ = message.date ? message.date->seconds : unix_seconds(session_.services().clock.now());
        flags_ = store::stored_flags(message.flags.bits);
        keywords_ = keyword_list(message.flags.keywords);
        const bool binary = message.literal.binary;
        auto job = [this, binary] {
            writer_.emplace(appending_->start());
            if (binary) binary_ = appending_->start_binary();
        };
        co_await async::offload(session_.pool(), job);
    }

    /// Takes the octets of the literal; what goes wrong in writing them is kept until they are all there. False: the
    /// session ends.
    Task<bool> take() {
        auto& stream = session_.stream();
        while (left_ > 0) {
            if (stream.buffered().empty()) {
                const bool more = co_await session_.more_input();
                if (!more) co_return false;
            }
            const auto piece = stream.buffered().substr(
                0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, stream.buffered().size())));
            has_nul_ = has_nul_ || (!binary_ && piece.find('\0') != std::string_view::npos);
            if (!fault_) fault_ = co_await daemon::contain(write(piece));
            left_ -= piece.size();
            stream.consume(piece.size());
        }
        co_return true;
    }

    [[nodiscard]] bool has_nul() const noexcept { return has_nul_; }

    /// NUL stands where no encoding can be, so that the message cannot be kept.
    [[nodiscard]] bool unencodable() const noexcept { return unencodable_; }

    /// The message is whole.
    Task<void> add() {
        if (fault_) std::rethrow_exception(fault_);
        auto job = [this] {
            const bool kept = !binary_ || copy_binary();
            if (kept) appending_->add(std::move(*writer_), date_, flags_, std::move(keywords_));
            writer_.reset();
        };
        co_await async::offload(session_.pool(), job);
    }

    /// Durable on return.
    Task<Reply> place() {
        auto job = [this] { return appending_->place(); };
        const auto placed = co_await async::offload(session_.pool(), job);
        if (!placed) co_return over_quota();
        log::count(Counter::messages_appended, placed->size());
        session_.services().upkeep.owe(mailbox_);
        const auto& refused = appending_->refused();
        // RFC 3501 §7.1.2: untagged, it is a warning.
        if (!refused.empty())
            imap::append_status(session_.out(), "*", imap::Condition::no, "LIMIT",
                                "stored without some keywords: " + why_refused(refused));
        const auto first = placed->front().uid;
        const auto last = placed->back().uid;
        auto code = "APPENDUID " + std::to_string(placed->front().uid_validity) + " ";
        imap::append_ranges(code, {{first, last}});
        co_return Reply::ok(code, "APPEND done");
    }

    /// What was not placed is removed, on the pool: its file's end is a file call like any other. In no turn of the
    /// account's: a session that is cut off waits for none.
    Task<void> drop() {
        auto job = [this] {
            binary_.reset();
            writer_.reset();
            appending_.reset();
        };
        co_await async::offload(session_.pool().pool(), job);
    }

  private:
    Task<void> write(std::string_view piece) {
        auto job = [this, piece] {
            appending_->keep_room();
            binary_ ? binary_->write(piece) : writer_->write(piece);
        };
        co_await async::offload(session_.pool(), job);
    }

    /// The text that a binary message becomes is larger than what was announced. False: it cannot be kept.
    bool copy_binary() {
        has_room_ = appending_->make_room(store::stored_size_of(binary_->text_octets())).has_value();
        if (has_room_) unencodable_ = !binary_->copy_to(*writer_);
        binary_.reset();
        return has_room_ && !unencodable_;
    }

    Session& session_;
    std::shared_ptr<store::Mailbox> mailbox_;
    std::optional<store::Appending> appending_;
    std::optional<store::MessageWriter> writer_;
    std::unique_ptr<store::BinaryMessage> binary_;
    std::uint64_t left_ = 0;
    std::int64_t date_ = 0;
    store::Flags flags_ = 0;
    std::vector<std::string> keywords_;
    store::QuotaLimits quota_;
    bool has_room_ = true;
    bool has_nul_ = false;
    bool unencodable_ = false;
    std::exception_ptr fault_;
};

/// What stands behind a message on its line.
enum class Behind : std::uint8_t {
    nothing,   ///< the command is whole
    message,   ///< another literal was announced
    garbage,   ///< something else, and the command is at its end
    no_client  ///< the session ends
};

Task<Behind> read_behind(Session& session) {
    for (;;) {
        switch (session.feed()) {
            case Assembler::Event::need_more: {
                const bool more = co_await session.more_input();
                if (!more) co_return Behind::no_client;
                break;
            }
            case Assembler::Event::command:
                co_return session.assembler().tail().text.empty() ? Behind::nothing : Behind::garbage;
            case Assembler::Event::literal: co_return Behind::message;
            case Assembler::Event::refused: co_return Behind::garbage;
            case Assembler::Event::flood: session.bye("LIMIT", "too much data"); co_return Behind::no_client;
        }
    }
}

/// Why this literal is not wanted; none: it is.
std::optional<Reply> refusal(const Intake& intake, const Session& session, const imap::AppendMessage& message) {
    if (intake.messages() == kMessagesLimit) return Reply::no("LIMIT", "too many messages");
    if (message.literal.size > session.config()[opt::imap_append_limit])
        return Reply::no("TOOBIG", "the message is too large");
    // RFC 3502 §6.3.11: "A zero-length message literal argument is an error, and MUST return a NO."
    if (message.literal.size == 0) return Reply::no("", "cancelled by an empty message");
    return std::nullopt;
}

/// One message, from the announcement of its literal to the end of its octets. A reply: the command is over.
Task<std::optional<Reply>> take_message(Intake& intake, Session& session, const imap::AppendMessage& message) {
    const auto fault = co_await daemon::contain(intake.begin(message));
    if (fault) {
        session.assembler().refuse_literal();
        std::rethrow_exception(fault);
    }
    if (message.literal.synchronising) imap::append_continuation(session.out(), "go on");
    session.assembler().literal_streamed();
    const bool whole = co_await intake.take();
    if (!whole) co_return Reply::no("UNAVAILABLE", "not kept");
    co_return std::nullopt;
}

/// All messages of the command, the first of which is announced.
Task<Reply> append_by(Intake& intake, Session& session, imap::AppendMessage message) {
    for (;;) {
        auto refused = refusal(intake, session, message);
        std::exception_ptr unknown;
        if (!refused) {
            const auto fault = co_await daemon::contain(intake.make_room(message.literal.size));
            unknown = fault;
        }
        if (!refused && !intake.has_room()) refused = over_quota();
        if (unknown || refused) session.assembler().refuse_literal();
        if (unknown) std::rethrow_exception(unknown);
        if (refused) co_return *std::move(refused);
        auto over = co_await take_message(intake, session, message);
        if (over) co_return *std::move(over);
        const auto behind = co_await read_behind(session);
        if (behind == Behind::no_client) co_return Reply::no("UNAVAILABLE", "not kept");
        if (behind == Behind::garbage) co_return Reply::bad("a message, or nothing, is expected behind a message");
        const auto added = co_await daemon::contain(intake.add());
        if (added || intake.has_nul() || intake.unencodable() || !intake.has_room()) {
            if (behind == Behind::message) session.assembler().refuse_literal();
            if (added) std::rethrow_exception(added);
            if (!intake.has_room()) co_return over_quota();
            if (intake.has_nul()) co_return Reply::bad("a message holds no NUL");  // RFC 3501 §9, CHAR8
            co_return Reply::no("UNKNOWN-CTE", "NUL in a header, or around the parts of a message");
        }
        if (behind == Behind::nothing) break;
        auto next = imap::parse_next_message(session.assembler().tail());
        if (!next) {
            session.assembler().refuse_literal();
            co_return Reply::bad(next.error());
        }
        message = *std::move(next);
    }
    auto reply = co_await intake.place();
    co_return reply;
}

Task<Reply> append_to(Intake& intake, Session& session, const imap::Append& asked) {
    const auto fault = co_await daemon::contain(intake.open(asked.mailbox));
    if (fault || !intake.has_mailbox()) session.assembler().refuse_literal();
    if (fault) std::rethrow_exception(fault);
    if (!intake.has_mailbox()) co_return no_mailbox(asked.mailbox);
    auto reply = co_await append_by(intake, session, asked.message);
    co_return reply;
}

}  // namespace

Task<Reply> append(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Append>(command.arguments);
    Intake intake(session);
    std::optional<Reply> reply;
    std::exception_ptr over;
    try {
        reply = co_await append_to(intake, session, asked);
    } catch (...) {
        over = std::current_exception();
    }
    co_await intake.drop();
    if (over && is_gone(over)) co_return no_mailbox(asked.mailbox);
    if (over) std::rethrow_exception(over);
    co_return std::move(*reply);
}

}  // namespace md::mdimapd
