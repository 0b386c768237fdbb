// tests/unit/policy/request_test.cc - policy/request.h

#include "policy/request.h"

#include <gtest/gtest.h>

namespace md::policy::request {
namespace {

Entry sample() {
    Entry entry;
    entry.value = "192.0.2.0/24";
    entry.comment = "x";
    return entry;
}

/// Nothing but the whole is read.
template <class Read>
void refuse_every_cut(const std::string& octets, Read read) {
    ASSERT_TRUE(read(octets));
    for (std::size_t size = 0; size < octets.size(); ++size)
        EXPECT_FALSE(read(std::string_view(octets).substr(0, size))) << size;
    EXPECT_FALSE(read(octets + "x"));
    EXPECT_FALSE(read("\x01" + octets.substr(1))) << "another version";
}

TEST(PolicyRequest, ChangesAreReadAsTheyWereWritten) {
    std::vector<Change> changes(2);
    changes[0].entry = changes[1].entry = sample();
    changes[1].operation = Operation::remove;
    const auto octets = write(changes);
    refuse_every_cut(octets, read_changes);
    const auto read = read_changes(octets);
    ASSERT_EQ(read->size(), 2u);
    EXPECT_EQ(read->at(1).operation, Operation::remove);
    EXPECT_EQ(read->at(1).entry, sample());
}

TEST(PolicyRequest, QuestionsAndRepliesAreReadOnlyWhole) {
    refuse_every_cut(write(ChangeReply{Done::not_heard, 3}), read_change_reply);
    refuse_every_cut(write(ListQuestion{List::white, "key"}), read_list_question);
    refuse_every_cut(write(CheckQuestion{List::white, Kind::sender, "a@b", {"b", ""}}), read_check_question);
    refuse_every_cut(write(Attendance{7, bit(List::ban)}), read_attendance);
    refuse_every_cut(write(NextQuestion{1, 2, 3, "cursor"}), read_next_question);
    ListPage page;
    page.entries = {sample(), sample()};
    page.cursor = "on";
    refuse_every_cut(write(page), read_list_page);
}

TEST(PolicyRequest, EventsAndTheirAnswersAreReadOnlyWhole) {
    std::vector<CountEvent> events(2);
    events[1].occasion = Occasion::junk_command;
    events[1].address = *IpAddress::parse("2001:db8::1");
    refuse_every_cut(write(events), read_count_events);
    EXPECT_EQ(read_count_events(write(events))->at(1).address, events[1].address);
    std::vector<Counted> counted(2);
    counted[1].over = true;
    counted[1].again = std::chrono::milliseconds(1500);
    refuse_every_cut(write(counted), read_counted);
    EXPECT_EQ(read_counted(write(counted))->at(1).again, counted[1].again);
}

TEST(PolicyRequest, ANextReplyKeepsRemovals) {
    NextReply reply;
    reply.epoch = 5;
    reply.version = 6;
    reply.form = NextReply::Form::further_page;
    reply.records = {{"a", "record"}, {"b", std::nullopt}};
    reply.cursor = "b";
    refuse_every_cut(write(reply), read_next_reply);
    const auto read = read_next_reply(write(reply));
    EXPECT_EQ(read->records.at(0).record, "record");
    EXPECT_FALSE(read->records.at(1).record);
    EXPECT_EQ(read->cursor, "b");
}

TEST(PolicyRequest, ACountThatTheOctetsCannotHoldIsRefused) {
    EXPECT_FALSE(read_changes(std::string("\2\xff\xff\xff\xff", 5)));
    EXPECT_FALSE(read_list_page(std::string("\2\xff\xff\xff\xff\0", 6)));
}

}  // namespace
}  // namespace md::policy::request
