// mdctl/ask.cc - see ask.h

#include "mdctl/ask.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "async/loop.h"
#include "async/scope.h"
#include "base/error.h"
#include "ipc/client.h"

namespace md::mdctl {

namespace {

using Answer = Result<ipc::Reply, ipc::Unavailable>;

struct Asked {
    const Question& question;
    std::optional<Answer> answer;
};

async::Task<void> ask_in(async::Scope& scope, Asked& asked) {
    ipc::Client client(scope, asked.question.socket);
    auto payload = asked.question.request.dump();
    auto answer = co_await client.call(asked.question.type, std::move(payload), asked.question.patience);
    asked.answer.emplace(std::move(answer));
}

}  // namespace

bool somebody_listens(const std::string& socket_path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_path.size() >= sizeof(address.sun_path)) return false;
    std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
    // A daemon that hangs accepts nobody: when its queue is full, a connect would wait for ever.
    const Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) throw SystemError("socket", socket_path, errno);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return true;
    if (errno == EACCES || errno == EPERM) throw SystemError("connect", socket_path, errno);
    return errno == EAGAIN;
}

Result<ipc::Json, Complaint> ask(const Question& question) {
    if (!somebody_listens(question.socket))
        return fail(Complaint{Exit::no_daemon, question.daemon + " does not run; `mdctl start` starts it"});
    async::Loop loop;
    Asked asked{question, std::nullopt};
    const auto body = [&](async::Scope& scope) { return ask_in(scope, asked); };
    loop.run(async::scoped(body));
    if (!asked.answer || !*asked.answer)
        return fail(Complaint{Exit::again,
                              question.daemon + ": " + (asked.answer ? asked.answer->error().reason : "no answer")});
    auto json = ipc::Json::parse((*asked.answer)->payload);
    if (!json) return fail(Complaint{Exit::again, question.daemon + " gives an answer that is no JSON"});
    return std::move(*json);
}

}  // namespace md::mdctl
