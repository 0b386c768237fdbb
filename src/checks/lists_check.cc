// checks/lists_check.cc - see lists_check.h

#include "checks/lists_check.h"

#include <algorithm>

#include "base/strings.h"

namespace md::checks {

using async::Task;
using policy::Entry;
using policy::List;

namespace {

/// The larger, the more an entry says: prefix bits, or an address before a domain before patterns.
std::size_t precision(const Entry& entry) {
    if (entry.kind == policy::Kind::ip) {
        const auto network = Network::parse(entry.value);
        return network ? network->prefix_bits() : 0;
    }
    if (policy::is_pattern(entry.value))
        return entry.value.size() - static_cast<std::size_t>(std::count(entry.value.begin(), entry.value.end(), '*'));
    return policy::kLongestValue * (entry.value.starts_with("*@") ? 2 : 3);
}

/// Of a black and a white entry that meet the same thing; null: neither is there.
const Entry* stronger(const Entry* black, const Entry* white) {
    if (black == nullptr || white == nullptr) return black != nullptr ? black : white;
    return precision(*black) > precision(*white) ? black : white;
}

Finding listed(const Entry& entry, const std::string& who) {
    Finding finding;
    const auto list = entry.list == List::white ? " is on the white list" : " is on the black list";
    finding.found = entry.value + list;
    if (entry.list == List::white) {
        finding.decision = Decision(Action::exempt, finding.found);
    } else {
        finding.decision = Decision(Action::refuse, "mail from " + who + " is refused here: " + entry.value + list);
    }
    return finding;
}

}  // namespace

ListsCheck::ListsCheck(Source source, const Clock& clock)
    : Check({.name = "lists", .begins = Stage::mail, .due = Stage::mail, .on_failure = OnFailure::temp_fail}),
      source_(std::move(source)),
      clock_(clock) {}

Task<Finding> ListsCheck::examine(std::shared_ptr<const Subject> subject, std::optional<std::uint32_t>) const {
    const auto* lists = source_();
    if (lists == nullptr) {
        Finding finding;
        finding.found = "the lists are not known yet";
        finding.decision = Decision(Action::temp_fail, "mail cannot be examined now, try again later");
        co_return finding;
    }
    const auto now = clock_.now();
    const auto& sender = subject->reverse_path;
    const Entry* by_address = nullptr;
    if (const auto& ip = subject->client.address)
        by_address = stronger(lists->find(List::black, *ip, now), lists->find(List::white, *ip, now));
    const auto* by_sender =
        stronger(lists->find_sender(List::black, sender, now), lists->find_sender(List::white, sender, now));
    const bool sender_counts = by_address == nullptr || (by_sender != nullptr && by_address->list == List::black &&
                                                         by_sender->list == List::white);
    const auto* entry = sender_counts ? by_sender : by_address;
    if (entry == nullptr) co_return Finding();
    const auto who = entry->kind == policy::Kind::ip ? subject->client.address->text() : "<" + printable(sender) + ">";
    auto finding = listed(*entry, who);
    co_return finding;
}

}  // namespace md::checks
