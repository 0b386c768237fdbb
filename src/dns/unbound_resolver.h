// dns/unbound_resolver.h - the resolver of every daemon: libunbound, with its cache and its validation
//
// PURPOSE
//   One context a process, working in one thread of its own; its answers come through a descriptor into the loop on
//   which the resolver was made. Without servers it asks the name servers of the domains itself, from the root on.
// CONTRACT
//   Belongs to one Loop, outlives all questions, and is made in the process that uses it, never before a fork: the
//   first question starts the thread. At most `in_flight` questions are with the library; further ones wait their turn
//   until their deadlines. A reload makes a new one. The library's own messages are not shown; each failure says why.
// ERRORS
//   The constructor throws SystemError: trust anchors that cannot be read, no memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/fd_watch.h"
#include "base/error.h"
#include "dns/resolver.h"

struct ub_ctx;

namespace md::config {
class Config;
}

namespace md::dns {

struct UnboundSettings {
    std::vector<std::string>
        servers;                ///< "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53"; none: recursion from the root
    std::string trust_anchors;  ///< file; empty: nothing is validated
    std::chrono::milliseconds timeout{8000};  ///< of one question
    std::size_t in_flight = 1000;
};

[[nodiscard]] UnboundSettings unbound_settings(const config::Config& config);

/// For what may go on without validation: where the trust anchors cannot be used, `told` is called and nothing is
/// validated. SystemError: no memory.
[[nodiscard]] std::unique_ptr<Resolver> make_lenient_resolver(const config::Config& config,
                                                              const std::function<void(const SystemError&)>& told);

class UnboundResolver final : public Resolver {
  public:
    explicit UnboundResolver(const UnboundSettings& settings);
    ~UnboundResolver() override;

  protected:
    async::Task<Looked<std::string>> ask(Type type, std::string name, async::Deadline deadline) override;

  private:
    class Question;
    struct Delete {
        void operator()(ub_ctx* context) const noexcept;
    };

    /// Takes a place among those in flight; false: none was free until the deadline.
    async::Task<bool> enter(async::Deadline deadline);
    void leave() noexcept;

    std::unique_ptr<ub_ctx, Delete> context_;
    async::FdCallback answers_;
    std::chrono::milliseconds timeout_;
    std::size_t free_;
    async::WaitPoint place_free_;
};

}  // namespace md::dns
