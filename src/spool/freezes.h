// spool/freezes.h - what an administrator has stopped: whole queues, mail for a domain, mail of a sender
//
// PURPOSE
//   Persists over restarts; the manager asks it before each try, mdctl changes it through the manager, or by itself
//   while that is down.
// CONTRACT
//   load() and change() block. A line that cannot be read is passed over: a later release wrote it.
// FORMAT
//   <spool>/frozen, doc/formats/envelope.md
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "spool/envelope.h"

namespace md::spool {

class Freezes {
  public:
    enum class Kind : std::uint8_t { queue, domain, sender };
    using Rule = std::pair<Kind, std::string>;  ///< values in lower case
    using Rules = std::set<Rule>;

    explicit Freezes(std::string path) : path_(std::move(path)) {}

    void load(Files& files);
    /// false: it was so already. Durable.
    bool change(Files& files, const Rule& rule, bool frozen);
    /// The same in its parts, for who reads on another thread than it writes: what the rules would be (none: it is so
    /// already), their file, and that they are so now.
    [[nodiscard]] std::optional<Rules> changed(const Rule& rule, bool frozen) const;
    void write(Files& files, const Rules& rules) const;
    void set(Rules rules) { rules_ = std::move(rules); }

    [[nodiscard]] bool has(Kind kind, std::string_view value) const;
    /// Its sender, or the recipient's domain.
    [[nodiscard]] bool stops(const Envelope& envelope, std::string_view recipient) const;
    [[nodiscard]] bool empty() const noexcept { return rules_.empty(); }
    [[nodiscard]] const Rules& rules() const noexcept { return rules_; }

  private:
    std::string path_;
    Rules rules_;
};

[[nodiscard]] std::string_view name(Freezes::Kind kind) noexcept;
[[nodiscard]] std::optional<Freezes::Kind> parse_freeze(std::string_view text) noexcept;

}  // namespace md::spool
