// tests/crash/scenario.cc - see scenario.h

#include "crash/scenario.h"

#include <algorithm>
#include <stdexcept>

#include "base/crc32c.h"
#include "store/account.h"

namespace md::test::crash {

namespace {

constexpr std::uint64_t kSegment = 32U << 10U;  // small, so that the day fills several
constexpr std::uint64_t kLarge = 12U << 10U;

const store::UidRanges kEveryUid{{1, UINT32_MAX}};

}  // namespace

Machine::Machine(const LossyOptions& options) : files(options) {
    for (const auto* folder : {"/intake/.", "/spool/.", "/store/."}) files.make_directories(parent_directory(folder));
}

void Machine::restart(Restart mode, std::uint64_t seed) {
    ledger.processes_died();
    files.restart(mode, seed);
    files.advance(std::chrono::seconds(60));
    if (mode != Restart::process) ++boot;
}

store::StoreOptions Machine::store_options() {
    store::StoreOptions options;
    options.root = "/store";
    options.files = &files;
    options.clock = &files.clock();
    options.boot_id = "boot-" + std::to_string(boot);
    return options;
}

Programs::Programs(Machine& machine) : machine_(machine) {}

spool::IntakeWriter& Programs::writer() {
    if (writer_) return *writer_;
    spool::IntakeSettings settings;
    settings.directory = "/intake";
    settings.segment_size_bytes = kSegment;
    settings.large_bytes = kLarge;
    writer_ = std::make_unique<spool::IntakeWriter>(machine_.files, settings, machine_.files.clock());
    return *writer_;
}

Manager& Programs::manager() {
    if (!manager_)
        manager_ = std::make_unique<Manager>(machine_.files, machine_.store_options(), machine_.boot, machine_.ledger,
                                             machine_.sites);
    return *manager_;
}

void Programs::receive(const std::vector<Given>& batch) {
    auto& journal = writer();
    std::vector<spool::Envelope> envelopes(batch.size());
    std::vector<std::unique_ptr<spool::LargeFile>> large(batch.size());
    std::vector<spool::OutgoingRecord> records;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        std::vector<std::string> holders;
        for (const auto& recipient : batch[i].recipients)
            for (auto& holder : holders_of(recipient)) holders.push_back(std::move(holder));
        auto& sent = machine_.ledger.send(machine_.next_id(), batch[i].marker, batch[i].size, std::move(holders));
        auto& envelope = envelopes[i];
        envelope.id = sent.id;
        envelope.arrived = machine_.files.clock().now();
        envelope.reverse_path = kSender;
        for (const auto& recipient : batch[i].recipients) envelope.recipients.emplace_back(recipient);
        records.emplace_back(envelope, sent.octets);
        if (sent.octets.size() <= kLarge) continue;
        large[i] = journal.create_large(sent.id);
        large[i]->append(std::string_view(sent.octets).substr(0, kLarge));
        large[i]->append(std::string_view(sent.octets).substr(kLarge));
        large[i]->finish();
        records[i].octets = {};
        records[i].large = true;
        records[i].large_size_bytes = large[i]->size_bytes();
        records[i].large_crc = large[i]->crc();
    }
    const auto appended = journal.append_batch(records);
    for (std::size_t i = 0; i < appended.stored; ++i) {
        if (large[i]) large[i]->keep();
        machine_.ledger.acknowledged(batch[i].marker);
    }
    if (appended.failure) throw SystemError(*appended.failure);
}

void Programs::stop_receiving() {
    writer().close();
    writer_.reset();
}

void Programs::stop_manager() {
    settle();
    manager().close();
    manager_.reset();
}

void Programs::administer(const std::string& marker, spool::Act what, const std::string& to) {
    auto& spool = manager().spool();
    const auto& sent = machine_.ledger.sent()[marker];
    const auto state = spool.find(sent.id);
    if (!state || manager().is_held(sent.id)) return;
    std::vector<Copy*> ends;
    const auto stored = spool.read(*state, sent.id);
    const auto states = stored->states();
    for (std::size_t i = 0; what == spool::Act::remove && i < states.size(); ++i)
        if (!states[i].finished())
            for (const auto& holder : holders_of(stored->envelope.recipients[i].address))
                ends.push_back(&machine_.ledger.copy(holder, marker));
    for (auto* copy : ends) copy->taken_away = Done::trying;
    const auto outcome = manager().act(sent.id, what, to);
    if (outcome.kind != spool::ActOutcome::Kind::done) return;
    for (auto* copy : ends) copy->taken_away = Done::yes;
}

