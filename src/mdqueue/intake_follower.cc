// mdqueue/intake_follower.cc - see intake_follower.h

#include "mdqueue/intake_follower.h"

#include <algorithm>

#include "async/loop.h"
#include "daemon/contain.h"
#include "mail/header.h"
#include "mail/header_edit.h"

namespace md::mdqueue {

using async::Task;
using spool::Progress;
using spool::Verdict;
namespace opt = config::opt;
namespace state = spool::state;

namespace {

constexpr auto kLook = std::chrono::seconds(1);
constexpr auto kRetryFault = std::chrono::seconds(5);

/// The message with the edits of its envelope made: a new beginning, and the rest from where it lies.
std::vector<spool::MessagePiece> edited(const Record& record, std::size_t header_limit) {
    const auto& entry = record.entry;
    const auto& envelope = record.envelope;
    std::string begin(std::min<std::uint64_t>(entry.message_size, header_limit), '\0');
    begin.resize(entry.file->read_at(entry.message_offset, begin.data(), begin.size()));
    const auto from = std::min<std::uint64_t>(envelope.relay_from, begin.size());
    const auto header = std::string_view(begin).substr(from);
    mail::HeaderScanner scanner(header);
    while (scanner.next()) continue;
    const auto header_end = from + scanner.header_size();
    std::vector<spool::MessagePiece> pieces;
    pieces.emplace_back(begin.substr(0, from) + mail::apply(header.substr(0, scanner.header_size()), envelope.edits));
    pieces.emplace_back(entry.file, entry.message_offset + header_end, entry.message_size - header_end);
    return pieces;
}

}  // namespace

IntakeFollower::IntakeFollower(daemon::Child& child, spool::Spool& spool, Dispatcher& dispatcher,
                               Settlement& settlement, SpoolRunner& runner, std::uint64_t boot)
    : child_(child),
      settlement_(settlement),
      dispatcher_(dispatcher),
      runner_(runner),
      log_(child.log()),
      take_over_(real_files(), child.config()[opt::paths_intake], spool, boot) {}

Task<void> IntakeFollower::run(async::Scope& scope) {
    ipc::WakeReceiver wakes(child_.run_path("intake-wake/manager"));
    scope.spawn(settle_loop());
    auto looked = async::Loop::current().now() - kLook;
    while (!child_.retiring().is_set()) {
        const bool look = async::Loop::current().now() - looked >= kLook;
        if (look) looked = async::Loop::current().now();
        std::vector<Record> records;
        auto next = [&] { return take_over_.next(look); };
        {
            const auto guard = co_await take_over_mutex_.lock();
            records = co_await async::offload(child_.pool(), next);
            for (const auto& fault : take_over_.faults()) log_.failure(Event::QueueFault, fault);
        }
        behind_ = !records.empty();
        for (auto& record : records) {
            while (in_flight_ >= kInFlight) co_await async::Wait(slot_free_, async::never());
            ++in_flight_;
            scope.spawn(handle_guarded(std::make_shared<Record>(std::move(record))));
        }
        if (!behind_) co_await wait_for_news(wakes);
    }
    while (in_flight_ > 0) co_await async::Wait(slot_free_, async::never());
    if (!done_.empty()) co_await settle();
}

Task<void> IntakeFollower::wait_for_news(ipc::WakeReceiver& wakes) {
    const auto deadline = async::after(kLook);
    co_await wakes.next(deadline);
}

/// A record that met a fault of this machine stays open, and is tried again while this process lives.
Task<void> IntakeFollower::handle_guarded(std::shared_ptr<Record> record) {
    for (;;) {
        const auto fault = co_await daemon::contain(handle(record));
        if (!fault) break;
        log_.failure(Event::QueueFault, fault);
        record->replay = true;
        if (child_.retiring().is_set()) break;  // the next manager finds it in the journal
        co_await async::sleep_for(kRetryFault);
    }
    --in_flight_;
    slot_free_.wake_all();
}

Task<void> IntakeFollower::handle(std::shared_ptr<Record> record) {
    auto& envelope = record->envelope;
    const auto id = record->entry.id;
    if (!record->raw.empty()) {
        std::vector<spool::MessagePiece> octets;
        octets.emplace_back(record->entry.envelope);
        if (record->entry.file) {
            const auto& entry = record->entry;
            octets.emplace_back(entry.file, entry.message_offset, entry.message_size);
        }
        co_await runner_.add_raw(id, std::move(octets), record->raw);
    } else if (envelope.unfiltered) {
        auto pieces = co_await pieces_of(*record);
        std::vector<Progress> none;
        co_await runner_.add(envelope, std::move(pieces), std::move(none), std::string(state::kHolding));
    } else {
        std::vector<std::uint32_t> apart;
        std::vector<std::uint32_t> wanted;
        for (const auto i : record->open) {
            const auto action = envelope.recipients[i].verdict.action;
            if (action == Verdict::Action::quarantine || action == Verdict::Action::refuse)
                apart.push_back(i);
            else if (action != Verdict::Action::discard)
                wanted.push_back(i);
        }
        if (!apart.empty()) co_await set_apart(*record, std::move(apart));
        bool all_done = true;
        auto progress = co_await deliver(record, wanted, all_done);
        if (!all_done && child_.retiring().is_set()) co_return;  // the next manager finds it in the journal
        if (!all_done) {
            auto pieces = co_await pieces_of(*record);
            auto waiting = envelope;
            waiting.edits.clear();
            // Only those not set apart or discarded still wait.
            std::vector<spool::Recipient> rest;
            for (const auto i : wanted) rest.push_back(envelope.recipients[i]);
            waiting.recipients = std::move(rest);
            co_await runner_.add(std::move(waiting), std::move(pieces), std::move(progress),
                                 std::string(state::kIncoming));
        }
    }
    done_.push_back({std::move(record), spool::TakenEntry::kWhole});
    something_done_.set();
}

/// Copies that the filter wants looked at first lie in quarantine as a message of their own.
Task<void> IntakeFollower::set_apart(const Record& record, std::vector<std::uint32_t> recipients) {
    auto copy = record.envelope;
    copy.id = record.entry.id.child("quarantine", 0);
    copy.parent = record.entry.id;
    copy.edits.clear();
    copy.recipients.clear();
    for (const auto i : recipients) copy.recipients.push_back(record.envelope.recipients[i]);
    auto original = record;
    auto pieces = co_await pieces_of(original);
    std::vector<Progress> none;
    co_await runner_.add(std::move(copy), std::move(pieces), std::move(none), std::string(state::kQuarantine));
}

/// Tries each; the progress is that of the recipients in the order given, for the envelope that may be made of them.
Task<std::vector<Progress>> IntakeFollower::deliver(const std::shared_ptr<Record>& record,
                                                    const std::vector<std::uint32_t>& recipients, bool& all_done) {
    std::vector<Progress> progress;
    const auto& entry = record->entry;
    const Readable message{entry.file.get(), entry.message_offset, entry.message_size};
    const bool must_edit = !record->envelope.edits.empty();
    if (must_edit) {
        all_done = recipients.empty();  // written anew in the spool, and delivered from there
        co_return progress;
    }
    for (std::uint32_t place = 0; place < recipients.size(); ++place) {
        const auto attempt = co_await dispatcher_.attempt(record->envelope, recipients[place], message, record->replay);
        if (attempt.kind != Attempt::Kind::delivered) {
            all_done = false;
            continue;  // the spool tries it, and says what it met
        }
        Progress one;
        one.time = real_clock().now();
        one.recipient = place;
        one.kind = Progress::Kind::delivered;
        one.status = attempt.status;
        progress.push_back(std::move(one));
    }
    co_return progress;
}

Task<std::vector<spool::MessagePiece>> IntakeFollower::pieces_of(Record& record) {
    std::vector<spool::MessagePiece> pieces;
    if (record.envelope.edits.empty()) {
        pieces.emplace_back(record.entry.file, record.entry.message_offset, record.entry.message_size);
        co_return pieces;
    }
    const auto limit = child_.config()[opt::smtp_header_size] + (64U << 10);
    auto work = [&] { return edited(record, limit); };
    pieces = co_await async::offload(child_.pool(), work);
    record.envelope.relay_from = std::min<std::uint64_t>(record.envelope.relay_from, record.entry.message_size);
    co_return pieces;
}

Task<void> IntakeFollower::settle_loop() {
    for (;;) {
        co_await something_done_.wait(async::never());
        something_done_.clear();
        const auto settled = co_await settle();
        if (!settled) {
            something_done_.set();
            co_await async::sleep_for(kRetryFault);
        }
    }
}

/// What was finished before the mailboxes' sync is written to `taken` after it, and only then may segments go.
Task<bool> IntakeFollower::settle() {
    const auto guard_free = std::exchange(done_, {});
    {
        const auto guard = co_await take_over_mutex_.lock();
        for (const auto& done : guard_free) take_over_.finish(*done.record);
        take_over_.begin_settle();
    }
    const auto safe = co_await settlement_.on_disk();
    if (!safe) co_return false;
    auto end = [this] { take_over_.end_settle(); };
    const auto guard = co_await take_over_mutex_.lock();
    std::exception_ptr failure;
    try {
        co_await async::offload(child_.pool(), end);
    } catch (const SystemError&) {
        failure = std::current_exception();
    }
    if (failure) log_.failure(Event::QueueFault, failure);
    co_return failure == nullptr;
}

}  // namespace md::mdqueue
