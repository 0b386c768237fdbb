// mdimapd/copy.cc - COPY, UID COPY (RFC 3501 §6.4.7), MOVE, UID MOVE (RFC 6851), with COPYUID (RFC 4315 §3)
//
// CONTRACT
//   All messages or none; OK means on disk. A number whose message others have expunged gets NO and copies nothing (RFC
//   2180 §4.4); a UID that is not there means nothing. MOVE tells COPYUID before the EXPUNGEs, which the session tells
//   after it (RFC 6851 §4.3).

#include "daemon/contain.h"
#include "mdimapd/account_quota.h"
#include "mdimapd/folders.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

using async::Task;
using store::CopyFailure;
using store::Missing;

namespace {

struct Outcome {
    std::shared_ptr<store::Mailbox> target;  ///< null: there is none
    Result<store::Copied, CopyFailure> copied = store::Copied{};
};

template <class Job>
Task<void> on_pool(Session& session, Job& job) {
    co_await async::offload(session.pool(), job);
}

/// "COPYUID 38505 304,319:320 3956:3958".
std::string copyuid(const store::Copied& copied) {
    std::string code = "COPYUID " + std::to_string(copied.uid_validity) + " ";
    imap::append_ranges(code, wire_ranges(copied.from));
    code += ' ';
    imap::append_ranges(code, wire_ranges(copied.to));
    return code;
}

Reply refusal(CopyFailure failure) {
    if (failure == CopyFailure::over_quota) return Reply::no("OVERQUOTA", "the account is full");
    return Reply::no("EXPUNGEISSUED", "some of the messages are no longer there");
}

}  // namespace

Task<Reply> copy(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Copy>(command.arguments);
    const bool moves = command.verb == imap::Verb::move;
    auto& view = session.selected().view();
    if (moves && view.read_only()) co_return Reply::no("READ-ONLY", "the mailbox is read-only");
    const auto uids = session.selected().uids_of(asked.messages, command.uid);
    if (!uids) co_return Reply::bad("no such message");
    const auto missing = command.uid ? Missing::skip : Missing::refuse;
    Outcome outcome;
    auto job = [&] {
        outcome.target = open_folder(session.account(), asked.mailbox);
        if (!outcome.target) return;
        if (moves) {
            outcome.copied = outcome.target->move_from(view.mailbox(), *uids, missing);
        } else {
            const auto quota = quota_of(session.services().directory, session.account_name());
            outcome.copied = outcome.target->copy_from(view.mailbox(), *uids, missing, quota);
        }
    };
    const auto fault = co_await daemon::contain(on_pool(session, job));
    if (fault && is_gone(fault)) co_return no_mailbox(asked.mailbox);
    if (fault) std::rethrow_exception(fault);
    if (!outcome.target) co_return no_mailbox(asked.mailbox);
    if (!outcome.copied) co_return refusal(outcome.copied.error());
    if (outcome.copied->from.empty()) co_return Reply::ok("nothing to do");
    session.services().upkeep.owe(outcome.target);
    const auto code = copyuid(*outcome.copied);
    if (!moves) co_return Reply::ok(code, "COPY done");
    imap::append_status(session.out(), "*", imap::Condition::ok, code, "moved");
    co_return Reply::ok("MOVE done");
}

}  // namespace md::mdimapd
