// dialogue/parts.cc - see parts.h

#include "dialogue/parts.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

#include "accounts/password.h"
#include "auth/scram.h"
#include "base/strings.h"

namespace md::dialogue {

using async::Task;

namespace {

struct OperationRow {
    std::string_view name;
    test::Operation operation;
};
constexpr std::array kOperations{
    OperationRow{"open", test::Operation::open},     OperationRow{"create", test::Operation::create},
    OperationRow{"read", test::Operation::read},     OperationRow{"write", test::Operation::write},
    OperationRow{"sync", test::Operation::sync},     OperationRow{"sync_data", test::Operation::sync_data},
    OperationRow{"rename", test::Operation::rename}, OperationRow{"link", test::Operation::link},
    OperationRow{"list", test::Operation::list},
};

int code_of(std::string_view name) {
    return name == "ENOSPC" ? ENOSPC : name == "EROFS" ? EROFS : EIO;
}

constexpr std::string_view kSalt = "salt of all here";
constexpr unsigned kIterations = 4096;

auth::Verdict judge(std::string_view account, bool right) {
    const auto at = account.find('@');
    if (at == std::string_view::npos || account.substr(at + 1) != kDomain) return auth::Verdict::wrong;
    const auto user = account.substr(0, at);
    if (user == "busy") return auth::Verdict::unavailable;
    if (!right) return auth::Verdict::wrong;
    if (user == "frozen") return auth::Verdict::refused;
    return user == "bob" || user == "alice" || user == "small" || user == "few" ? auth::Verdict::accepted
                                                                                : auth::Verdict::wrong;
}

auth::Verified answer(const std::string& account, bool right) {
    const auto verdict = judge(account, right);
    return {verdict, verdict == auth::Verdict::accepted ? account : std::string()};
}

}  // namespace

config::ConfigPointer read_config(const Surroundings& surroundings) {
    std::string text = "hostname = \"mail.example.org\"\n";
    if (surroundings.config.find("store.default_folders") == std::string::npos) text += "store.default_folders = []\n";
    text += surroundings.config;
    auto loaded = config::load_text(text, "mdmail.conf");
    if (loaded) return *loaded;
    std::string faults;
    for (const auto& fault : loaded.error()) faults += fault.text + "\n";
    throw std::runtime_error(faults);
}

Task<auth::Verified> Passwords::verify(auth::Login login) {
    co_return answer(login.account, login.password == "secret");
}

Task<auth::ScramSalt> Passwords::scram_salt(auth::ScramQuestion) {
    co_return auth::ScramSalt(std::string(kSalt), kIterations);
}

Task<auth::ScramVerified> Passwords::scram_verify(auth::ScramProof proof) {
    const auto& scheme = proof.login.scheme;
    const auto verifier = accounts::scram_verifier(scheme, "secret", kSalt, kIterations);
    const auto keys = auth::read_scram_keys(scheme, verifier).value();
    const bool right = auth::scram_proof_is_right(scheme, keys, proof.auth_message, proof.proof);
    co_return auth::ScramVerified(answer(proof.login.account, right),
                                  auth::scram_server_signature(scheme, keys, proof.auth_message));
}

std::string Disk::fail(const std::vector<std::string>& arguments) {
    if (!faulty_) return "DISK faulty is missing";
    if (arguments.size() < 2) return "operation and code are missing";
    const auto* row =
        std::find_if(kOperations.begin(), kOperations.end(), [&](const auto& r) { return r.name == arguments[0]; });
    if (row == kOperations.end()) return "no such operation: " + arguments[0];
    const auto times = arguments.size() > 2 ? parse_number<std::uint64_t>(arguments[2]).value_or(1) : UINT64_MAX;
    memory_.fail_operation(row->operation, code_of(arguments[1]), times);
    return "";
}

Sessions::Sessions(const Surroundings& surroundings, const config::Config& config, std::string_view protocol)
    : ending_(surroundings.stopping),
      protocol_(protocol),
      most_(static_cast<std::uint64_t>(config[config::opt::limits_sessions_per_account])),
      row_(table_.take_row().value()) {}

daemon::SessionEntry Sessions::entry(const net::Stream& stream) {
    return {"session", protocol_, stream, ending_, daemon::AccountLimit(table_, row_, most_)};
}

Task<std::string> Sessions::kill() {
    auto request = ipc::Json().set("request", "kill");
    const auto answer = co_await book_.answer(std::move(request));
    co_return answer.integer("left") == 0 ? "" : "a session does not end";
}

Step step(Step::Kind kind, std::string text) {
    Step out;
    out.kind = kind;
    out.text = std::move(text);
    out.waits = true;
    return out;
}

}  // namespace md::dialogue
