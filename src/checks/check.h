// checks/check.h - one question about a message, and what may be answered
//
// PURPOSE
//   Each check is one file with one class: the lists, SPF, a virus scan. It says in its Terms when it begins, when its
//   answer is due and how long it may take, and answers with a Finding. checks/pipeline.h runs them.
// CONTRACT
//   examine() begins when what its stage needs is known and runs beside the other checks and the arriving message; it
//   need not be done before `due`. It reads what it needs of later parts of the Subject (recipients, header, body)
//   before its first wait, for these grow meanwhile; client and sender stay as they are. It is cancelled when its time
//   is over or the message has gone: every wait in it must bear that. One check object serves all messages of a worker.
//   Failure: it throws a std::exception (logged, and its line says so); "could not ask now" is a Finding of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task.h"
#include "base/address.h"
#include "milter/outcome.h"

namespace md::checks {

/// Steps of an SMTP conversation, in their order.
enum class Stage : std::uint8_t { connect, helo, mail, rcpt, headers, end_of_message };

struct Client {
    std::optional<IpAddress> address;  ///< none: it came by a local socket, or the MTA does not say
    std::string host;                  ///< as the MTA names it: "mx.example.net" or "[192.0.2.7]"
    std::string helo;
    std::string account;   ///< of who logged in; empty: nobody did
    bool trusted = false;  ///< in [trusted] networks

    [[nodiscard]] bool stranger() const noexcept { return account.empty() && !trusted; }
};

struct HeaderField {
    std::string name;
    std::string value;  ///< as it stands behind the colon, folded by LF
};

/// What is known of a message so far.
struct Subject {
    Client client;
    std::string id;                       ///< the MTA's queue id; may be empty
    std::string reverse_path;             ///< without brackets; empty: the null one
    std::vector<std::string> parameters;  ///< of MAIL: "SIZE=1000"
    std::vector<std::string> recipients;  ///< that were let pass, without brackets
    std::vector<std::string> accounts;    ///< whose each recipient is, by the MTA's word; "" where it says nothing
    std::vector<HeaderField> header;
    std::string body;             ///< whole with CRLF line ends, or empty: no check takes one of that size
    std::uint64_t body_size = 0;  ///< octets of it, kept or not
};

/// Weakest first; of several the strongest counts.
enum class Action : std::uint8_t { none, tag, junk, queue, quarantine, discard, temp_fail, refuse, exempt };
[[nodiscard]] std::string_view name(Action action) noexcept;

struct Decision {
    Decision() = default;
    explicit Decision(Action a, std::string why = {}) : action(a), reason(std::move(why)) {}

    Action action = Action::none;
    std::string reason;  ///< refuse, temp_fail: the text of the reply without its codes; else for people and logs
    std::string queue;   ///< Action::queue: its name
};

struct Finding {
    std::string found;  ///< in words, for people and logs; empty: nothing
    std::int32_t score_hundredths = 0;
    Decision decision;                                             ///< for the whole message
    std::vector<std::pair<std::uint32_t, Decision>> by_recipient;  ///< by the place in Subject::recipients
    std::vector<milter::HeaderChange> changes;
};

/// What a check without an answer (an exception, its time over) means for the message.
enum class OnFailure : std::uint8_t { ignore, temp_fail };

struct Terms {
    std::string_view name;                               ///< "lists": in logs, configuration and reports
    Stage begins = Stage::end_of_message;                ///< rcpt: once for each recipient, else once
    Stage due = Stage::end_of_message;                   ///< not before `begins`
    std::optional<std::chrono::milliseconds> time = {};  ///< none: filter.check_timeout
    OnFailure on_failure = OnFailure::ignore;
    bool strangers_only = true;  ///< not asked about who logged in, nor about trusted networks
    bool wants_body = false;
    /// Not asked about a message with a body beyond it. Bodies up to it are held in memory if wants_body.
    std::uint64_t largest_body = std::numeric_limits<std::uint64_t>::max();
};

class Check {
  public:
    explicit Check(const Terms& terms) : terms_(terms) {}
    virtual ~Check() = default;
    Check(const Check&) = delete;
    Check& operator=(const Check&) = delete;

    [[nodiscard]] const Terms& terms() const noexcept { return terms_; }
    /// `recipient`: its place in Subject::recipients, of a check that begins at rcpt.
    virtual async::Task<Finding> examine(std::shared_ptr<const Subject> subject,
                                         std::optional<std::uint32_t> recipient) const = 0;

  private:
    Terms terms_;
};

}  // namespace md::checks
