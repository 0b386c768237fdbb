// mdctl/command.h - the table of commands: what parsing, help, the manual page and the tests are made of
//
// PURPOSE
//   Each noun is a file that declares its verbs as rows and implements them. Nothing else knows a command.
// CONTRACT
//   A verb returns done or a Complaint, which becomes one line on standard error and the exit code. SystemError may
//   pass: main turns it into a Complaint. Standard output holds what was asked for and nothing else.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace md::mdctl {

/// As sysexits(3) has them; 1: the answer is no.
enum class Exit : int {
    done = 0,
    no = 1,
    usage = 64,
    data = 65,
    not_there = 66,
    no_daemon = 69,
    exists = 73,
    again = 75,
    not_allowed = 77,
    configuration = 78,
};

/// What, why, what to do; more than one line only where there are several faults of a file.
struct Complaint {
    Exit code;
    std::string text;
};

using Outcome = Result<void, Complaint>;

struct Argument {
    enum class Count : std::uint8_t { one, optional, several, any };  ///< several: at least one

    std::string_view name;  ///< "ADDRESS"
    std::string_view prose;
    Count count = Count::one;
};

struct Flag {
    std::string_view name;   ///< "--name"
    std::string_view value;  ///< "TEXT"; "[TEXT]": it may have one; empty: it has none
    std::string_view prose;
    bool required = false;
};

/// What was typed for one verb.
class Request {
  public:
    void add(std::string_view name, std::vector<std::string> values) { values_[std::string(name)] = std::move(values); }

    /// Of an argument that must be there.
    [[nodiscard]] const std::string& one(std::string_view name) const;
    [[nodiscard]] const std::vector<std::string>& all(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return !all(name).empty(); }
    [[nodiscard]] std::optional<std::string> value(std::string_view name) const;

  private:
    std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

class Context;

struct Verb {
    std::string_view noun;  ///< "account"; of a verb without a noun ("start"): the verb
    std::string_view name;  ///< "add"; "forward add": a verb below a verb; empty: the noun says it all
    std::span<const Argument> arguments;
    std::span<const Flag> flags;
    std::string_view prose;
    Outcome (*run)(Context& context, const Request& request);
};

struct Noun {
    std::string_view name;
    std::string_view prose;
    std::span<const Verb> verbs;
};

/// All nouns, in the order of the help and the manual page.
[[nodiscard]] std::span<const Noun> all_nouns();

[[nodiscard]] std::span<const Verb> account_forward_verbs();  ///< parts of account_verbs()
[[nodiscard]] std::span<const Verb> account_login_verbs();
[[nodiscard]] std::span<const Verb> account_lookup_verbs();
[[nodiscard]] std::span<const Verb> account_state_verbs();
[[nodiscard]] std::span<const Verb> account_transfer_verbs();
[[nodiscard]] std::span<const Verb> account_verbs();
[[nodiscard]] std::span<const Verb> alias_verbs();
[[nodiscard]] std::span<const Verb> ban_verbs();
[[nodiscard]] std::span<const Verb> blacklist_verbs();
[[nodiscard]] std::span<const Verb> config_verbs();
[[nodiscard]] std::span<const Verb> cert_verbs();
[[nodiscard]] std::span<const Verb> completion_verbs();
[[nodiscard]] std::span<const Verb> domain_change_verbs();  ///< a part of domain_verbs()
[[nodiscard]] std::span<const Verb> domain_verbs();
[[nodiscard]] std::span<const Verb> filter_verbs();
[[nodiscard]] std::span<const Verb> group_verbs();
[[nodiscard]] std::span<const Verb> init_verbs();
[[nodiscard]] std::span<const Verb> mailbox_message_verbs();  ///< a part of mailbox_verbs()
[[nodiscard]] std::span<const Verb> mailbox_verbs();
[[nodiscard]] std::span<const Verb> manual_verbs();
[[nodiscard]] std::span<const Verb> quarantine_verbs();
[[nodiscard]] std::span<const Verb> queue_verbs();
[[nodiscard]] std::span<const Verb> log_verbs();
[[nodiscard]] std::span<const Verb> sessions_verbs();
[[nodiscard]] std::span<const Verb> start_verbs();
[[nodiscard]] std::span<const Verb> stats_verbs();
[[nodiscard]] std::span<const Verb> stop_verbs();
[[nodiscard]] std::span<const Verb> restart_verbs();
[[nodiscard]] std::span<const Verb> reload_verbs();
[[nodiscard]] std::span<const Verb> status_verbs();
[[nodiscard]] std::span<const Verb> store_verbs();
[[nodiscard]] std::span<const Verb> whitelist_verbs();

}  // namespace md::mdctl
