// dns/resolver.h - asks the DNS
//
// PURPOSE
//   One question a call, for a coroutine: `const auto answer = co_await resolver.mx(domain, deadline);`. Behind it
//   stands libunbound (unbound_resolver.h), or in tests a table.
// CONTRACT
//   "There is none" and "could not ask" are different values: an Answer says found, no_data (the name exists, but no
//   such record) or no_name (NXDOMAIN); whatever else happened is a LookupFailure, and apart from not_a_name one that
//   may pass. Aliases are followed; canonical_name is where they led. `secure` says that the whole answer, or the proof
//   that there is none, was validated from a trust anchor on; an answer that should have been and was not (bogus) is a
//   failure. At most kMostRecords of an answer are kept (of MX the best ones). A record whose form is not that of its
//   type is left out; if all are so, the look-up has failed.
//   Names are taken as people write them (name.h). A call ends at its deadline or after Resolver's own time, whichever
//   is first; cancelling who awaits it ends it at once. Never blocks the loop.
// RFC
//   1034, 1035, 2308 (negative answers), 4033 §5 (secure, insecure, bogus), 5321 §5.1 (order of MX)
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "async/task.h"
#include "async/wait.h"
#include "base/address.h"
#include "base/result.h"
#include "dns/rdata.h"

namespace md::dns {

inline constexpr std::size_t kMostRecords = 100;

enum class Outcome : std::uint8_t { found, no_data, no_name };

template <class Record>
struct Answer {
    Outcome outcome = Outcome::no_name;
    bool secure = false;
    std::chrono::seconds ttl{0};
    std::string canonical_name;
    std::vector<Record> records;  ///< at least one if found, else none

    [[nodiscard]] bool found() const noexcept { return outcome == Outcome::found; }
};

enum class Trouble : std::uint8_t {
    not_a_name,     ///< nothing was asked; asking again is of no use
    timed_out,      ///< no answer until the deadline
    bogus,          ///< DNSSEC says that the answer was tampered with, or the zone is broken
    server_failed,  ///< SERVFAIL, REFUSED, or no server could be reached
    malformed,      ///< no record has the form of its type
    unavailable,    ///< our own resolver failed
};

[[nodiscard]] std::string_view name(Trouble trouble) noexcept;

struct LookupFailure {
    Trouble trouble = Trouble::unavailable;
    std::string detail;  ///< for the log: "MX example.org: SERVFAIL"
};

template <class Record>
using Looked = Result<Answer<Record>, LookupFailure>;

class Resolver {
  public:
    Resolver() = default;
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    virtual ~Resolver() = default;

    async::Task<Looked<IpAddress>> a(std::string host, async::Deadline deadline);
    async::Task<Looked<IpAddress>> aaaa(std::string host, async::Deadline deadline);
    /// By preference, then by name: who connects mixes those of one preference (RFC 5321 §5.1).
    async::Task<Looked<Mx>> mx(std::string domain, async::Deadline deadline);
    async::Task<Looked<std::string>> txt(std::string name, async::Deadline deadline);
    async::Task<Looked<std::string>> ptr(IpAddress address, async::Deadline deadline);
    /// `name` is the whole of it: "_25._tcp.mail.example.org".
    async::Task<Looked<Tlsa>> tlsa(std::string name, async::Deadline deadline);

  protected:
    /// The records' data as it is on the wire; `name` is a query name.
    virtual async::Task<Looked<std::string>> ask(Type type, std::string name, async::Deadline deadline) = 0;

    [[nodiscard]] static LookupFailure failure(Trouble trouble, Type type, std::string_view name,
                                               std::string_view why = {});

  private:
    template <class Record>
    async::Task<Looked<Record>> look_up(Type type, std::string name, async::Deadline deadline,
                                        std::optional<Record> (*read)(std::string_view));
};

}  // namespace md::dns
