// mdqueue/message_work.cc - see message_work.h

#include "mdqueue/message_work.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "log/counter.h"
#include "mail/header.h"
#include "mdqueue/due_reports.h"
#include "mdqueue/message_plan.h"
#include "mdqueue/recipient_round.h"
#include "mdqueue/relay_round.h"

namespace md::mdqueue {

using async::Task;
using spool::Progress;
namespace state = spool::state;

namespace {

constexpr std::uint64_t kReturnedHeaderLimit = 256U << 10;
constexpr auto kParentWait = std::chrono::seconds(5);

/// In the language of most.
delivery::ReportRules report_rules(const Rules& rules) {
    delivery::ReportRules out;
    out.hostname = rules.hostname;
    out.return_message = rules.return_message;
    out.whole_bytes = rules.return_limit;
    out.keep = rules.expire;
    out.transcript = rules.report_transcript;
    out.texts = rules.report_texts.get();
    out.language = rules.report_language;
    return out;
}

/// RFC 3834 §5: a program made it. A value that says otherwise is "no" alone.
bool is_automatic(std::string_view header) {
    const auto field = mail::find_field(header, "Auto-Submitted");
    if (!field) return false;
    const auto value = mail::unfold(field->value);
    return !equal_nocase(trim(value.substr(0, value.find_first_of(";("))), "no");
}

/// The header of the failed message, for its report (RFC 3462 §2).
std::string header_of(const File& message, std::uint64_t from, std::uint64_t size) {
    std::string text(std::min(size - std::min(from, size), kReturnedHeaderLimit), '\0');
    text.resize(message.read_at(from, text.data(), text.size()));
    mail::HeaderScanner scanner(text);
    while (scanner.next()) continue;
    text.resize(scanner.header_size());
    return text;
}

/// A report of ours, or something else that was made of another message.
bool is_child(const spool::Envelope& envelope) {
    return envelope.client.origin == spool::Origin::made_here && envelope.parent != QueueId();
}

}  // namespace

Task<void> MessageWork::handle(QueueId id, std::string queue, Trying& trying, Ending& ending) {
    Turn turn;
    turn.trying = &trying;
    turn.id = id;
    turn.queue = std::move(queue);
    turn.anew = trying.anew || history_.doubtful_past() || history_.failures() > 0;
    turn.failures = history_.failures();
    auto there = co_await read(turn);
    std::optional<async::Semaphore::Guard> large;
    if (turn.stored.envelope.recipients.size() > kManyRecipients) {
        turn.stored = {};
        auto guard = co_await large_.lock();
        large.emplace(std::move(guard));
        const auto still_there = co_await read(turn);
        there = still_there;
    }
    ending.absent = !there;  // an administrator took it away, or a move was cut short
    if (!there) co_return;
    bool waits = false;
    if (is_child(turn.stored.envelope)) {
        auto ask = [&] { return waits_for_parent(turn); };
        waits = co_await hands_.blocking(ask);
    }
    if (waits) {
        ending.kept = Kept{id, turn.queue, hands_.now() + kParentWait};
        co_return;
    }
    if (turn.queue == state::kHolding) {
        co_await examine(turn, ending);
        co_return;
    }
    const auto safe = co_await serve(turn, ending);
    if (safe) co_return;
    ending.kept = Kept{id, turn.queue, hands_.now() + wait_after(0, hands_.rules())};
    ending.doubtful = true;
}

/// false: a sync failed, so that what was done may not be on disk.
Task<bool> MessageWork::serve(Turn& turn, Ending& ending) {
    if (turn.anew) {
        const auto let_go = co_await release_reports(turn, ending);
        if (!let_go) co_return false;
    }
    // What failed before a crash is reported first: a report's id is made from the recipients in it.
    const auto told = co_await report(turn, ending);
    if (!told) co_return false;
    const auto tried = co_await try_recipients(turn);
    if (!tried) co_return false;
    const auto relayed = co_await relay(turn);
    if (!relayed) co_return false;
    const auto told_now = co_await report(turn, ending);
    if (!told_now) co_return false;
    co_await conclude(turn, ending);
    co_return true;
}

Task<bool> MessageWork::read(Turn& turn) {
    auto work = [&] {
        auto stored = spool_.read(turn.queue, turn.id);
        if (!stored) return false;
        turn.stored = std::move(*stored);
        if (const auto owed = owed_.find(turn.id.value()); owed != owed_.end())
            for (const auto& one : owed->second) turn.stored.add(one);
        // What is left of its time in holding, if the process died while it released it.
        if (turn.queue != state::kHolding) spool_.leave(state::kHolding, turn.queue, turn.id);
        return true;
    };
    const auto there = co_await hands_.blocking(work);
    co_return there;
}

/// Blocks.
std::shared_ptr<const File> MessageWork::open_message(const Turn& turn) {
    auto message = spool_.open_message(turn.queue, turn.id);
    if (!message && spool_.fetch_message(turn.queue, turn.id)) message = spool_.open_message(turn.queue, turn.id);
    if (!message) throw CorruptFile(spool_.message_path(turn.queue, turn.id), "not beside its envelope");
    return message;
}

/// Until its progress names this report it may make it again, when it has its turn.
bool MessageWork::waits_for_parent(const Turn& turn) {
    const auto& envelope = turn.stored.envelope;
    const auto home = spool_.find(envelope.parent);
    if (!home || (*home != state::kIncoming && *home != state::kRetry && *home != state::kRemote)) return false;
    const auto parent = spool_.read(*home, envelope.parent);
    if (!parent) return false;
    return std::ranges::find(parent->progress, turn.id, &Progress::child) == parent->progress.end();
}

Task<bool> MessageWork::try_recipients(Turn& turn) {
    auto slot = co_await slots_.lock();
    auto open = [&] { return open_message(turn); };
    turn.message = co_await hands_.blocking(open);
    const Readable message{{}, turn.message.get(), 0, turn.stored.message_size};
    RecipientRound round(hands_, turn.stored, message, turn.anew ? How::anew : How::look);
    if (!turn.trying->urgent) round.leave_out_what_is_not_due();
    co_await round.run();
    turn.unwritten = round.progress();
    turn.remote = round.remote();
    if (turn.remote.empty()) turn.message.reset();
    slot.unlock();
    if (!round.delivered_any()) co_return true;
    const auto safe = co_await on_disk(turn);
    co_return safe;
}

Task<bool> MessageWork::relay(Turn& turn) {
    if (turn.remote.empty()) co_return true;
    const auto file = std::move(turn.message);
    const auto asked = turn.remote.size();
    const RelayRound::Keep keep = [&](std::vector<Progress> progress) {
        return keep_relayed(turn, std::move(progress));
    };
    RelayRound round(hands_, turn.stored, *file, std::move(turn.remote), turn.trying->turn, keep);
    co_await round.run();
    const auto& progress = round.progress();
    turn.unwritten.insert(turn.unwritten.end(), progress.begin(), progress.end());
    const auto states = turn.stored.states();
    const auto left = std::ranges::count_if(states, [](const auto& one) { return !one.finished(); });
    // Whose time an administrator has bounded is looked at when that is over, though its destination may rest.
    const bool looked_at = turn.stored.tried_until().has_value();
    if (static_cast<std::size_t>(left) <= asked && !looked_at) turn.destination = round.only_destination();
    turn.waits_for = round.waits_for();
    turn.bad = round.kills();
    co_return (turn.all_kept && history_.failures() == turn.failures);
}

/// What another host has taken is written at once, whoever else is still being asked, and then on disk: it cannot be
/// asked for it again.
Task<void> MessageWork::keep_relayed(Turn& turn, std::vector<Progress> progress) {
    auto write_down = [&] {
        auto& owed = owed_[turn.id.value()];
        // An expansion comes first: without it nobody is there of whom this is told.
        const auto before = std::exchange(turn.unwritten, {});
        for (const auto& part : {before, progress}) owed.insert(owed.end(), part.begin(), part.end());
        (void)spool_.append_progress(turn.queue, turn.id, owed, spool::Durable::later);
        owed_.erase(turn.id.value());
    };
    co_await hands_.blocking(write_down);
    const auto safe = co_await hands_.on_disk();
    turn.all_kept = turn.all_kept && safe;
}

/// All that was done so far is.
Task<bool> MessageWork::on_disk(const Turn& turn) {
    const auto safe = co_await hands_.on_disk();
    co_return safe&& history_.failures() == turn.failures;
}

/// false: no such message any more
bool MessageWork::write(Turn& turn) {
    std::vector<Progress> progress;
    if (const auto owed = owed_.find(turn.id.value()); owed != owed_.end()) progress = owed->second;
    const auto after = std::exchange(turn.unwritten, {});
    progress.insert(progress.end(), after.begin(), after.end());
    const bool there = spool_.append_progress(turn.queue, turn.id, progress, spool::Durable::later);
    owed_.erase(turn.id.value());
    return there;
}

/// RFC 5321 §6.1: a report goes back, unless the reverse-path is null. false: as of serve()
Task<bool> MessageWork::report(Turn& turn, Ending& ending) {
    const auto& envelope = turn.stored.envelope;
    const auto rules = hands_.rules();
    const auto due = due_reports(turn.stored, rules, hands_.now());
    if (due.empty() || envelope.reverse_path.empty()) co_return true;
    auto write_down = [&] { (void)write(turn); };
    co_await hands_.blocking(write_down);
    const auto known = co_await on_disk(turn);
    if (!known) co_return false;
    auto how = report_rules(rules);
    const auto domain = co_await hands_.find_domain(domain_of(envelope.reverse_path));
    if (domain && *domain && !(*domain)->report_language.empty()) how.language = (*domain)->report_language;
    auto report = delivery::make_status_report(turn.stored, due, how, hands_.now());
    auto put = [&] { put_report(turn, report, rules.notify_account); };
    co_await hands_.blocking(put);
    const auto made = co_await on_disk(turn);
    if (!made) co_return false;
    for (const auto& told : due) {
        Progress one;
        one.time = hands_.now();
        one.recipient = told.recipient;
        one.kind = Progress::Kind::reported;
        one.child = report.envelope.id;
        one.text = mail::name(told.action);
        turn.unwritten.push_back(one);
        turn.stored.add(std::move(one));
    }
    co_await hands_.blocking(write_down);
    hands_.log().event(Event::QueueReported, turn.id, report.envelope.id, envelope.reverse_path);
    const auto named = co_await on_disk(turn);
    if (!named) co_return false;
    ending.made.push_back({report.envelope.id, std::string(state::kIncoming), hands_.now()});
    co_return true;
}

/// Those that an earlier try named, and then could not be sure that they were named on disk. false: as of serve()
Task<bool> MessageWork::release_reports(Turn& turn, Ending& ending) {
    std::vector<QueueId> named;
    for (const auto& one : turn.stored.progress)
        if (one.kind == Progress::Kind::reported && one.child != QueueId()) named.push_back(one.child);
    if (named.empty()) co_return true;
    auto look = [&] {
        (void)write(turn);
        std::erase_if(named, [this](QueueId id) { return !spool_.is_there(state::kIncoming, id); });
    };
    co_await hands_.blocking(look);
    const auto safe = co_await on_disk(turn);
    if (!safe) co_return false;
    for (const auto id : named) ending.made.push_back({id, std::string(state::kIncoming), hands_.now()});
    co_return true;
}

void MessageWork::put_report(const Turn& turn, delivery::StatusReport& report, const std::string& notified) {
    const auto message = open_message(turn);
    const auto size = turn.stored.message_size;
    const auto from = std::min(turn.stored.envelope.relay_from, size);
    auto header = header_of(*message, from, size);
    if (report.fails && !notified.empty() && !is_automatic(header)) delivery::add_copy(report, notified);
    std::vector<spool::MessagePiece> pieces;
    pieces.emplace_back(std::move(report.head));
    if (report.whole)
        pieces.emplace_back(message, from, size - from);
    else
        pieces.emplace_back(std::move(header));
    pieces.emplace_back(std::move(report.tail));
    spool_.add(state::kIncoming, report.envelope, pieces, spool::Durable::later);
}

/// All that can be done has been done for now: the message goes, moves to another queue, or waits for its next try.
/// What is written here may be lost to a crash, and is done again then.
Task<void> MessageWork::conclude(Turn& turn, Ending& ending) {
    auto target = place_of(turn.stored);
    if (target && !turn.bad.empty()) target = state::kBad;
    auto work = [&] {
        if (!target) {
            spool_.remove(turn.queue, turn.id);
            owed_.erase(turn.id.value());
            return;
        }
        (void)write(turn);
        spool_.move(turn.id, turn.queue, *target, spool::Durable::later);
    };
    co_await hands_.blocking(work);
    if (!target) {
        hands_.log().event(Event::QueueFinished, turn.id);
        co_return;
    }
    if (*target == state::kBad)
        hands_.log().event(Event::QueueBad, turn.id,
                           turn.bad.empty() ? "it failed, and its sender is nobody" : turn.bad);
    const auto now = hands_.now();
    const auto report = due_of_report(turn.stored, hands_.rules(), now);
    auto due = std::min(due_of(turn.stored, now), report);
    if (!turn.waits_for.empty() && due <= now && report != WallTime::max()) due = report;  // its turn comes by itself
    ending.kept = Kept{turn.id, std::string(*target), due, turn.destination};
    ending.waits_for = turn.waits_for;
}

/// It is in holding and elsewhere if the process died while it released it: what was made then counts.
Task<bool> MessageWork::is_examined_already(Turn& turn, Ending& ending) {
    std::optional<std::string> home;
    auto look = [&] {
        for (auto& other : spool_.states())
            if (other != state::kHolding && spool_.is_there(other, turn.id)) home = other;
        if (home) spool_.leave(state::kHolding, *home, turn.id);
    };
    co_await hands_.blocking(look);
    if (home) ending.kept = Kept{turn.id, *home, hands_.now()};
    co_return home.has_value();
}

Task<void> MessageWork::examine(Turn& turn, Ending& ending) {
    const auto done = co_await is_examined_already(turn, ending);
    if (done) co_return;
    if (!turn.stored.waits_for_filter() || turn.stored.held()) {
        ending.kept = Kept{turn.id, turn.queue, WallTime::max()};  // an administrator holds it
        co_return;
    }
    const auto slot = co_await examinations_.lock();
    auto open = [&] { return open_message(turn); };
    const auto message = co_await hands_.blocking(open);
    const auto examined = co_await hands_.examine(turn.stored, *message);
    if (examined.kind == Examined::Kind::away) {
        co_await wait_for_filter(turn, examined.reason, ending);
        co_return;
    }
    co_await release(turn, examined, message, ending);
}

/// The reason is written down once, not at each try.
Task<void> MessageWork::wait_for_filter(Turn& turn, const std::string& reason, Ending& ending) {
    Progress progress;
    progress.time = hands_.now();
    progress.kind = Progress::Kind::deferred;
    progress.next = hands_.now() + wait_after(0, hands_.rules());
    progress.text = "the filter is away: " + reason;
    ending.kept = Kept{turn.id, turn.queue, *progress.next};
    hands_.log().event(Event::QueueFilterAway, turn.id, reason);
    const auto& known = turn.stored.progress;
    if (!known.empty() && known.back().text == progress.text) co_return;
    turn.unwritten.push_back(std::move(progress));
    auto write_down = [&] { (void)write(turn); };
    co_await hands_.blocking(write_down);
}

/// Whole in its new place before it leaves holding; the copies set apart come first, for incoming says that all is
/// done.
Task<void> MessageWork::release(Turn& turn, const Examined& examined, std::shared_ptr<const File> message,
                                Ending& ending) {
    const auto& envelope = examined.envelope;
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < envelope.recipients.size(); ++i) all.push_back(i);
    auto sorted = sort_recipients(envelope, all);
    if (examined.kind == Examined::Kind::discarded) sorted = {};
    const auto limit = hands_.rules().header_limit;
    const auto wishes = turn.stored.wishes();
    auto work = [&] {
        const auto size = turn.stored.message_size;
        const auto pieces = examined.body ? with_body(*message, size, envelope, *examined.body)
                                          : pieces_of(edited(*message, 0, size, envelope, limit), message);
        if (!sorted.apart.empty())
            spool_.add(state::kQuarantine, quarantine_envelope(envelope, sorted.apart), pieces, spool::Durable::now,
                       wishes);
        if (!sorted.wanted.empty())
            spool_.add(state::kIncoming, envelope_for(envelope, sorted.wanted), pieces, spool::Durable::now, wishes);
        spool_.remove(state::kHolding, turn.id, spool::Durable::now);
    };
    co_await hands_.blocking(work);
    if (examined.kind == Examined::Kind::discarded)
        hands_.log().event(Event::QueueDiscarded, turn.id);
    else
        hands_.log().event(Event::QueueReleased, turn.id);
    if (!sorted.wanted.empty()) ending.kept = Kept{turn.id, std::string(state::kIncoming), hands_.now()};
    if (!sorted.apart.empty()) {
        ending.made.push_back({spool::quarantine_copy(turn.id), std::string(state::kQuarantine), WallTime::max()});
        log::count(Counter::messages_quarantined);
    }
}

}  // namespace md::mdqueue
