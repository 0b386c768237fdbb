// dns/unbound_resolver.cc - see unbound_resolver.h

#include "dns/unbound_resolver.h"

#include <unbound.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "async/loop.h"
#include "base/error.h"
#include "config/config.h"
#include "config/options.h"

namespace md::dns {

using async::Deadline;
using async::Task;
using async::Wait;
using async::Woken;

namespace {

constexpr int kClassIn = 1;
constexpr int kNoError = 0;
constexpr int kNameError = 3;

struct FreeResult {
    void operator()(ub_result* result) const noexcept { ub_resolve_free(result); }
};
using ResultPointer = std::unique_ptr<ub_result, FreeResult>;

void check(int code, const char* operation, const std::string& subject = "") {
    if (code == UB_NOERROR) return;
    throw SystemError(operation, subject + " (" + ub_strerror(code) + ")", code == UB_NOMEM ? ENOMEM : EINVAL);
}

/// "ADDRESS:PORT" as libunbound wants it: "ADDRESS@PORT".
std::string forward_address(const std::string& server) {
    if (IpAddress::parse(server)) return server;
    const auto colon = server.rfind(':');
    auto host = server.substr(0, colon);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    return host + "@" + server.substr(colon + 1);
}

ub_ctx* make_context() {
    auto* context = ub_ctx_create();
    if (context == nullptr) throw SystemError("ub_ctx_create", "", ENOMEM);
    return context;
}

/// Options and anchors come before the first change of a zone: that one fixes them, and says whether they can be used.
void set_up(ub_ctx* context, const UnboundSettings& settings) {
    const auto set = [context](const char* option, const char* value) {
        check(ub_ctx_set_option(context, option, value), "ub_ctx_set_option", option);
    };
    check(ub_ctx_debugout(context, nullptr), "ub_ctx_debugout");
    check(ub_ctx_async(context, 1), "ub_ctx_async");
    // A server that was away is looked at now and then, instead of being left alone for a quarter of an hour.
    set("infra-keep-probing:", "yes");
    if (!settings.servers.empty()) {
        // A resolver of this site may know private networks and stand on this machine.
        set("unblock-lan-zones:", "yes");
        set("do-not-query-localhost:", "no");
    }
    if (settings.trust_anchors.empty()) {
        set("module-config:", "iterator");
    } else {
        check(ub_ctx_add_ta_file(context, settings.trust_anchors.c_str()), "ub_ctx_add_ta_file",
              settings.trust_anchors);
    }
    for (const auto& server : settings.servers)
        check(ub_ctx_set_fwd(context, forward_address(server).c_str()), "ub_ctx_set_fwd", server);
    // The library answers for "test." by itself, which those who run a zone of that name do not want.
    check(ub_ctx_zone_remove(context, "test."), "ub_ctx_finalize", settings.trust_anchors);
}

Answer<std::string> answer_of(const ub_result& result) {
    Answer<std::string> answer;
    answer.secure = result.secure != 0;
    answer.ttl = std::chrono::seconds(std::max(result.ttl, 0));
    answer.canonical_name = result.canonname != nullptr ? result.canonname : result.qname;
    if (answer.canonical_name.ends_with('.')) answer.canonical_name.pop_back();
    answer.outcome = result.rcode == kNameError ? Outcome::no_name
                     : result.havedata != 0     ? Outcome::found
                                                : Outcome::no_data;
    if (answer.found())
        for (std::size_t i = 0; result.data[i] != nullptr; ++i)
            answer.records.emplace_back(result.data[i], static_cast<std::size_t>(result.len[i]));
    return answer;
}

}  // namespace

UnboundSettings unbound_settings(const config::Config& config) {
    UnboundSettings settings;
    settings.servers = config[config::opt::dns_servers];
    settings.trust_anchors = config[config::opt::dns_trust_anchors];
    settings.timeout = config[config::opt::dns_timeout];
    settings.in_flight = static_cast<std::size_t>(config[config::opt::dns_in_flight]);
    return settings;
}

std::unique_ptr<Resolver> make_lenient_resolver(const config::Config& config,
                                                const std::function<void(const SystemError&)>& told) {
    auto settings = unbound_settings(config);
    try {
        return std::make_unique<UnboundResolver>(settings);
    } catch (const SystemError& failure) {
        if (settings.trust_anchors.empty()) throw;
        told(failure);
    }
    settings.trust_anchors.clear();
    return std::make_unique<UnboundResolver>(settings);
}

/// One question with the library, for as long as it lives there.
class UnboundResolver::Question {
  public:
    explicit Question(UnboundResolver& resolver) : resolver_(resolver) {}
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;
    ~Question() {
        if (asked_ && !answered_.ready()) ub_cancel(resolver_.context_.get(), id_);
        resolver_.leave();
    }

