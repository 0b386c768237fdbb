// store/sort_tables.cc - see sort_tables.h

#include "store/sort_tables.h"

#include <algorithm>

namespace md::store {

namespace {
constexpr std::size_t kStrangersAllowed = 1000;
}

std::shared_ptr<SortTable> SortTables::take(const std::string& mailbox_id, std::uint32_t uid_validity,
                                            std::uint32_t messages) {
    const auto at =
        std::find_if(kept_.begin(), kept_.end(), [&](const auto& kept) { return kept.mailbox_id == mailbox_id; });
    if (at == kept_.end())
        kept_.push_front({mailbox_id, uid_validity, std::make_shared<SortTable>()});
    else
        kept_.splice(kept_.begin(), kept_, at);
    auto& kept = kept_.front();
    const bool strangers = kept.table->size() > 2 * std::size_t{messages} + kStrangersAllowed;
    if (kept.uid_validity != uid_validity || strangers) {
        kept.uid_validity = uid_validity;
        kept.table = std::make_shared<SortTable>();
    }
    if (kept_.size() > kCountLimit) kept_.pop_back();
    return kept.table;
}

void SortTables::trim() {
    std::size_t octets = 0;
    for (auto at = kept_.begin(); at != kept_.end();) {
        const auto more = at->table->octets();
        if (octets + more > octets_limit_) {
            at = kept_.erase(at);
            continue;
        }
        octets += more;
        ++at;
    }
}

}  // namespace md::store
