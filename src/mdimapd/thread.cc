// mdimapd/thread.cc - THREAD and UID THREAD (RFC 5256 §3)
//
// CONTRACT
//   As searching.h. Headers are read into the mailbox's sort table (sort_keys.h); the threads themselves are made in
//   two jobs on the pool.

#include <algorithm>

#include "mail/threads.h"
#include "mdimapd/searching.h"
#include "mdimapd/sort_keys.h"
#include "proto/imap/search_response.h"

namespace md::mdimapd {

using async::Task;

namespace {

/// Both algorithms take the messages one by one in the order of the mailbox.
class Threader {
  public:
    explicit Threader(imap::ThreadAlgorithm algorithm) : algorithm_(algorithm) {}

    void add(const mail::ThreadMessage& message, const store::SortKeys& keys) {
        if (algorithm_ == imap::ThreadAlgorithm::references)
            by_references_.add(message, keys.id, keys.parents);
        else
            messages_.push_back(message);
    }
    mail::Forest finish() {
        if (algorithm_ == imap::ThreadAlgorithm::references) return by_references_.finish();
        return mail::thread_by_subject(std::move(messages_));
    }

  private:
    imap::ThreadAlgorithm algorithm_;
    mail::ReferencesThreader by_references_;
    std::vector<mail::ThreadMessage> messages_;
};

Task<mail::Forest> make_threads(Session& session, imap::ThreadAlgorithm algorithm, const std::vector<Found>& found,
                                const std::vector<std::uint32_t>& numbers) {
    auto& pool = session.searching_pool();
    const auto uids = uids_of(found);
    const auto table = co_await sort_table_of(session, uids);
    Threader threader(algorithm);
    const store::SortTable::Use add_one = [&](std::size_t at, const store::SortKeys& keys) {
        // RFC 5256 §2.2: without a sent date the internal one counts.
        const auto sent = keys.sent.value_or(found[at].internal_date);
        threader.add({numbers[at], sent, keys.subject, keys.is_reply}, keys);
    };
    auto add = [&] { table->look(uids, add_one); };
    co_await async::offload(pool, add);
    auto finish = [&threader] { return threader.finish(); };
    auto forest = co_await async::offload(pool, finish);
    co_return forest;
}

}  // namespace

Task<Reply> thread(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Thread>(command.arguments);
    auto refusal = refuse_charset(asked.search);
    if (refusal) co_return *std::move(refusal);
    const auto found = co_await find_messages(session, asked.search);
    const auto numbers = numbers_of(session, found, command.uid);
    const auto forest = co_await make_threads(session, asked.algorithm, found, numbers);
    session.begin_response();
    session.out().append(numbers.empty() ? "* THREAD" : "* THREAD ");
    imap::ThreadWriter writer(forest);
    co_await send_all(session, writer);
    session.out().append("\r\n");
    session.end_response();
    co_return Reply::ok("THREAD done");
}

}  // namespace md::mdimapd
