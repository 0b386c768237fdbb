// mdqueue/spool_try.cc - one try of one message that waits; see spool_runner.h

#include <algorithm>

#include "delivery/failure_report.h"
#include "mail/header.h"
#include "mdqueue/spool_runner.h"

namespace md::mdqueue {

using async::Task;
using spool::Progress;
namespace opt = config::opt;
namespace state = spool::state;

namespace {

constexpr std::uint64_t kReturnedHeaderLimit = 256U << 10;

/// The header of the failed message, for its report (RFC 3462 §2).
std::string header_of(const File& message, std::uint64_t from, std::uint64_t size) {
    std::string text(std::min(size - std::min(from, size), kReturnedHeaderLimit), '\0');
    text.resize(message.read_at(from, text.data(), text.size()));
    mail::HeaderScanner scanner(text);
    while (scanner.next()) continue;
    text.resize(scanner.header_size());
    return text;
}

}  // namespace

Task<void> SpoolRunner::try_message(QueueId id) {
    const auto queue = items_.at(id).state;
    Turn turn;
    auto read = [&]() -> bool {
        auto stored = spool_.read(queue, id);
        if (!stored) return false;
        turn.stored = std::move(*stored);
        turn.message = spool_.open_message(queue, id);
        return turn.message != nullptr;
    };
    const auto there = co_await with_spool(read);
    if (!there) {
        forget(id);  // an administrator took it away
        co_return;
    }
    std::vector<std::string> delivered;
    co_await try_recipients(turn, delivered);
    if (!delivered.empty()) {
        const auto safe = co_await settlement_.on_disk();
        if (!safe) {
            schedule(id, queue, next_try(0));
            co_return;
        }
    }
    co_await report_failures(queue, turn);
    auto append = [&] { spool_.append_progress(queue, id, turn.progress, spool::Durable::now); };
    if (!turn.progress.empty()) co_await with_spool(append);
    co_await conclude(id, queue);
}

Task<void> SpoolRunner::try_recipients(Turn& turn, std::vector<std::string>& delivered) {
    const auto states = turn.stored.states();
    const auto& envelope = turn.stored.envelope;
    const Readable message{turn.message.get(), 0, turn.stored.message_size};
    for (std::uint32_t i = 0; i < states.size(); ++i) {
        if (states[i].finished()) continue;
        const auto attempt = co_await dispatcher_.attempt(envelope, i, message, true);
        note_attempt(turn, i, attempt);
        if (attempt.kind == Attempt::Kind::delivered) delivered.push_back(envelope.recipients[i].address);
    }
}

void SpoolRunner::note_attempt(Turn& turn, std::uint32_t recipient, const Attempt& attempt) {
    const auto& envelope = turn.stored.envelope;
    const auto& address = envelope.recipients[recipient].address;
    Progress progress;
    progress.time = now();
    progress.recipient = recipient;
    progress.status = attempt.status;
    progress.text = attempt.text;
    switch (attempt.kind) {
        case Attempt::Kind::remote: return;  // waits in remote, untried
        case Attempt::Kind::delivered: progress.kind = Progress::Kind::delivered; break;
        case Attempt::Kind::failed: progress.kind = Progress::Kind::failed; break;
        case Attempt::Kind::deferred:
            progress.kind = Progress::Kind::deferred;
            progress.next = next_try(turn.stored.states()[recipient].attempts);
            if (expired(envelope)) {
                progress.kind = Progress::Kind::failed;
                progress.next.reset();
                progress.status = "5.4.7";  // RFC 3463 §3.5: delivery time expired
                progress.text = "not delivered in time; last: " + attempt.text;
            }
            break;
    }
    if (progress.kind == Progress::Kind::failed)
        log_.event(Event::QueueFailed, envelope.id, address, progress.status, progress.text);
    if (progress.kind == Progress::Kind::deferred)
        log_.event(Event::QueueDeferred, envelope.id, address, progress.status, progress.text);
    turn.progress.push_back(std::move(progress));
}

/// RFC 5321 §6.1: a report goes back, unless the reverse-path is null. It is in the spool before the progress says so,
/// under an id made of the message's own, so that a crash between makes it once.
Task<void> SpoolRunner::report_failures(const std::string& queue, Turn& turn) {
    auto& stored = turn.stored;
    stored.progress.insert(stored.progress.end(), turn.progress.begin(), turn.progress.end());
    if (stored.envelope.reverse_path.empty()) co_return;
    const auto states = stored.states();
    std::vector<std::uint32_t> failed;
    for (std::uint32_t i = 0; i < states.size(); ++i)
        if (states[i].kind == spool::RecipientState::Kind::failed && !states[i].reported) failed.push_back(i);
    if (failed.empty()) co_return;

    const auto hostname = child_.config()[opt::hostname];
    auto report = delivery::make_failure_report(stored, failed, failed.front(), hostname, now());
    auto read_header = [&] { return header_of(*turn.message, stored.envelope.relay_from, stored.message_size); };
    auto header = co_await with_spool(read_header);
    std::vector<spool::MessagePiece> pieces;
    pieces.emplace_back(std::move(report.head));
    pieces.emplace_back(std::move(header));
    pieces.emplace_back(std::move(report.tail));
    auto put = [&] { return spool_.add(state::kIncoming, report.envelope, pieces, spool::Durable::now); };
    co_await with_spool(put);
    for (const auto i : failed) {
        Progress progress;
        progress.time = now();
        progress.recipient = i;
        progress.kind = Progress::Kind::reported;
        progress.child = report.envelope.id;
        turn.progress.push_back(progress);
        stored.progress.push_back(progress);
    }
    auto append = [&] { spool_.append_progress(queue, stored.envelope.id, turn.progress, spool::Durable::now); };
    co_await with_spool(append);
    turn.progress.clear();
    log_.event(Event::QueueReported, stored.envelope.id, report.envelope.id, stored.envelope.reverse_path);
    schedule(report.envelope.id, std::string(state::kIncoming), now());
}

/// All that can be done has been done for now: the message goes, moves to another queue, or waits for its next try.
Task<void> SpoolRunner::conclude(QueueId id, const std::string& queue) {
    auto read = [&] { return spool_.read(queue, id); };
    const auto stored = co_await with_spool(read);
    if (!stored) {
        forget(id);
        co_return;
    }
    const auto states = stored->states();
    const auto is_finished = [](const spool::RecipientState& one) { return one.finished(); };
    const auto has_failed = [](const spool::RecipientState& one) {
        return one.kind == spool::RecipientState::Kind::failed && !one.reported;
    };
    std::string target;
    if (!std::all_of(states.begin(), states.end(), is_finished)) {
        target = state_for(*stored);
    } else if (std::any_of(states.begin(), states.end(), has_failed)) {
        target = state::kBad;
        log_.event(Event::QueueBad, id, "it failed, and its sender is nobody");
    } else {
        auto remove = [&] { return spool_.remove(queue, id); };
        co_await with_spool(remove);
        forget(id);
        log_.event(Event::QueueFinished, id);
        co_return;
    }
    auto move = [&] { return spool_.move(id, queue, target, spool::Durable::now); };
    if (target != queue) co_await with_spool(move);
    schedule(id, target, next_due(*stored));
}

}  // namespace md::mdqueue
