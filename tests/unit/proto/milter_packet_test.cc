// tests/unit/proto/milter_packet_test.cc - proto/milter/packet.h

#include "proto/milter/packet.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/encoding.h"

namespace md::milter {
namespace {

using std::string;
using std::string_view;

string_view body_of(const string& packet) {
    return string_view(packet).substr(5);
}

TEST(MilterPacket, HasItsLengthInNetworkOrderBeforeTheCommand) {
    string out;
    put_packet(out, 'B', "abc");
    EXPECT_EQ(out, string("\0\0\0\4Babc", 8));
}

TEST(MilterPacket, IsTakenOnlyWhole) {
    string out;
    put_packet(out, 'B', "abc");
    for (std::size_t size = 0; size < out.size(); ++size) {
        const auto taken = take_packet(string_view(out).substr(0, size));
        EXPECT_FALSE(taken.packet) << size;
        EXPECT_FALSE(taken.broken) << size;
    }
    out += "next";
    const auto taken = take_packet(out);
    ASSERT_TRUE(taken.packet);
    EXPECT_EQ(taken.packet->command, 'B');
    EXPECT_EQ(taken.packet->data, "abc");
    EXPECT_EQ(taken.size, 8u);
}

TEST(MilterPacket, IsRefusedBeforeItsOctetsCome) {
    EXPECT_TRUE(take_packet(string_view("\0\0\0\0", 4)).broken);
    EXPECT_TRUE(take_packet(string_view("\x00\x10\x00\x01", 4)).broken) << "kPacketLimit + 1";
    EXPECT_FALSE(take_packet(string_view("\x00\x10\x00\x00", 4)).broken);
}

TEST(MilterPacket, TextsEndWithNul) {
    string out;
    put_texts(out, 'M', {"<a@b>", "SIZE=1"});
    EXPECT_EQ(body_of(out), string_view("<a@b>\0SIZE=1\0", 13));
    const auto texts = read_texts(body_of(out));
    ASSERT_TRUE(texts);
    EXPECT_EQ(*texts, (std::vector<string_view>{"<a@b>", "SIZE=1"}));
    EXPECT_FALSE(read_texts("no end"));
    EXPECT_TRUE(read_texts("")->empty());
}

TEST(MilterPacket, ANulInATextCannotMakeAnother) {
    string out;
    put_texts(out, 'M', {string_view("a\0b", 3)});
    EXPECT_EQ(read_texts(body_of(out))->size(), 1u);
}

TEST(MilterPacket, NegotiationIsReadAlsoWithWhatALaterVersionAdds) {
    string out;
    Negotiation mine;
    mine.actions = 0x1ff;
    mine.steps = 0x1fffff;
    put_negotiation(out, mine);
    EXPECT_EQ(out.size(), 17u);
    out += "later";
    const auto read = read_negotiation(body_of(out));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->version, 6u);
    EXPECT_EQ(read->actions, 0x1ffu);
    EXPECT_EQ(read->steps, 0x1fffffu);
    EXPECT_FALSE(read_negotiation("eleven octe"));
}

ConnectInfo connect(char family, string address) {
    ConnectInfo info;
    info.host = "mx";
    info.family = family;
    info.port = 0x1234;
    info.address = std::move(address);
    return info;
}

TEST(MilterPacket, ConnectIsLaidOutAsLibmilterReadsIt) {
    string out;
    put_connect(out, connect('4', "192.0.2.1"));
    EXPECT_EQ(body_of(out), string_view("mx\0004\x12\x34"
                                        "192.0.2.1\0",
                                        16));
    const auto read = read_connect(body_of(out));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->port, 0x1234);
    EXPECT_EQ(read->address, "192.0.2.1");
}

TEST(MilterPacket, ConnectOfUnknownHasNoAddress) {
    string out;
    put_connect(out, connect('U', ""));
    EXPECT_EQ(body_of(out), string_view("mx\0U", 4));
    EXPECT_EQ(read_connect(body_of(out))->family, 'U');
}

