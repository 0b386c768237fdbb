// daemon/auth_role.cc - see auth_role.h

#include "daemon/auth_role.h"

#include "auth/password_verifier.h"
#include "auth/protocol.h"
#include "base/encoding.h"
#include "daemon/child.h"
#include "daemon/trees.h"
#include "ipc/server.h"

namespace md::daemon {

using async::Task;
using ipc::Reply;

namespace opt = config::opt;

namespace {

auth::VerifierSettings settings(const config::Config& config) {
    auth::VerifierSettings out;
    out.cache_time = config[opt::auth_cache_time];
    out.failure_delay = config[opt::auth_failure_delay];
    out.address_failures = static_cast<std::uint64_t>(config[opt::auth_address_failures]);
    out.account_failures = static_cast<std::uint64_t>(config[opt::auth_account_failures]);
    out.failure_time = config[opt::auth_failure_time];
    out.scram_iterations = static_cast<std::uint32_t>(config[opt::auth_scram_iterations]);
    return out;
}

Task<Reply> answer(auth::PasswordVerifier& verifier, ipc::Call call) {
    auto login = auth::decode_login(call.payload);
    wipe(call.payload);
    if (!login) co_return Reply::refused("no login");
    const auto verified = co_await verifier.verify(std::move(*login));
    co_return Reply(auth::encode(verified));
}

Task<Reply> give_salt(auth::PasswordVerifier& verifier, ipc::Call call) {
    auto question = auth::decode_scram_question(call.payload);
    if (!question) co_return Reply::refused("no beginning of SCRAM");
    const auto salt = co_await verifier.scram_salt(std::move(*question));
    co_return Reply(auth::encode(salt));
}

Task<Reply> check_proof(auth::PasswordVerifier& verifier, ipc::Call call) {
    auto proof = auth::decode_scram_proof(call.payload);
    if (!proof) co_return Reply::refused("no proof of SCRAM");
    const auto verified = co_await verifier.scram_verify(std::move(*proof));
    co_return Reply(auth::encode(verified));
}

}  // namespace

Task<void> run_auth(Child& child) {
    const auto& config = child.config();
    const accounts::FileDirectory directory(real_files(), account_places(config));
    const accounts::Secrets secrets(real_files(), config[opt::paths_secrets]);
    auth::PasswordVerifier verifier(directory, secrets, child.pool(), settings(config), child.log());
    ipc::Server server("auth", child.peers({"mdsmtpd", "mdmail"}), child.log());
    server.on(auth::kVerify, [&verifier](ipc::Call call) { return answer(verifier, std::move(call)); });
    server.on(auth::kScramSalt, [&verifier](ipc::Call call) { return give_salt(verifier, std::move(call)); });
    server.on(auth::kScramVerify, [&verifier](ipc::Call call) { return check_proof(verifier, std::move(call)); });
    child.ready();
    const auto name = auth::socket_name(child.daemon());
    co_await server.serve(child.internal_socket(name), child.retiring().point());
}

}  // namespace md::daemon
