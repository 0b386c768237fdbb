// mdimapd/thread.cc - THREAD and UID THREAD (RFC 5256 §3)
//
// CONTRACT
//   As searching.h. Summaries are read in slices; the threads themselves are made in one job on the pool.

#include <algorithm>
#include <span>

#include "base/strings.h"
#include "mail/header.h"
#include "mail/threads.h"
#include "mdimapd/header_summaries.h"
#include "mdimapd/searching.h"
#include "mdimapd/slices.h"
#include "proto/imap/search_response.h"

namespace md::mdimapd {

using async::Task;

namespace {

constexpr std::size_t kSlice = 128;
/// Messages whose references are held at once.
constexpr std::size_t kBatch = 1000;
/// Octets of such a field that are kept, for kBatch of them stand in memory: a thousand identifiers, more than any
/// program writes.
constexpr std::size_t kReferencesLimit = 64 * 1024;

/// The fields by which messages refer to each other, as they stand.
struct References {
    mail::ThreadMessage message;
    std::string id;
    std::string references;
    std::string in_reply_to;
};

/// Of a longer field its end is kept, where the parent stands.
void keep_first(std::string& kept, const mail::Field& field, std::string_view name) {
    if (!kept.empty() || !equal_nocase(field.name, name)) return;
    auto value = field.value;
    if (value.size() > kReferencesLimit) value.remove_prefix(value.size() - kReferencesLimit);
    kept = value;
}

void keep_references(std::string_view fields, References& out) {
    mail::HeaderLimits limits;
    limits.skip_broken = true;
    mail::HeaderScanner scanner(fields, limits);
    while (const auto field = scanner.next()) {
        keep_first(out.id, *field, "Message-ID");
        keep_first(out.references, *field, "References");
        keep_first(out.in_reply_to, *field, "In-Reply-To");
    }
}

/// One slice; the fields only if they are `wanted`.
void read_references(store::Mailbox& mailbox, bool wanted, std::span<const Found> found,
                     std::span<const std::uint32_t> numbers, std::span<References> out) {
    std::vector<store::Uid> uids;
    for (std::size_t i = 0; i < found.size(); ++i) {
        uids.push_back(found[i].uid);
        out[i].message.number = numbers[i];
        out[i].message.sent = found[i].internal_date;  // RFC 5256 §2.2
    }
    const SummaryUse use = [&](std::size_t at, const store::HeaderSummary* summary) {
        if (summary == nullptr) return;
        auto& message = out[at].message;
        if (summary->keys.sent) message.sent = summary->keys.sent->seconds;
        message.subject = summary->keys.subject;
        message.is_reply = summary->keys.is_reply;
        if (wanted) keep_references(summary->fields, out[at]);
    };
    for_each_header(mailbox, uids, use);
}

/// Both algorithms take the messages one by one in the order of the mailbox.
class Threader {
  public:
    explicit Threader(imap::ThreadAlgorithm algorithm) : algorithm_(algorithm) {}

    void add(References references) {
        if (algorithm_ == imap::ThreadAlgorithm::references)
            by_references_.add(std::move(references.message), references.id, references.references,
                               references.in_reply_to);
        else
            messages_.push_back(std::move(references.message));
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
    auto& pool = session.services().pool;
    auto& mailbox = session.selected().view().mailbox();
    const bool wanted = algorithm == imap::ThreadAlgorithm::references;
    Threader threader(algorithm);
    for (std::size_t done = 0; done < found.size(); done += kBatch) {
        std::vector<References> batch(std::min(kBatch, found.size() - done));
        const SliceWork read = [&](std::size_t first, std::size_t last) {
            const auto size = last - first;
            read_references(mailbox, wanted, std::span(found).subspan(done + first, size),
                            std::span(numbers).subspan(done + first, size), std::span(batch).subspan(first, size));
        };
        co_await in_slices(pool, batch.size(), kSlice, read);
        auto add = [&] {
            for (auto& references : batch) threader.add(std::move(references));
        };
        co_await async::offload(pool, add);
    }
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