TEST(MilterPacket, ConnectTakesSendmailsFormOfIpv6) {
    EXPECT_EQ(read_connect(string_view("mx\0006\0\31IPv6:2001:db8::1\0", 23))->address, "2001:db8::1");
}

TEST(MilterPacket, AConnectThatIsCutIsNone) {
    string out;
    put_connect(out, connect('6', "2001:db8::1"));
    const auto data = body_of(out);
    for (std::size_t size = 0; size < data.size(); ++size) EXPECT_FALSE(read_connect(data.substr(0, size))) << size;
}

TEST(MilterPacket, MacrosComeInPairs) {
    string out;
    put_macros(out, 'M', {{"{auth_authen}", "alice"}, {"i", ""}});
    const auto read = read_macros(body_of(out));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->for_command, 'M');
    ASSERT_EQ(read->macros.size(), 2u);
    EXPECT_EQ(read->macros[0].name, "{auth_authen}");
    EXPECT_EQ(read->macros[0].value, "alice");
    EXPECT_FALSE(read_macros(string_view("Mi\0", 3)));
    EXPECT_FALSE(read_macros(""));
}

std::vector<RecipientVerdict> two_verdicts() {
    std::vector<RecipientVerdict> verdicts(2);
    verdicts[0].recipient = 0;
    verdicts[0].action = RecipientVerdict::Action::refuse;
    verdicts[0].score_hundredths = 1250;
    verdicts[0].reason = "550 5.7.1 no";
    verdicts[1].recipient = 3;
    verdicts[1].action = RecipientVerdict::Action::queue;
    verdicts[1].score_hundredths = -100;
    verdicts[1].queue = "legal";
    return verdicts;
}

TEST(MilterPacket, VerdictsKeepEverythingAndAreRefusedWhenCut) {
    string out;
    put_verdicts(out, two_verdicts());
    const auto data = body_of(out);
    const auto read = read_verdicts(data);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 2u);
    EXPECT_EQ(read->at(0).action, RecipientVerdict::Action::refuse);
    EXPECT_EQ(read->at(0).score_hundredths, 1250);
    EXPECT_EQ(read->at(0).reason, "550 5.7.1 no");
    EXPECT_EQ(read->at(1).recipient, 3u);
    EXPECT_EQ(read->at(1).score_hundredths, -100);
    EXPECT_EQ(read->at(1).queue, "legal");
    for (std::size_t size = 0; size < data.size(); ++size) EXPECT_FALSE(read_verdicts(data.substr(0, size))) << size;
    EXPECT_FALSE(read_verdicts(string(data) + "x"));
}

TEST(MilterPacket, VerdictsOfAnUnknownVersionOrActionAreRefused) {
    string out;
    put_verdicts(out, two_verdicts());
    auto data = string(body_of(out));
    data[0] = 2;
    EXPECT_FALSE(read_verdicts(data));
    data[0] = 1;
    data[9] = 7;
    EXPECT_FALSE(read_verdicts(data));
}

TEST(MilterPacket, ACountThatTheOctetsCannotHoldTakesNoMemory) {
    EXPECT_FALSE(read_verdicts(string_view("\1\xff\xff\xff\xff", 5)));
}

/// The fixture is what version 1 wrote; every later release reads it.
TEST(MilterPacket, ReadsTheFixtureOfVersionOne) {
    const char* const root = std::getenv("srcdir");
    std::ifstream file(string(root == nullptr ? "." : root) + "/tests/fixtures/milter-verdicts/version-1.hex");
    ASSERT_TRUE(file) << "tests/fixtures/milter-verdicts/version-1.hex";
    string line;
    std::getline(file, line);
    const auto octets = hex_decode(line);
    ASSERT_TRUE(octets);
    const auto taken = take_packet(*octets);
    ASSERT_TRUE(taken.packet);
    EXPECT_EQ(taken.packet->command, reply::kVerdicts);
    ASSERT_TRUE(read_verdicts(taken.packet->data));
    string again;
    put_verdicts(again, two_verdicts());
    EXPECT_EQ(again, *octets) << hex_encode(again);
}

}  // namespace
}  // namespace md::milter
