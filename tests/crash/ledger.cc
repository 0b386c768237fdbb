// tests/crash/ledger.cc - see ledger.h

#include "crash/ledger.h"

namespace md::test::crash {

Totals& Totals::operator+=(const Totals& more) {
    runs += more.runs;
    steps += more.steps;
    orders += more.orders;
    acknowledged += more.acknowledged;
    lost += more.lost;
    doubled += more.doubled;
    relayed += more.relayed;
    twice += more.twice;
    halves += more.halves;
    numbers_twice += more.numbers_twice;
    other += more.other;
    return *this;
}

std::vector<std::string> holders_of(const std::string& recipient) {
    if (recipient == kGroup) return {"anna@example.org", "bert@example.org", "carl@example.com"};
    return {recipient};
}

bool is_local(const std::string& recipient) {
    return recipient.ends_with("@example.org");
}

store::AccountName account_of(const std::string& recipient) {
    return {"example.org", recipient.substr(0, recipient.find('@'))};
}

std::string marker_of(const std::string& octets) {
    const std::string_view name = "\nSubject: ";
    const bool report = octets.find("multipart/report") != std::string::npos;
    const auto at = report ? octets.rfind(name) : octets.find(name);
    if (at == std::string::npos) return {};
    const auto begin = at + name.size();
    return (report ? "report on " : "") + octets.substr(begin, octets.find('\n', begin) - begin);
}

std::string message(const std::string& marker, std::size_t size) {
    std::string octets = std::string("Return-Path: <") + kSender + ">\nSubject: " + marker + "\n\n";
    for (unsigned line = 0; octets.size() < size; ++line)
        octets += "line " + std::to_string(line) + " of " + marker + "\n";
    return octets;
}

Sent& Ledger::send(QueueId id, const std::string& marker, std::size_t size, std::vector<std::string> recipients) {
    auto& sent = sent_[marker];
    sent.id = id;
    sent.marker = marker;
    sent.octets = message(marker, size);
    sent.recipients = std::move(recipients);
    sent.acknowledged = Done::trying;
    for (const auto& recipient : sent.recipients) {
        auto& its = copy(recipient, marker);
        its.octets = sent.octets;
        its.given = Done::trying;
    }
    return sent;
}

void Ledger::acknowledged(const std::string& marker) {
    auto& sent = sent_.at(marker);
    sent.acknowledged = Done::yes;
    for (const auto& recipient : sent.recipients) copy(recipient, marker).given = Done::yes;
}

void Ledger::count_acknowledged() {
    for (const auto& [marker, sent] : sent_)
        if (sent.acknowledged == Done::yes) ++totals_.acknowledged;
}

void Ledger::fault(std::uint64_t Totals::*kind, const std::string& text) {
    ++(totals_.*kind);
    faults_.push_back(text);
}

void Ledger::see_message(const std::string& account, ToldMailbox& told, std::uint32_t validity, const Seen& seen,
                         store::ModSeq highest) {
    const auto marker = marker_of(seen.octets);
    const auto where = account + " UID " + std::to_string(seen.message.uid) + " (" + marker + ")";
    const auto found = copies_.find({account, marker});
    if (found == copies_.end() || found->second.octets != seen.octets)
        return fault(&Totals::halves, where + ": not what was sent, " + std::to_string(seen.octets.size()) + " octets");
    if (seen.message.size_lf != seen.octets.size()) fault(&Totals::other, where + ": size told is not the size");
    if (found->second.taken_away == Done::yes) fault(&Totals::doubled, where + ": was expunged and is there again");
    if ((seen.message.flags & found->second.flags) != found->second.flags)
        fault(&Totals::other, where + ": a flag that was on disk is gone");
    if (seen.message.modseq > highest) fault(&Totals::numbers_twice, where + ": MODSEQ above HIGHESTMODSEQ");

    auto& before = told.uids[{validity, seen.message.uid}];
    if (!before.marker.empty() && before.marker != marker)
        fault(&Totals::numbers_twice, where + ": this UID was told of " + before.marker);
    if (before.marker == marker && seen.message.modseq < before.modseq)
        fault(&Totals::numbers_twice, where + ": MODSEQ gone back");
    if (before.marker == marker && seen.message.flags != before.flags &&
        seen.message.modseq <= told.numbers.highest_modseq)
        fault(&Totals::numbers_twice, where + ": flags changed, and no MODSEQ above what was told says so");
    before = {marker, seen.message.modseq, seen.message.flags};
}

void Ledger::see_mailbox(const std::string& account, const store::MailboxNumbers& numbers,
                         const std::vector<Seen>& messages) {
    auto& told = told_[account];
    const auto& before = told.numbers;
    if (numbers.uid_validity < before.uid_validity) fault(&Totals::numbers_twice, account + ": UIDVALIDITY gone back");
    if (before.uid_validity != 0 && numbers.uid_validity != before.uid_validity)
        fault(&Totals::other, account + ": UIDVALIDITY changed, every client fetches all anew");
    if (numbers.uid_validity == before.uid_validity) {
        if (numbers.uid_next < before.uid_next) fault(&Totals::numbers_twice, account + ": UIDNEXT gone back");
        if (numbers.highest_modseq < before.highest_modseq)
            fault(&Totals::numbers_twice, account + ": HIGHESTMODSEQ gone back");
    }
    if (numbers.messages != messages.size()) fault(&Totals::other, account + ": EXISTS is not the number of messages");
    for (const auto& seen : messages) {
        if (seen.message.uid >= numbers.uid_next) fault(&Totals::numbers_twice, account + ": a UID not below UIDNEXT");
        see_message(account, told, numbers.uid_validity, seen, numbers.highest_modseq);
    }
    told.numbers = numbers;
}

void Ledger::settle(const std::string& holder, const std::map<std::string, unsigned>& there) {
    for (const auto& [key, copy] : copies_) {
        if (key.first != holder) continue;
        const auto found = there.find(key.second);
        const auto count = found == there.end() ? 0 : found->second;
        const auto what = holder + " " + key.second + ": ";
        if (count > 1) fault(&Totals::doubled, what + std::to_string(count) + " copies");
        if (count > 0 && copy.taken_away == Done::yes) fault(&Totals::doubled, what + "came back");
        if (count == 0 && copy.given == Done::yes && copy.taken_away == Done::no) fault(&Totals::lost, what + "lost");
    }
}

void Ledger::settle_mailbox(const std::string& account, const std::vector<Seen>& messages) {
    std::map<std::string, unsigned> there;
    for (const auto& seen : messages) ++there[marker_of(seen.octets)];
    settle(account, there);
}

void Ledger::settle_spool(const std::vector<Waiting>& waiting) {
    std::map<std::pair<std::string, std::string>, unsigned> there;
    for (const auto& one : waiting) {
        const auto marker = marker_of(one.octets);
        const std::pair key(one.recipient, marker);
        const auto found = copies_.find(key);
        const bool ours = one.recipient == kSender;  // a report: made anew it may be worded anew
        if (!ours && (found == copies_.end() || found->second.octets != one.octets))
            fault(&Totals::halves, one.recipient + " in the spool: not what was sent (" + marker + ")");
        if (!one.set_aside) fault(&Totals::other, one.recipient + " " + marker + ": still waits");
        ++there[key];
        if (ours) copies_[key];
    }
    for (const auto& [key, copy] : copies_) {
        if (is_local(key.first)) continue;
        const auto found = there.find(key);
        settle_elsewhere(key, copy, found == there.end() ? 0 : found->second);
    }
}

bool Ledger::is_reported(const std::string& marker) const {
    const auto found = copies_.find({kSender, "report on " + marker});
    return found != copies_.end() && found->second.accepted > 0;
}

void Ledger::settle_elsewhere(const std::pair<std::string, std::string>& key, const Copy& copy, unsigned waiting) {
    const auto what = key.first + " " + key.second + ": ";
    if (waiting > 1) fault(&Totals::doubled, what + "waits " + std::to_string(waiting) + " times");
    if (waiting > 0 && copy.accepted > copy.excused) fault(&Totals::doubled, what + "waits though it was taken");
    if (waiting > 0 && copy.taken_away == Done::yes) fault(&Totals::doubled, what + "came back");
    const bool wanted = copy.given == Done::yes && copy.taken_away == Done::no;
    if (wanted && copy.accepted == 0 && waiting == 0 && !is_reported(key.second)) fault(&Totals::lost, what + "lost");
    if (copy.unrecorded) fault(&Totals::other, what + "was taken, and no record of it is on disk");
}

void Ledger::accept(const spool::Envelope& envelope, const std::string& recipient, const std::string& octets) {
    const auto marker = marker_of(octets);
    const auto what = recipient + " " + marker + ": ";
    const bool report = recipient == kSender;
    const auto found = copies_.find({recipient, marker});
    if (!report && (found == copies_.end() || found->second.octets != octets))
        return fault(&Totals::halves, what + "not what was sent is relayed");
    if (report != envelope.reverse_path.empty()) fault(&Totals::other, what + "a wrong reverse-path");
    auto& copy = copies_[{recipient, marker}];
    if (copy.accepted > copy.excused) fault(&Totals::doubled, what + "is relayed again");
    if (copy.taken_away == Done::yes) fault(&Totals::doubled, what + "was removed and is relayed");
    ++totals_.relayed;
    if (copy.accepted++ > 0) ++totals_.twice;
    copy.unrecorded = true;
    copy.refused = false;
    copy.id = envelope.id;
}

void Ledger::answer_lost(const std::string& recipient, const std::string& octets) {
    auto& copy = copies_[{recipient, marker_of(octets)}];
    if (std::exchange(copy.unrecorded, false)) ++copy.excused;
}

std::vector<std::pair<std::string, std::string>> Ledger::unrecorded() const {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [key, copy] : copies_)
        if (copy.unrecorded) out.push_back(key);
    return out;
}

void Ledger::disk_refused(std::optional<QueueId> id) {
    for (auto& [key, copy] : copies_)
        if (copy.unrecorded && (!id || copy.id == *id)) copy.refused = true;
}

void Ledger::processes_died() {
    for (auto& [key, copy] : copies_)
        if (std::exchange(copy.unrecorded, false)) ++copy.excused;
}

}  // namespace md::test::crash
