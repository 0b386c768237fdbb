// tests/unit/mdqueue/queue_world.h - a spool on a disk that forgets, and hands that do as they are told
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "async/loop.h"
#include "base/error.h"
#include "mdqueue/hands.h"
#include "mdqueue/message_work.h"
#include "mdqueue/record_work.h"
#include "mdqueue/sync_history.h"
#include "mdqueue/take_over.h"
#include "spool/intake_writer.h"
#include "spool/spool.h"
#include "support/lossy_files.h"
#include "support/memory_sink.h"
#include "support/run_task.h"

namespace md::test {

class TestHands final : public mdqueue::Hands {
  public:
    TestHands() : log_(sink) {}

    struct Call {
        std::string address;
        mdqueue::How how;
        std::string shared;  ///< the file it may share
        std::string octets;
    };

    /// Each address is a mailbox, but those of `meanings`, and those of example.com and example.net, which are other
    /// sites.
    async::Task<delivery::Expansion> expand(std::string address, delivery::Forwards forwards) override {
        if (address == cannot_expand) throw SystemError("open", address, EIO);
        delivery::Expansion out;
        const auto meaning = meanings.find(address);
        if (meaning != meanings.end() && forwards == delivery::Forwards::followed) {
            out = meaning->second;
            co_return out;
        }
        const bool other = address.ends_with("@example.com") || address.ends_with("@example.net");
        out.targets.push_back(other ? site(address) : mailbox(address));
        co_return out;
    }
    /// example.com and example.net are other sites'.
    async::Task<Found> find_domain(std::string domain) override {
        if (domain == cannot_find) co_return fail(accounts::Unavailable{"its file is damaged"});
        if (domain == "example.com" || domain == "example.net") co_return std::optional<accounts::Domain>();
        accounts::Domain found;
        found.report_language = language_of[domain];
        found.name = std::move(domain);
        co_return std::optional(std::move(found));
    }
    static delivery::Target mailbox(const std::string& address) {
        delivery::Target target;
        target.kind = delivery::Target::Kind::mailbox;
        target.address = address;
        const auto at = address.find('@');
        target.account.name = {address.substr(at + 1), address.substr(0, at)};
        return target;
    }
    async::Task<mdqueue::Attempt> attempt(const spool::Envelope&, const delivery::Target& target,
                                          const mdqueue::Readable& message, mdqueue::How how,
                                          const mdqueue::Link& first) override {
        const auto& address = target.address;
        std::string rest(message.size, '\0');
        rest.resize(message.file->read_at(message.offset, rest.data(), rest.size()));
        calls.push_back({address, how, first.path, message.beginning + rest});
        most_at_once = std::max(most_at_once, ++running);
        for (unsigned turn = 0; turn < turns; ++turn) co_await async::yield();
        --running;
        auto answer = answers[address].empty() ? delivered(address) : answers[address].front();
        if (!answers[address].empty()) answers[address].pop_front();
        co_return answer;
    }
    [[nodiscard]] std::string destination_of(const std::string& domain) const override {
        const auto found = routes.find(domain);
        return found == routes.end() ? domain : found->second;
    }
    Turn take_turn(const std::string& destination) override {
        const auto found = turns_at.find(destination);
        const auto turn = found == turns_at.end() ? Turn::go : found->second;
        if (turn == Turn::go) ++turns_taken;
        return turn;
    }
    void give_back(const std::string&) override { ++turns_given_back; }
    async::Task<mdqueue::Relayed> relay(const spool::Envelope& envelope, const std::string& destination,
                                        const File& message, std::uint64_t size, bool turn) override {
        mdqueue::Relayed out;
        const auto at = turns_at.find(destination);
        if (!turn && at != turns_at.end()) {
            out.kind = at->second == Turn::busy ? mdqueue::Relayed::Kind::busy : mdqueue::Relayed::Kind::rests;
            out.wait = std::chrono::minutes(7);
            out.reason = "connection refused";
            co_return out;
        }
        if (!killer.empty()) {
            out.kind = mdqueue::Relayed::Kind::kills;
            out.reason = killer;
            co_return out;
        }
        std::string octets(size - envelope.relay_from, '\0');
        octets.resize(message.read_at(envelope.relay_from, octets.data(), octets.size()));
        std::string who;
        std::string notify;
        for (const auto& recipient : envelope.recipients) {
            for (const auto& one : recipient.parameters)
                if (one.name == "NOTIFY") notify += one.value + ";";
            who += (who.empty() ? "" : " ") + recipient.address;
            auto& queue = answers[recipient.address];
            out.attempts.push_back(queue.empty() ? relayed() : queue.front());
            if (!queue.empty()) queue.pop_front();
        }
        sent.push_back({destination, who, octets, notify, envelope.route, envelope.reverse_path});
        if (during_relay) during_relay();
        for (unsigned more = turns_of_relay[destination]; more > 0; --more) co_await async::yield();
        co_return out;
    }
    [[nodiscard]] bool has_rates() const override { return rates.rules().any(); }
    std::optional<mdqueue::OutgoingRates::Wait> ask_sender_rate(const spool::Envelope& envelope,
                                                                std::uint64_t recipients, bool promised) override {
        return rates.ask_sender(envelope, recipients, promised, steady());
    }
    std::optional<mdqueue::OutgoingRates::Wait> ask_destination_rate(const std::string& destination,
                                                                     bool promised) override {
        return rates.ask_destination(destination, promised, steady());
    }
    [[nodiscard]] mdqueue::OutgoingRates::Time steady() const {
        return mdqueue::OutgoingRates::Time(time.time_since_epoch());
    }
    void end_rest(const std::string& destination) override {
        const auto found = turns_at.find(destination);
        if (found != turns_at.end() && found->second == Turn::rests) turns_at.erase(found);
    }
    [[nodiscard]] std::chrono::microseconds rest_of(const std::string& destination) const override {
        const auto found = turns_at.find(destination);
        const bool rests = found != turns_at.end() && found->second == Turn::rests;
        return rests ? std::chrono::minutes(7) : std::chrono::minutes(0);
    }
    void end_rests() override {
        std::erase_if(turns_at, [](const auto& one) { return one.second == Turn::rests; });
    }
    async::Task<mdqueue::Examined> examine(const spool::StoredEnvelope& stored, const File&) override {
        ++examinations;
        mdqueue::Examined examined;
        if (judge) examined = judge(stored.envelope);
        co_return examined;
    }
    async::Task<bool> on_disk() override {
        ++syncs;
        const bool good = !sync_fails;
        if (during_sync) during_sync();
        co_return good;
    }
    [[nodiscard]] mdqueue::Rules rules() const override { return the_rules; }
    [[nodiscard]] const spool::Freezes& freezes() const override { return frozen; }
    [[nodiscard]] WallTime now() const override { return time; }
    [[nodiscard]] const log::Logger& log() const override { return log_; }
    [[nodiscard]] bool ending() const override { return is_ending; }

