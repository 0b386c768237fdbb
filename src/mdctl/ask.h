// mdctl/ask.h - asks a running daemon, and waits for its answer
#pragma once

#include <chrono>
#include <string>

#include "ipc/json.h"
#include "mdctl/context.h"

namespace md::mdctl {

struct Question {
    std::string daemon;  ///< "mdqueue": for the complaint
    std::string socket;  ///< path
    std::uint16_t type = 0;
    ipc::Json request = ipc::Json::object();
    std::chrono::milliseconds patience = std::chrono::seconds(5);
};

/// The answer. 69: nobody is there; 75: it refused, or did not answer in time.
[[nodiscard]] Result<ipc::Json, Complaint> ask(const Question& question);

/// Does a process listen there?
[[nodiscard]] bool somebody_listens(const std::string& socket);

}  // namespace md::mdctl
