// dialogue/mail_world.h - mailboxes, logins and a configuration, as IMAP and POP3 sessions use them
//
// PURPOSE
//   A real store in the scratch folder, with the accounts bob, alice, small (1,000 octets of quota), few (2 messages of
//   quota), frozen and busy at example.org; the password of each is "secret". What a script does beside its sessions is
//   done by another Store on the same folder, as another process would.
// STEPS
//   MAILDROP "one" "two"           bob's INBOX gets these messages ("Subject: one", and "one" as its body)
//   MESSAGE account [folder]       one message: the block's lines
//   FOLDER account name            a folder
//   EXPUNGE account folder         another process removes all of the folder's messages
//   FLAG account folder \Seen      another process sets a flag on all of its messages
//   UNTOLD step …                  as the step, but nobody is woken
//   SOON step …                    as the step, tried for 2 s: what the server does of its own accord needs a moment
//   DROP account folder            a program that knows nothing of us puts the block into the folder's new/
//   TAKE account folder            and one takes all files from the folder's new/ and cur/
//   NAMES account folder pattern   each file in the folder's cur/ is named so
//   EMPTY account folder           the files of the folder's messages lose what was in them
//   and those of parts.h
#pragma once

#include "async/worker_pool.h"
#include "base/ids.h"
#include "dialogue/parts.h"
#include "store/account.h"
#include "store/store.h"
#include "store/wake.h"

namespace md::dialogue {

class MailWorld : public World {
  public:
    MailWorld(const Surroundings& surroundings, std::string_view protocol);
    ~MailWorld() override;

    async::Task<std::string> act(std::string word, std::vector<std::string> arguments,
                                 std::vector<std::string> block) override;

  protected:
    StandingClock clock_;
    Disk disk_;
    Files& files_;
    bool told_ = true;
    Passwords passwords_;
    std::string folder_;
    config::ConfigPointer config_;
    Sessions sessions_;
    async::WorkerPool pool_;
    store::WakeSender sender_;
    store::Store store_;   ///< the sessions'
    store::Store beside_;  ///< another process's

  private:
    using Words = std::vector<std::string>;
    std::string deliver(const std::string& account, const std::string& folder, const std::string& message);
    std::string maildrop(const Words& arguments);
    std::string message(const Words& arguments, const Words& block);
    std::string make_folder(const Words& arguments);
    std::string expunge(const Words& arguments);
    std::string set_flag(const Words& arguments);
    std::string untold(const Words& arguments, const Words& block);
    std::string drop(const Words& arguments, const Words& block);
    std::string take(const Words& arguments);
    std::string names(const Words& arguments);
    std::string empty(const Words& arguments);
    async::Task<std::string> soon(Words arguments, Words block);
    std::string act_now(const std::string& word, const Words& arguments, const Words& block);
    QueueIdMaker ids_;
    unsigned dropped_ = 0;
};

}  // namespace md::dialogue
