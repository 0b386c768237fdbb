// mdqueue/record_work.cc - see record_work.h

#include "mdqueue/record_work.h"

#include <algorithm>

#include "mdqueue/message_plan.h"

namespace md::mdqueue {

using async::Task;
using spool::Progress;
namespace state = spool::state;

Task<bool> RecordWork::handle(RecordPointer record) {
    record->kept.clear();
    std::exception_ptr failure;
    bool done = false;
    try {
        done = co_await try_handle(record);
    } catch (const SystemError&) {
        failure = std::current_exception();
    }
    if (failure) {
        record->how = How::anew;  // it may have been a sync
        std::rethrow_exception(failure);
    }
    co_return done;
}

Task<bool> RecordWork::try_handle(RecordPointer record) {
    if (!record->raw.empty()) {
        co_await set_bad(record);
        co_return true;
    }
    const auto done = co_await place(record);
    co_return done;
}

Task<void> RecordWork::set_bad(RecordPointer record) {
    const auto& entry = record->entry;
    auto work = [&] {
        std::vector<spool::MessagePiece> octets;
        octets.emplace_back(entry.envelope);
        if (entry.file) octets.emplace_back(entry.file, entry.message_offset, entry.message_size);
        spool_.add_raw(entry.id, hands_.now(), octets, record->raw);
    };
    co_await hands_.blocking(work);
    hands_.log().event(Event::QueueBad, entry.id, record->raw);
    record->kept.push_back({entry.id, std::string(state::kBad), WallTime::max()});
}

Task<bool> RecordWork::place(RecordPointer record) {
    const auto& entry = record->entry;
    const auto& envelope = record->envelope;
    const auto limit = hands_.rules().header_limit;
    auto edit = [&] { return edited(*entry.file, entry.message_offset, entry.message_size, envelope, limit); };
    const auto message = co_await hands_.blocking(edit);
    std::vector<Progress> progress;
    if (envelope.unfiltered) {
        const auto waiting = envelope_for(envelope, record->open);
        Progress away;
        away.time = hands_.now();
        away.kind = Progress::Kind::deferred;
        away.next = hands_.now() + wait_after(0, hands_.rules());
        away.text = "not filtered yet: the filter was away";
        progress.push_back(std::move(away));
        co_await keep(record, waiting, message, std::move(progress), state::kHolding);
        co_return true;
    }
    const auto sorted = sort_recipients(envelope, record->open);
    if (!sorted.apart.empty()) {
        const auto copy = quarantine_envelope(envelope, sorted.apart);
        std::vector<Progress> none;
        co_await keep(record, copy, message, std::move(none), state::kQuarantine);
    }
    progress = co_await deliver(*record, sorted.wanted, message);
    const auto is_delivered = [](const Progress& one) { return one.kind == Progress::Kind::delivered; };
    const auto delivered = std::ranges::count_if(progress, is_delivered);
    if (static_cast<std::size_t>(delivered) == sorted.wanted.size()) co_return true;
    if (hands_.ending()) co_return false;  // the next manager has children that deliver
    const auto waiting = envelope_for(envelope, sorted.wanted);
    co_await keep(record, waiting, message, std::move(progress), state::kIncoming);
    co_return true;
}

/// Tries each; the progress is that of the recipients in the order of `wanted`, for the envelope that may be made of
/// them.
Task<std::vector<Progress>> RecordWork::deliver(const Record& record, const std::vector<std::uint32_t>& wanted,
                                                const Readable& message) {
    std::vector<Progress> progress;
    Link first;
    const auto rules = hands_.rules();
    const spool::RecipientState untried;
    for (std::uint32_t place = 0; place < wanted.size(); ++place) {
        auto attempt = co_await hands_.attempt(record.envelope, wanted[place], message, record.how, first);
        if (first.path.empty()) first = std::move(attempt.placed);
        auto one = progress_of(attempt, place, untried, record.envelope.arrived, rules, hands_.now());
        if (!one) continue;
        const auto& address = record.envelope.recipients[wanted[place]].address;
        log_progress(hands_.log(), record.entry.id, address, *one);
        progress.push_back(std::move(*one));
    }
    co_return progress;
}

Task<void> RecordWork::keep(RecordPointer record, const spool::Envelope& envelope, const Readable& message,
                            std::vector<Progress> progress, std::string_view queue) {
    auto work = [&] {
        const auto pieces = pieces_of(message, record->entry.file);
        spool_.add(queue, envelope, pieces, spool::Durable::now, progress);
    };
    co_await hands_.blocking(work);
    hands_.log().event(Event::QueueSpooled, envelope.id, queue);
    spool::StoredEnvelope stored;
    stored.envelope = envelope;
    stored.progress = std::move(progress);
    record->kept.push_back({envelope.id, std::string(queue), due_of(stored, hands_.now())});
}

}  // namespace md::mdqueue
