// mdctl/queue_nouns.h - what `mdctl queue` and `mdctl quarantine` share
#pragma once

#include "mdctl/queue_selection.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

[[nodiscard]] Complaint not_in_queue(QueueId id);
/// null: in no queue
[[nodiscard]] std::unique_ptr<File> find_message(const std::string& spool, QueueId id);

/// Those that the request selects; `within`: of that queue; empty: of all.
Outcome list_messages(Context& context, const Request& request, const std::string& within);
Outcome show_waiting(Context& context, const Request& request);
Outcome cat_waiting(Context& context, const Request& request);

/// Carries out an act on what the request names, asking first where it destroys. `within`: on messages of that queue
/// alone.
Outcome act_on_messages(Context& context, const Request& request, const spool::Order& order, const std::string& within);

[[nodiscard]] std::span<const Verb> queue_act_verbs();  ///< parts of queue_verbs()
[[nodiscard]] std::span<const Verb> queue_destination_verbs();
[[nodiscard]] std::span<const Verb> queue_plan_verbs();

}  // namespace md::mdctl
