// mdimapd/append.cc - APPEND (RFC 3501 §6.3.11)
//
// CONTRACT
//   Runs when its literal is announced, and takes it from the stream into a file of the mailbox piece by piece. What
//   can be known before is answered before: a client that waits for "+" then sends nothing. OK means on disk. After a
//   failure the rest of the message is read and dropped, so that the next command is found.

#include <algorithm>
#include <optional>

#include "async/loop.h"
#include "daemon/contain.h"
#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

using async::Task;
using imap::Assembler;

namespace opt = config::opt;

namespace {

/// The account's bounds on its mail. One look-up on the pool.
store::QuotaLimits quota_of(const accounts::Directory& directory, const std::string& account) {
    const auto name = accounts::parse_name(account);
    if (!name) return {};
    const auto found = directory.find(*name);
    if (!found) throw std::runtime_error("quota of " + account + ": " + found.error().text);
    if (!*found) return {};
    return {(**found).quota_bytes, (**found).quota_messages};
}

/// The message on its way from the stream into the mailbox.
class Intake {
  public:
    Intake(Session& session, std::uint64_t size) : session_(session), left_(size) {}

    Task<void> begin(std::string folder) {
        auto job = [this, &folder] {
            mailbox_ = open_folder(session_.account(), folder);
            if (!mailbox_) return;
            quota_ = quota_of(session_.services().directory, session_.account_name());
            writer_.emplace(mailbox_->start_message());
        };
        co_await async::offload(session_.services().pool, job);
    }
    [[nodiscard]] bool has_mailbox() const noexcept { return mailbox_ != nullptr; }

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
            has_nul_ = has_nul_ || piece.find('\0') != std::string_view::npos;
            if (!fault_) fault_ = co_await daemon::contain(write(piece));
            left_ -= piece.size();
            stream.consume(piece.size());
        }
        co_return true;
    }

    [[nodiscard]] bool has_nul() const noexcept { return has_nul_; }

    /// Durable on return.
    Task<Reply> place(const imap::Append& asked, std::int64_t now) {
        if (fault_) std::rethrow_exception(fault_);
        const auto flags = stored_flags(asked.flags.bits);
        const auto date = asked.date ? asked.date->seconds : now;
        auto keywords = keyword_list(asked.flags.keywords);
        auto job = [&] { return mailbox_->append(std::move(*writer_), date, flags, std::move(keywords), quota_); };
        const auto placed = co_await async::offload(session_.services().pool, job);
        if (!placed) co_return Reply::no("OVERQUOTA", "the account is full");
        co_return Reply::ok("APPEND done");
    }

    /// What was not placed is removed, on the pool: its file's end is a file call like any other.
    Task<void> drop() {
        auto job = [this] { writer_.reset(); };
        co_await async::offload(session_.services().pool, job);
    }

  private:
    Task<void> write(std::string_view piece) {
        auto job = [this, piece] { writer_->write(piece); };
        co_await async::offload(session_.services().pool, job);
    }

    Session& session_;
    std::shared_ptr<store::Mailbox> mailbox_;
    std::optional<store::MessageWriter> writer_;
    std::uint64_t left_;
    store::QuotaLimits quota_;
    bool has_nul_ = false;
    std::exception_ptr fault_;
};

/// What stands behind the message on its line: nothing. None: the session ends.
Task<std::optional<bool>> line_ends(Session& session) {
    auto& assembler = session.assembler();
    for (;;) {
        switch (session.feed()) {
            case Assembler::Event::need_more: {
                const bool more = co_await session.more_input();
                if (!more) co_return std::nullopt;
                break;
            }
            case Assembler::Event::command: co_return assembler.tail().text.empty();
            case Assembler::Event::literal: assembler.refuse_literal(); break;
            case Assembler::Event::refused: co_return false;
            case Assembler::Event::flood: session.bye("LIMIT", "too much data"); co_return std::nullopt;
        }
    }
}

Task<Reply> append_by(Intake& intake, Session& session, const imap::Append& asked) {
    auto& assembler = session.assembler();
    const auto fault = co_await daemon::contain(intake.begin(asked.mailbox));
    if (fault || !intake.has_mailbox()) assembler.refuse_literal();
    if (fault) std::rethrow_exception(fault);
    if (!intake.has_mailbox()) co_return Reply::no("TRYCREATE", "no such mailbox");

    if (asked.message.synchronising) imap::append_continuation(session.out(), "go on");
    assembler.literal_streamed();
    const bool whole = co_await intake.take();
    if (!whole) co_return Reply::no("UNAVAILABLE", "not kept");
    const auto ends = co_await line_ends(session);
    if (!ends) co_return Reply::no("UNAVAILABLE", "not kept");
    if (!*ends) co_return Reply::bad("one message, and nothing behind it");
    if (intake.has_nul()) co_return Reply::bad("a message holds no NUL");  // RFC 3501 §9, CHAR8
    const auto now = unix_seconds(session.services().clock.now());
    auto reply = co_await intake.place(asked, now);
    co_return reply;
}

}  // namespace

Task<Reply> append(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Append>(command.arguments);
    if (asked.message.size > session.config()[opt::smtp_max_message_size]) {
        session.assembler().refuse_literal();
        co_return Reply::no("TOOBIG", "the message is too large");
    }
    Intake intake(session, asked.message.size);
    std::optional<Reply> reply;
    std::exception_ptr over;
    try {
        reply = co_await append_by(intake, session, asked);
    } catch (...) {
        over = std::current_exception();
    }
    co_await intake.drop();
    if (over) std::rethrow_exception(over);
    co_return std::move(*reply);
}

}  // namespace md::mdimapd
