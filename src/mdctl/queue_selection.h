// mdctl/queue_selection.h - which messages a verb of the queue means: ids, a list of them on stdin, or what they are
// like
#pragma once

#include <array>

#include "mdctl/queue_access.h"

namespace md::mdctl {

/// Those of a message as `queue list` and `queue show` give it; empty where it names none.
[[nodiscard]] const ipc::Json::Array& recipients_of(const ipc::Json& message);

inline constexpr std::array kMessageIds{
    Argument{"ID", "queue ids; -: one a line from standard input", Argument::Count::any}};

/// The flags of a selection; all that are given must fit.
inline constexpr std::array kSelection{
    Flag{"--queue", "QUEUE", "those of this queue"},
    Flag{"--from", "ADDRESS", "those of this sender; * stands for any text, <> for the null path"},
    Flag{"--to", "ADDRESS", "those with a recipient that waits of this address; * stands for any text"},
    Flag{"--domain", "DOMAIN", "those with a recipient that waits in this domain"},
    Flag{"--destination", "NAME",
         "those with a recipient that waits for this destination, as `queue destinations` names it"},
    Flag{"--auth", "ACCOUNT", "those that this login sent"},
    Flag{"--older", "TIME", "those that arrived before this time, such as 2h"},
    Flag{"--larger", "SIZE", "those larger than this, such as 10M"},
    Flag{"--reason", "TEXT", "those whose last reply contains this"},
    Flag{"--all", "", "all messages"},
};
/// The same with what else a verb may have.
template <std::size_t N>
[[nodiscard]] constexpr std::array<Flag, kSelection.size() + N> selection_and(const std::array<Flag, N>& more) {
    std::array<Flag, kSelection.size() + N> out{};
    std::size_t at = 0;
    for (const auto& flag : kSelection) out[at++] = flag;
    for (const auto& flag : more) out[at++] = flag;
    return out;
}

class Selection {
  public:
    /// 64: a value that is none.
    [[nodiscard]] static Result<Selection, Complaint> of(const Request& request, WallTime now);

    /// Whether anything was asked for, --all included.
    [[nodiscard]] bool given() const noexcept { return given_; }
    /// `message`: as `queue list --json` has it.
    [[nodiscard]] bool fits(const ipc::Json& message) const;
    void in_queue(std::string queue) { queue_ = std::move(queue); }

  private:
    [[nodiscard]] bool fits_recipients(const ipc::Json& message) const;

    bool given_ = false;
    std::string queue_;
    std::string from_;
    std::string to_;
    std::string domain_;
    std::string destination_;
    std::string account_;
    std::string before_;  ///< as JSON has times
    std::int64_t larger_ = -1;
    std::string reason_;
};

/// The messages that a verb means, once each; `within`: only those of that queue, which counts as a selection; empty:
/// any. 64: nothing said; 66: an id that is not there is for the verb to say.
[[nodiscard]] Result<std::vector<QueueId>, Complaint> chosen(QueueAccess& queue, const Request& request,
                                                             const std::string& within = "");

[[nodiscard]] Result<QueueId, Complaint> queue_id(const std::string& text);

}  // namespace md::mdctl
