// mdctl/policy_access.h - asks the state child of mdfilterd: black list, white list and bans
//
// CONTRACT
//   A change returns when every daemon acts on it. 69: mdfilterd does not run; 73: is there already; 66: is not there;
//   75: the list is full, or not everybody acts on the change yet.
#pragma once

#include "async/scope.h"
#include "async/task.h"
#include "mdctl/context.h"
#include "policy/client.h"

namespace md::mdctl {

/// One question and its answer.
struct Asking {
    policy::Entry entry;                      ///< add, remove
    std::vector<policy::Entry> entries;       ///< import, flush
    policy::request::CheckQuestion question;  ///< check
    policy::List list = policy::List::black;  ///< list

    std::string socket;
    std::optional<policy::Trouble> trouble;
    std::vector<policy::Entry> found;
};

[[nodiscard]] Outcome add_entry(Context& context, policy::Entry entry);
[[nodiscard]] Outcome remove_entry(Context& context, policy::Entry entry);
[[nodiscard]] Outcome import_entries(Context& context, policy::List list, std::vector<policy::Entry> entries);
[[nodiscard]] Outcome remove_entries(Context& context, policy::List list, std::vector<policy::Entry> entries);
[[nodiscard]] Result<std::vector<policy::Entry>, Complaint> entries_of(Context& context, policy::List list);
[[nodiscard]] Result<std::optional<policy::Entry>, Complaint> met_entry(Context& context,
                                                                        policy::request::CheckQuestion question);

/// KIND and VALUE in the one form of entries, `--for`, `--comment`; made now, by who runs this.
[[nodiscard]] Result<policy::Entry, Complaint> entry_argument(policy::List list, const Request& request);
/// KIND and VALUE as a question: an address or a name.
[[nodiscard]] Result<policy::request::CheckQuestion, Complaint> question_argument(policy::List list,
                                                                                  const Request& request);
[[nodiscard]] ipc::Json json_of(const policy::Entry& entry);

}  // namespace md::mdctl
