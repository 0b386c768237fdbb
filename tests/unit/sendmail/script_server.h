// tests/unit/sendmail/script_server.h - a server on a Unix socket that says what a test wants, and keeps what it takes
//
// CONTRACT
//   One connection after the other, in a thread of its own. Without a rule for a command it agrees. Ends with the
//   object, whose socket and folder vanish.
#pragma once

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"

namespace md::sendmail {

class ScriptServer {
  public:
    /// The first rule left whose command begins the client's is used, once unless `forever`. "." is the final dot,
    /// "CONNECT" the greeting. An empty reply closes the connection.
    struct Rule {
        std::string command;
        std::string reply;
        bool forever = false;
    };

    explicit ScriptServer(std::vector<Rule> rules);
    ~ScriptServer();
    ScriptServer(const ScriptServer&) = delete;
    ScriptServer& operator=(const ScriptServer&) = delete;

    [[nodiscard]] std::string path() const { return folder_ + "/s"; }
    /// Ends it. How often each recipient was given the message.
    std::map<std::string, int> copies();
    /// Ends it. The commands of all connections.
    std::vector<std::string> commands();

  private:
    void serve();
    void talk(Fd fd);
    std::string reply_to(const std::string& command);
    void end();

    std::vector<Rule> rules_;
    std::string folder_;
    Fd listener_;
    std::vector<std::string> envelope_;
    std::map<std::string, int> copies_;
    std::vector<std::string> commands_;
    std::thread thread_;
};

}  // namespace md::sendmail