std::shared_ptr<store::Mailbox> Programs::inbox(const std::string& account) {
    if (!imap_) imap_ = std::make_unique<store::Store>(machine_.store_options());
    auto opened = imap_->account(account_of(account))->open("INBOX");
    if (!opened) throw std::logic_error("no INBOX");
    return *opened;
}

std::vector<Ledger::Seen> Programs::read_all(store::Mailbox& mailbox) {
    std::vector<Ledger::Seen> all;
    for (auto& message : mailbox.messages(kEveryUid)) {
        const auto opened = mailbox.open(message.uid);
        all.push_back({std::move(message), opened ? opened->file->read_all(1U << 20U) : std::string()});
    }
    return all;
}

void Programs::look(const std::string& account) {
    const auto mailbox = inbox(account);
    mailbox->look();
    see(account, *mailbox);
}

/// The numbers belong to these messages: a message that is opened may be found under another name, which is a change.
std::vector<Ledger::Seen> Programs::see(const std::string& account, store::Mailbox& mailbox) {
    for (;;) {
        const auto before = mailbox.numbers().highest_modseq;
        auto messages = read_all(mailbox);
        const auto numbers = mailbox.numbers();
        if (numbers.highest_modseq != before) continue;
        machine_.ledger.see_mailbox(account, numbers, messages);
        return messages;
    }
}

store::UidRanges Programs::find(store::Mailbox& mailbox, const std::string& marker) {
    for (const auto& seen : read_all(mailbox))
        if (marker_of(seen.octets) == marker) return {{seen.message.uid, seen.message.uid}};
    return {};
}

void Programs::append(const std::string& account, const std::string& marker, std::size_t size) {
    auto& copy = machine_.ledger.copy(account, marker);
    copy.octets = message(marker, size);
    copy.given = Done::trying;
    const auto mailbox = inbox(account);
    auto writer = mailbox->start_message();
    writer.write(std::string_view(copy.octets).substr(0, size / 2));
    writer.write(std::string_view(copy.octets).substr(size / 2));
    (void)mailbox->append(std::move(writer), 1'790'000'000, store::flag::draft, {"$Label"});
    copy.given = Done::yes;
    copy.flags = store::flag::draft;
    look(account);
}

void Programs::flag(const std::string& account, const std::string& marker, store::Flags flags) {
    const auto mailbox = inbox(account);
    mailbox->look();
    store::FlagChange change;
    change.flags = flags;
    const auto uids = find(*mailbox, marker);
    if (uids.empty()) return;
    (void)mailbox->change_flags(uids, change);
    look(account);
    mailbox->sync_soon();
    machine_.ledger.copy(account, marker).flags |= flags;
}

void Programs::expunge(const std::string& account, const std::string& marker) {
    const auto mailbox = inbox(account);
    mailbox->look();
    const auto uids = find(*mailbox, marker);
    if (uids.empty()) return;
    auto& copy = machine_.ledger.copy(account, marker);
    copy.taken_away = Done::trying;
    if (mailbox->expunge(uids, false).size() == 1) copy.taken_away = Done::yes;
    look(account);
}

void Programs::tidy(const std::string& account) {
    const auto mailbox = inbox(account);
    mailbox->follow_names();
    mailbox->compact();
    look(account);
}

void Programs::check_all() {
    // A look less than 2 s after a change of the directory is repeated later: what it missed is then seen.
    machine_.files.advance(std::chrono::seconds(3));
    for (const auto* account : {kAnna, kBert}) {
        const auto mailbox = inbox(account);
        mailbox->look();
        machine_.ledger.settle_mailbox(account, see(account, *mailbox));
    }
    std::vector<Ledger::Waiting> waiting;
    auto& spool = manager().spool();
    for (const auto& state : spool.states())
        for (unsigned folder = 0; folder < spool::Spool::kFolders; ++folder)
            for (const auto& found : spool.scan(state, folder)) {
                // Its message went first when it was removed.
                if (found.stored && std::ranges::all_of(found.stored->states(), &spool::RecipientState::finished))
                    continue;
                if (!found.stored || !found.has_message || state == spool::state::kBad) {
                    machine_.ledger.fault(&Totals::halves, state + "/" + found.id.text() + " is damaged");
                    continue;
                }
                const auto octets = spool.open_message(state, found.id)->read_all(1U << 20U);
                const auto states = found.stored->states();
                const bool tried =
                    state == spool::state::kIncoming || state == spool::state::kRetry || state == spool::state::kRemote;
                for (std::size_t i = 0; i < states.size(); ++i)
                    if (!states[i].finished())
                        waiting.push_back(
                            {found.stored->envelope.recipients[i].address, octets, !tried || found.stored->held()});
            }
    machine_.ledger.settle_spool(waiting);
}

}  // namespace md::test::crash
