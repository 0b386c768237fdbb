// mdqueue/record_work.cc - see record_work.h

#include "mdqueue/record_work.h"

#include "log/counter.h"
#include "mdqueue/message_plan.h"
#include "mdqueue/recipient_round.h"

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
    const auto& envelope = record->envelope;
    const auto message = co_await edited_message(record);
    spool::StoredEnvelope stored;
    if (envelope.unfiltered) {
        stored.envelope = envelope_for(envelope, record->open);
        Progress away;
        away.time = hands_.now();
        away.kind = Progress::Kind::deferred;
        away.next = hands_.now() + wait_after(0, hands_.rules());
        away.text = "not filtered yet: the filter was away";
        stored.add(std::move(away));
        co_await keep(record, stored, message, state::kHolding);
        co_return true;
    }
    const auto sorted = sort_recipients(envelope, record->open);
    if (!sorted.apart.empty()) {
        spool::StoredEnvelope copy;
        copy.envelope = quarantine_envelope(envelope, sorted.apart);
        co_await keep(record, copy, message, state::kQuarantine);
    }
    if (sorted.wanted.empty()) co_return true;
    stored.envelope = envelope_for(envelope, sorted.wanted);
    if (hands_.freezes().has(spool::Freezes::Kind::queue, state::kIncoming)) {
        co_await keep(record, stored, message, state::kIncoming);
        co_return true;
    }
    RecipientRound round(hands_, stored, message, record->how);
    co_await round.run();
    const auto queue = place_of(stored);
    if (!queue) co_return true;
    if (hands_.ending()) co_return false;  // the next manager has children that deliver
    // What is for other sites alone is tried from its own queue; the rest is moved after its next try.
    const bool elsewhere = *queue == state::kRemote;
    const auto kept_in = elsewhere ? state::kRemote : state::kIncoming;
    co_await keep(record, stored, message, kept_in);
    auto& kept = record->kept.back();
    if (elsewhere) kept.destination = destination_of(round.remote(), stored);
    if (!round.remote().empty()) kept.due = hands_.now();  // whatever the others wait for
    co_return true;
}

/// Where the filter changed nothing, there is nothing to read for it.
Task<Readable> RecordWork::edited_message(RecordPointer record) {
    const auto& entry = record->entry;
    const auto limit = hands_.rules().header_limit;
    auto edit = [&] { return edited(*entry.file, entry.message_offset, entry.message_size, record->envelope, limit); };
    if (record->envelope.edits.empty()) co_return edit();
    auto message = co_await hands_.blocking(edit);
    co_return std::move(message);
}

/// Of them all; empty: there are several.
std::string RecordWork::destination_of(const std::vector<RemoteRecipient>& remote,
                                       const spool::StoredEnvelope& stored) const {
    std::string out;
    for (const auto& one : remote) {
        const auto& address = stored.envelope.recipients[one.recipient].address;
        auto destination = mdqueue::destination_of(hands_, stored.envelope, address);
        if (!out.empty() && out != destination) return {};
        out = std::move(destination);
    }
    return out;
}

Task<void> RecordWork::keep(RecordPointer record, const spool::StoredEnvelope& stored, const Readable& message,
                            std::string_view queue) {
    const auto& envelope = stored.envelope;
    auto work = [&] {
        const auto pieces = pieces_of(message, record->entry.file);
        spool_.add(queue, envelope, pieces, spool::Durable::later, stored.progress);
    };
    co_await hands_.blocking(work);
    hands_.log().event(Event::QueueSpooled, envelope.id, queue);
    if (queue == state::kQuarantine) log::count(Counter::messages_quarantined);
    record->kept.push_back({envelope.id, std::string(queue), due_of(stored, hands_.now())});
}

}  // namespace md::mdqueue
