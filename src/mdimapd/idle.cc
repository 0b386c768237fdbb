// mdimapd/idle.cc - IDLE (RFC 2177)
//
// CONTRACT
//   A wake-up of the mailbox is looked at at once, and it is looked at every 30 s anyway, for a wake-up may be lost.
//   Ends with the client's DONE; anything else is BAD.

#include <algorithm>
#include <chrono>

#include "async/loop.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

using async::Task;
using async::Woken;
using imap::Assembler;

namespace {

constexpr auto kLookEvery = std::chrono::seconds(30);

enum class Heard : std::uint8_t { client, silence, stop, mailbox_gone };

/// Waits for the client, and tells what happens in the mailbox meanwhile.
Task<Heard> wait_beside_mailbox(Session& session, async::Deadline until) {
    auto& selected = session.selected();
    for (;;) {
        if (session.entry().ending().is_set()) co_return Heard::stop;
        const bool there = co_await selected.tell(store::Expunges::tell, session.dialect(), session.out());
        if (!there) co_return Heard::mailbox_gone;
        session.push();
        const auto look = std::min(until, async::after(kLookEvery));
        const auto woken = co_await session.stream().wait_input(selected.changed().point(), look);
        if (woken == Woken::first) co_return Heard::client;
        if (woken == Woken::timed_out && look == until) co_return Heard::silence;
    }
}

/// Waits for more of the client's line. False: the session ends.
Task<bool> wait_for_client(Session& session, async::Deadline until) {
    if (!session.is_selected()) {
        const bool more = co_await session.more_input();
        co_return more;
    }
    const auto heard = co_await wait_beside_mailbox(session, until);
    switch (heard) {
        case Heard::client: co_return true;
        case Heard::silence: session.say_goodbye(Woken::timed_out); break;
        case Heard::stop: session.say_goodbye(Woken::second); break;
        case Heard::mailbox_gone: break;  // the session tells it, as after every command
    }
    co_return false;
}

}  // namespace

Task<Reply> idle(Session& session, imap::Command&) {
    imap::append_continuation(session.out(), "idling");
    session.assembler().expect_line();
    const auto until = session.deadline();
    for (;;) {
        const auto event = session.feed();
        if (event == Assembler::Event::command) break;
        if (event != Assembler::Event::need_more) co_return Reply::bad("DONE expected");
        const bool more = co_await wait_for_client(session, until);
        if (!more) co_return Reply::ok("IDLE ended");
    }
    if (!imap::is_done(session.assembler().head().text)) co_return Reply::bad("DONE expected");
    co_return Reply::ok("IDLE done");
}

}  // namespace md::mdimapd