    static mdqueue::Attempt delivered(const std::string& address) {
        return {mdqueue::Attempt::Kind::delivered, "2.0.0", "delivered", {"/store/" + address, 1, 1}};
    }
    static mdqueue::Attempt deferred(std::string status = "4.2.2") {
        return {mdqueue::Attempt::Kind::deferred, std::move(status), "not now", {}};
    }
    static mdqueue::Attempt failed() { return {mdqueue::Attempt::Kind::failed, "5.1.1", "no such user here", {}}; }
    static mdqueue::Attempt relayed() {
        mdqueue::Attempt out;
        out.kind = mdqueue::Attempt::Kind::relayed;
        out.status = "2.0.0";
        out.text = "250 2.0.0 taken";
        out.host = "mx.example.com [192.0.2.1]";
        return out;
    }
    static delivery::Target site(const std::string& address) {
        delivery::Target target;
        target.kind = delivery::Target::Kind::remote;
        target.address = address;
        return target;
    }

    std::map<std::string, delivery::Expansion> meanings;
    std::map<std::string, std::deque<mdqueue::Attempt>> answers;  ///< delivered, where there is none
    std::vector<Call> calls;
    struct Sent {
        std::string destination;
        std::string recipients;
        std::string octets;
        std::string notify;
        std::string route;
        std::string sender;
    };
    std::vector<Sent> sent;                     ///< to other sites
    std::map<std::string, Turn> turns_at;       ///< go, where there is none
    std::string killer;                         ///< why what is relayed is not to be given again
    std::map<std::string, std::string> routes;  ///< of domains that do not go to themselves
    std::function<void()> during_relay;
    std::map<std::string, unsigned> turns_of_relay;  ///< of the loop, from the 250 until it is known here
    mdqueue::OutgoingRates rates{{}};
    unsigned turns_taken = 0;
    unsigned turns_given_back = 0;
    std::string cannot_expand;
    std::string cannot_find;
    std::map<std::string, std::string> language_of;
    unsigned turns = 0;  ///< of the loop, that an attempt takes
    unsigned running = 0;
    unsigned most_at_once = 0;                                       ///< attempts
    std::function<mdqueue::Examined(const spool::Envelope&)> judge;  ///< none: the filter is away
    unsigned examinations = 0;
    unsigned syncs = 0;
    bool sync_fails = false;
    std::function<void()> during_sync;
    bool is_ending = false;
    WallTime time{std::chrono::seconds(1'790'000'000)};
    mdqueue::Rules the_rules{
        "mail.example.org", {std::chrono::minutes(1), std::chrono::minutes(5)}, std::chrono::hours(24 * 5), 1U << 20U};
    spool::Freezes frozen{"/spool/frozen"};
    MemorySink sink;

  protected:
    async::Task<void> run(Job& job) override {
        job.run();
        co_return;
    }

  private:
    log::Logger log_;
};

/// Journal, spool and hands.
struct QueueWorld : testing::Test {
    static constexpr std::uint64_t kBoot = 7;

    QueueWorld() {
        files.make_directories("/intake");
        files.make_directories("/spool");
        start();
    }
    /// A manager begins; the one before is gone.
    void start(std::uint64_t boot = kBoot) {
        work.reset();
        take_over.reset();
        messages.reset();
        spool.emplace(files, "/spool");
        history.emplace(files, spool->taken_directory() + "/sync", boot);
        take_over.emplace(files, "/intake", *spool, *history, boot);
        work.emplace(hands, *spool);
        messages.emplace(hands, *spool, *history);
    }
    static std::string text(std::uint64_t id) {
        return "Return-Path: <alice@example.net>\nSubject: " + std::to_string(id) + "\n\nbody\n";
    }
    spool::Envelope envelope(std::uint64_t id, const std::vector<std::string>& recipients) const {
        spool::Envelope out;
        out.id = QueueId(id);
        out.arrived = hands.time;
        out.reverse_path = "alice@example.net";
        out.relay_from = std::string("Return-Path: <alice@example.net>\n").size();
        for (const auto& one : recipients) out.recipients.emplace_back(one);
        return out;
    }
    void receive(const std::vector<spool::Envelope>& envelopes) {
        if (!writer) {
            spool::IntakeSettings settings;
            settings.directory = "/intake";
            settings.segment_size_bytes = 32U << 10U;
            settings.large_bytes = 12U << 10U;
            writer.emplace(files, settings, files.clock());
        }
        std::vector<std::string> texts;
        for (const auto& one : envelopes) texts.push_back(text(one.id.value()));
        std::vector<spool::OutgoingRecord> records;
        for (std::size_t i = 0; i < envelopes.size(); ++i) records.emplace_back(envelopes[i], texts[i]);
        const auto appended = writer->append_batch(records);
        ASSERT_EQ(appended.stored, envelopes.size());
    }
    void put(std::string_view queue, const spool::Envelope& one) {
        const spool::MessagePiece piece(text(one.id.value()));
        spool->add(queue, one, std::span(&piece, 1), spool::Durable::now);
    }
    mdqueue::RecordPointer only() {
        auto records = take_over->next(true);
        if (records.size() != 1) throw std::logic_error("not one record");
        return records.front();
    }
    void settle(bool good = true) {
        take_over->begin_settle();
        history->begin();
        history->end(good);
        if (good) {
            spool->sync();
            take_over->end_settle();
        } else
            take_over->settle_failed();
    }
    mdqueue::Ending try_message(std::uint64_t id, std::string_view queue, bool anew = false) {
        mdqueue::Ending ending;
        mdqueue::Trying trying;
        trying.anew = anew;
        trying.urgent = true;
        run_task(messages->handle(QueueId(id), std::string(queue), trying, ending));
        return ending;
    }
    /// Where each message of the spool is, by id.
    std::map<std::uint64_t, std::string> waiting() {
        std::map<std::uint64_t, std::string> out;
        for (const auto& state : spool->states())
            for (unsigned folder = 0; folder < spool::Spool::kFolders; ++folder)
                for (const auto& found : spool->scan(state, folder)) out[found.id.value()] = state;
        return out;
    }
    std::string content(std::string_view queue, QueueId id) {
        const auto file = spool->open_message(queue, id);
        return file ? file->read_all(1U << 20U) : "none";
    }

    LossyFiles files;
    TestHands hands;
    std::optional<spool::Spool> spool;
    std::optional<mdqueue::SyncHistory> history;
    std::optional<mdqueue::TakeOver> take_over;
    std::optional<mdqueue::RecordWork> work;
    std::optional<mdqueue::MessageWork> messages;
    std::optional<spool::IntakeWriter> writer;
};

}  // namespace md::test
