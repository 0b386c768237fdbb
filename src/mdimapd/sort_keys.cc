// mdimapd/sort_keys.cc - see sort_keys.h

#include "mdimapd/sort_keys.h"

#include <span>

#include "mdimapd/header_summaries.h"
#include "mdimapd/slices.h"

namespace md::mdimapd {

using async::Task;

namespace {

constexpr std::size_t kPortion = 64;

std::size_t read_into(store::SortTable& table, store::Mailbox& mailbox, std::span<const store::Uid> uids) {
    std::vector<store::SortReading> read;
    read.reserve(uids.size());
    const SummaryUse use = [&](std::size_t at, const store::HeaderSummary* summary) {
        if (summary != nullptr) read.push_back(store::sort_reading(uids[at], *summary));
    };
    const auto done = for_some_headers(mailbox, uids, use);
    table.add(read);
    return done;
}

}  // namespace

Task<std::shared_ptr<store::SortTable>> sort_table_of(Session& session, const std::vector<store::Uid>& uids) {
    auto& services = session.services();
    auto& view = session.selected().view();
    auto& mailbox = view.mailbox();
    const auto table = services.sort_tables.take(mailbox.id(), view.uid_validity(), view.exists());
    auto look = [&] { return table->missing(uids); };
    const auto missing = co_await async::offload(session.searching_pool(), look);
    if (missing.empty()) co_return table;
    const SliceWork read = [&](std::size_t first, std::size_t last) {
        return read_into(*table, mailbox, std::span(missing).subspan(first, last - first));
    };
    co_await in_slices(session, missing.size(), kPortion, read);
    services.sort_tables.trim();
    co_return table;
}

}  // namespace md::mdimapd
