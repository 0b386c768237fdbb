// mdimapd/handlers.h - the commands of IMAP: one table, one file a command
//
// PURPOSE
//   handler_of() finds what runs a verb. proto/imap/command_table.h says which words there are and when they may come;
//   a new command is a row there, a row in handlers.cc, and a file here.
// CONTRACT
//   A handler appends untagged responses to session.out() and returns the tagged one. What the client did wrong is a
//   Reply, a fault of this machine an exception. It tells no changes of the mailbox: the session does, after it.
#pragma once

#include "async/task.h"
#include "mdimapd/reply.h"
#include "mdimapd/session.h"
#include "proto/imap/command.h"

namespace md::mdimapd {

using Handler = async::Task<Reply> (*)(Session& session, imap::Command& command);

[[nodiscard]] Handler handler_of(imap::Verb verb) noexcept;

async::Task<Reply> append(Session& session, imap::Command& command);
async::Task<Reply> authenticate(Session& session, imap::Command& command);
async::Task<Reply> capability(Session& session, imap::Command& command);
async::Task<Reply> check(Session& session, imap::Command& command);
async::Task<Reply> close(Session& session, imap::Command& command);
async::Task<Reply> compress(Session& session, imap::Command& command);
async::Task<Reply> copy(Session& session, imap::Command& command);  ///< MOVE, too
async::Task<Reply> enable(Session& session, imap::Command& command);
async::Task<Reply> create(Session& session, imap::Command& command);
async::Task<Reply> expunge(Session& session, imap::Command& command);
async::Task<Reply> fetch(Session& session, imap::Command& command);
async::Task<Reply> get_quota(Session& session, imap::Command& command);
async::Task<Reply> get_quota_root(Session& session, imap::Command& command);
async::Task<Reply> id(Session& session, imap::Command& command);
async::Task<Reply> idle(Session& session, imap::Command& command);
async::Task<Reply> list(Session& session, imap::Command& command);
async::Task<Reply> login(Session& session, imap::Command& command);
async::Task<Reply> logout(Session& session, imap::Command& command);
async::Task<Reply> lsub(Session& session, imap::Command& command);
async::Task<Reply> name_space(Session& session, imap::Command& command);
async::Task<Reply> noop(Session& session, imap::Command& command);
async::Task<Reply> remove_mailbox(Session& session, imap::Command& command);
async::Task<Reply> rename(Session& session, imap::Command& command);
async::Task<Reply> search(Session& session, imap::Command& command);
async::Task<Reply> select(Session& session, imap::Command& command);  ///< EXAMINE, too
async::Task<Reply> sort(Session& session, imap::Command& command);
async::Task<Reply> set_quota(Session& session, imap::Command& command);
async::Task<Reply> start_tls(Session& session, imap::Command& command);
async::Task<Reply> subscribe(Session& session, imap::Command& command);  ///< UNSUBSCRIBE, too
async::Task<Reply> status(Session& session, imap::Command& command);
async::Task<Reply> change_flags(Session& session, imap::Command& command);
async::Task<Reply> thread(Session& session, imap::Command& command);
async::Task<Reply> unselect(Session& session, imap::Command& command);

}  // namespace md::mdimapd
