// dialogue/scripted_filter.h - the filter of the SMTP scripts: a milter on a socket that says what a script wants
//
// PURPOSE
//   Listens where mdfilterd would, speaks the milter protocol by milter::serve(), keeps each step that it was shown.
// STEPS
//   FILTER stage kind [reply]      its answer at a stage (connect, helo, mail, rcpt, data, header, eoh, body, end), or
//                                  at exactly this step ("rcpt <bob@example.org>"): proceed, accept, reject, temp_fail,
//                                  discard, or silent: none at all
//   FILTER outcome what …          at the end: add name value; insert place name value; change place name value;
//                                  body text; from address; addrcpt address; delrcpt address; quarantine reason;
//                                  verdict number action [reason]
//   FILTER forget                  it is content with everything again
//   FILTER away, FILTER back       nobody listens, and who was connected is so no more; somebody does again
//   SEEN pattern                   it was shown such a step, which with those before it is forgotten
//   UNSEEN pattern                 it was not, since the last SEEN
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "milter/server.h"
#include "net/listener.h"

namespace md::dialogue {

/// What all its connections share.
struct FilterScript {
    std::map<std::string, milter::Answer> answers;
    std::set<std::string> silent;
    milter::Outcome outcome;
    std::deque<std::string> steps;
};

class FilterHouse {
  public:
    explicit FilterHouse(std::string path) : path_(std::move(path)) {}

    async::Task<void> run(async::Scope& scope);

    /// The steps above; what is wrong with one, empty: done.
    async::Task<std::string> act(std::vector<std::string> arguments);
    [[nodiscard]] std::string seen(const std::string& pattern);
    [[nodiscard]] std::string unseen(const std::string& pattern) const;

  private:
    async::Task<void> listen(async::Scope& scope);
    async::Task<void> serve(net::Stream* stream);
    std::string set_answer(const std::vector<std::string>& arguments);
    std::string set_outcome(const std::vector<std::string>& arguments);
    void go_away();

    std::string path_;
    FilterScript script_;
    Fd listening_;
    async::Signal away_;
    async::Signal back_;
    std::vector<std::unique_ptr<net::Stream>> streams_;
};

}  // namespace md::dialogue