    /// The library's code.
    int send(Type type, const std::string& name) {
        const int code = ub_resolve_async(resolver_.context_.get(), name.c_str(), static_cast<int>(type), kClassIn,
                                          this, on_answer, &id_);
        asked_ = code == UB_NOERROR;
        return code;
    }
    [[nodiscard]] async::WaitPoint& answered() noexcept { return answered_; }
    [[nodiscard]] int code() const noexcept { return code_; }
    [[nodiscard]] const ub_result* result() const noexcept { return result_.get(); }

  private:
    static void on_answer(void* self, int code, ub_result* result) noexcept {
        auto* question = static_cast<Question*>(self);
        question->code_ = code;
        question->result_.reset(result);
        question->answered_.set_ready(true);
    }

    UnboundResolver& resolver_;
    async::WaitPoint answered_;
    ResultPointer result_;
    int id_ = 0;
    int code_ = UB_NOERROR;
    bool asked_ = false;
};

void UnboundResolver::Delete::operator()(ub_ctx* context) const noexcept {
    ub_ctx_delete(context);
}

UnboundResolver::UnboundResolver(const UnboundSettings& settings)
    : context_(make_context()),
      answers_(ub_fd(context_.get()), [context = context_.get()] { ub_process(context); }),
      timeout_(settings.timeout),
      free_(settings.in_flight) {
    set_up(context_.get(), settings);
}

UnboundResolver::~UnboundResolver() = default;

Task<bool> UnboundResolver::enter(Deadline deadline) {
    while (free_ == 0) {
        const auto woken = co_await Wait(place_free_, deadline);
        if (woken == Woken::timed_out) co_return false;
    }
    --free_;
    co_return true;
}

void UnboundResolver::leave() noexcept {
    ++free_;
    place_free_.wake_one();
}

Task<Looked<std::string>> UnboundResolver::ask(Type type, std::string name, Deadline deadline) {
    const auto until = std::min(deadline, async::after(timeout_));
    const auto entered = co_await enter(until);
    if (!entered) co_return fail(failure(Trouble::timed_out, type, name, "too many look-ups at once"));
    Question question(*this);
    if (const int code = question.send(type, name); code != UB_NOERROR)
        co_return fail(failure(Trouble::unavailable, type, name, ub_strerror(code)));
    const auto woken = co_await Wait(question.answered(), until);
    if (woken == Woken::timed_out) co_return fail(failure(Trouble::timed_out, type, name));
    const auto* result = question.result();
    if (question.code() != UB_NOERROR || result == nullptr)
        co_return fail(failure(Trouble::unavailable, type, name, ub_strerror(question.code())));
    // Before anything else of it: what is bogus may say anything (RFC 4033 §5).
    if (result->bogus != 0) {
        const char* why = result->why_bogus != nullptr ? result->why_bogus : "";
        co_return fail(failure(Trouble::bogus, type, name, why));
    }
    if (result->rcode != kNoError && result->rcode != kNameError) {
        const auto why = "rcode " + std::to_string(result->rcode);
        co_return fail(failure(Trouble::server_failed, type, name, why));
    }
    auto answer = answer_of(*result);
    co_return std::move(answer);
}

}  // namespace md::dns
