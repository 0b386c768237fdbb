// tests/unit/mail/threads_test.cc - mail/threads.h
//
// Forests are shown as THREAD shows them (RFC 5256 §4).

#include "mail/threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace md::mail {
namespace {

/// For trees of these tests, which are not deep.
std::string show(const Forest& forest, std::uint32_t node) {
    std::string text;
    while (node != Forest::kNone) {
        const auto& at = forest.nodes[node];
        if (at.number != 0) text += (text.empty() ? "" : " ") + std::to_string(at.number);
        if (at.first_child == Forest::kNone) break;
        if (forest.nodes[at.first_child].next == Forest::kNone) {
            node = at.first_child;
            continue;
        }
        if (!text.empty()) text += ' ';
        for (auto child = at.first_child; child != Forest::kNone; child = forest.nodes[child].next)
            text += "(" + show(forest, child) + ")";
        break;
    }
    return text;
}

std::string show(const Forest& forest) {
    std::string text;
    for (auto root = forest.first_root; root != Forest::kNone; root = forest.nodes[root].next)
        text += "(" + show(forest, root) + ")";
    return text;
}

struct Mail {
    std::string id = {};
    std::string references = {};
    std::string in_reply_to = {};
    std::string subject = {};
    bool is_reply = false;
    std::int64_t sent = 0;  ///< 0: its number
};

/// Gives identifiers their numbers.
class Threading {
  public:
    void add(const ThreadMessage& message, std::string_view id, std::string_view references,
             std::string_view in_reply_to) {
        const auto links = links_of(id, references, in_reply_to);
        const auto own = number_of(links.id);
        std::vector<std::uint32_t> parents;
        for (const auto& parent : links.parents) parents.push_back(number_of(parent));
        threader_.add(message, own, parents);
    }
    Forest finish() { return threader_.finish(); }

  private:
    std::uint32_t number_of(const std::string& id) {
        if (id.empty()) return 0;
        return ids_.try_emplace(id, static_cast<std::uint32_t>(ids_.size() + 1)).first->second;
    }

    std::map<std::string, std::uint32_t> ids_;
    ReferencesThreader threader_;
};

/// With subjects as ranks.
std::vector<ThreadMessage> messages_of(const std::vector<Mail>& mailbox) {
    std::set<std::string> subjects{""};
    for (const auto& mail : mailbox) subjects.insert(mail.subject);
    std::vector<ThreadMessage> messages;
    std::uint32_t number = 0;
    for (const auto& mail : mailbox) {
        ++number;
        const auto rank = std::distance(subjects.begin(), subjects.find(mail.subject));
        messages.push_back(
            {number, mail.sent == 0 ? number : mail.sent, static_cast<std::uint32_t>(rank), mail.is_reply});
    }
    return messages;
}

std::string references(const std::vector<Mail>& mailbox) {
    Threading threader;
    const auto messages = messages_of(mailbox);
    for (std::size_t i = 0; i < mailbox.size(); ++i)
        threader.add(messages[i], mailbox[i].id, mailbox[i].references, mailbox[i].in_reply_to);
    return show(threader.finish());
}

std::string by_subject(const std::vector<Mail>& mailbox) {
    return show(thread_by_subject(messages_of(mailbox)));
}

TEST(Threads, LinksByReferences) {
    EXPECT_EQ(references({}), "");
    EXPECT_EQ(references({{"<1@x>"}, {"<2@x>", "<1@x>"}, {"<3@x>", "<1@x> <2@x>"}, {"<4@x>", "<1@x>"}, {"<5@x>"}}),
              "(1 (2 3)(4))(5)");
    EXPECT_EQ(references({{"<1@x>"}, {"<2@x>", "", "Your message <1@x> of today"}}), "(1 2)");
    EXPECT_EQ(references({{"<1@x>"}, {"<2@x>", "no id", "<1@x> <9@x>"}}), "(1 2)") << "the first of In-Reply-To";
}

TEST(Threads, ExampleOfTheResponse) {  // RFC 5256 §4: "* THREAD (2)(3 6 (4 23)(44 7 96))"
    Threading threader;
    threader.add({2, 1, 0, false}, "<2@x>", "", "");
    threader.add({3, 2, 0, false}, "<3@x>", "", "");
    threader.add({4, 10, 0, false}, "<4@x>", "<3@x> <6@x>", "");
    threader.add({6, 3, 0, false}, "<6@x>", "<3@x>", "");
    threader.add({7, 12, 0, false}, "<7@x>", "<44@x>", "");
    threader.add({23, 20, 0, false}, "<23@x>", "<6@x> <4@x>", "");
    threader.add({44, 11, 0, false}, "<44@x>", "", "<6@x>");
    threader.add({96, 30, 0, false}, "<96@x>", "<7@x>", "");
    EXPECT_EQ(show(threader.finish()), "(2)(3 6 (4 23)(44 7 96))");
}

TEST(Threads, MessagesThatAreNotThere) {
    // Step 3, and "* THREAD ((3)(5))" of §4: 3 and 5 have a parent that does not match.
    EXPECT_EQ(references({{"<1@x>", "<0@x>"}, {"<2@x>", "<0@x>"}}), "((1)(2))");
    EXPECT_EQ(references({{"<1@x>", "<0@x>"}}), "(1)") << "one child takes the dummy's place";
    EXPECT_EQ(references({{"<1@x>"}, {"<2@x>", "<1@x> <0@x>"}, {"<3@x>", "<1@x> <0@x>"}}), "(1 (2)(3))")
        << "below a message the dummy's children go up";
    EXPECT_EQ(references({{"<1@x>", "<a@x> <b@x> <c@x>"}, {"<2@x>", "<a@x> <d@x>"}}), "((1)(2))");
}

TEST(Threads, DuplicatesAndMissingIdentifiers) {
    EXPECT_EQ(references({{"<1@x>"}, {"<1@x>"}, {"<3@x>", "<1@x>"}}), "(1 3)(2)");
    EXPECT_EQ(references({{""}, {""}, {"nonsense"}}), "(1)(2)(3)");
    EXPECT_EQ(references({{"<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>"}, {"<2@x>", "<01KF8JCEOCBS0045PS@xxx.yyy.com>"}}),
              "(1 2)")
        << "§3, the note on quoting";
    EXPECT_EQ(references({{"<a@x>"}, {"<2@x>", "<A@x>"}}), "(1)(2)") << "case counts";
}

TEST(Threads, LoopsAreNotMade) {
    EXPECT_EQ(references({{"<1@x>", "<1@x>"}}), "(1)");
    EXPECT_EQ(references({{"<1@x>", "<2@x>"}, {"<2@x>", "<1@x>"}}), "(2 1)");
    EXPECT_EQ(references({{"<1@x>", "<3@x>"}, {"<2@x>", "<1@x>"}, {"<3@x>", "<2@x>"}}), "(3 1 2)");
}

TEST(Threads, AMessageKnowsItsParentBest) {  // step 1B
    EXPECT_EQ(references({{"<1@x>", "<0@x> <3@x>"}, {"<2@x>"}, {"<3@x>", "<2@x>"}}), "(2 3 1)");
    EXPECT_EQ(references({{"<1@x>", "<2@x> <3@x>"}, {"<2@x>"}, {"<3@x>"}}), "(2)(3 1)") << "no references: no parent";
}

TEST(Threads, SubjectsGatherTrees) {  // step 5
    EXPECT_EQ(references({{"<1@x>", "", "", "A"}, {"<2@x>", "", "", "A", true}}), "(1 2)");
    EXPECT_EQ(references({{"<1@x>", "", "", "A", true}, {"<2@x>", "", "", "A"}}), "(2 1)");
    EXPECT_EQ(references({{"<1@x>", "", "", "A"}, {"<2@x>", "", "", "A"}, {"<3@x>", "", "", "A"}}), "((1)(2)(3))");
    EXPECT_EQ(references({{"<1@x>", "", "", "A", true}, {"<2@x>", "", "", "A", true}}), "((1)(2))");
    EXPECT_EQ(references({{"<1@x>", "<0@x>", "", "A"}, {"<2@x>", "<0@x>", "", "B"}, {"<3@x>", "", "", "A", true}}),
              "((1)(2)(3))")
        << "a dummy takes what has its first child's subject";
    EXPECT_EQ(references({{"<1@x>", "<0@x>", "", "A"},
                          {"<2@x>", "<0@x>", "", "B"},
                          {"<3@x>", "<9@x>", "", "A"},
                          {"<4@x>", "<9@x>", "", "C"}}),
              "((1)(2)(3)(4))");
    EXPECT_EQ(references({{"<1@x>"}, {"<2@x>"}}), "(1)(2)") << "no subject gathers nothing";
}

TEST(Threads, SortsSiblingsByDateThenNumber) {  // steps 4 and 6
    EXPECT_EQ(references({{"<1@x>", "", "", "", false, 50},
                          {"<2@x>", "<1@x>", "", "", false, 40},
                          {"<3@x>", "<1@x>", "", "", false, 30},
                          {"<4@x>", "<1@x>", "", "", false, 30},
                          {"<5@x>", "", "", "", false, 10}}),
              "(5)(1 (3)(4)(2))");
    EXPECT_EQ(references({{"<1@x>", "<0@x>", "", "", false, 90},
                          {"<2@x>", "<0@x>", "", "", false, 10},
                          {"<3@x>", "", "", "", false, 50}}),
              "((2)(1))(3)");
}

TEST(Threads, OrderedSubject) {
    EXPECT_EQ(by_subject({}), "");
    EXPECT_EQ(
        by_subject({{"", "", "", "A"}, {"", "", "", "B"}, {"", "", "", "A"}, {"", "", "", "C"}, {"", "", "", "A"}}),
        "(1 (3)(5))(2)(4)");
    EXPECT_EQ(by_subject({{"", "", "", "A", false, 30}, {"", "", "", "B", false, 20}, {"", "", "", "A", false, 10}}),
              "(3 1)(2)");
}

TEST(Threads, HostileChainsAreServed) {
    constexpr std::uint32_t count = 100000;
    std::vector<std::uint32_t> order(count);
    for (std::uint32_t i = 0; i < count; ++i) order[i] = i + 1;
    std::shuffle(order.begin(), order.end(), std::mt19937(1));
    Threading threader;
    for (const auto i : order)
        threader.add({i, i, 0, false}, "<" + std::to_string(i) + "@x>", "", "<" + std::to_string(i - 1) + "@x>");
    auto forest = threader.finish();
    std::uint32_t depth = 0;
    for (auto node = forest.first_root; node != Forest::kNone; node = forest.nodes[node].first_child)
        EXPECT_EQ(forest.nodes[node].number, ++depth);
    EXPECT_EQ(depth, count);
}

TEST(Threads, OneFieldOfAHundredThousandReferences) {
    std::vector<std::uint32_t> chain;
    for (std::uint32_t i = 1; i <= 100000; ++i) chain.push_back(i);
    ReferencesThreader threader;
    threader.add({1, 1, 0, false}, 200001, chain);
    chain.push_back(200001);
    threader.add({2, 2, 0, false}, 200002, chain);
    EXPECT_EQ(show(threader.finish()), "(1 2)");
}

TEST(Threads, LinksOfFields) {
    EXPECT_EQ(links_of("<1@x> <2@x>", "", "").id, "1@x");
    EXPECT_EQ(links_of("", "", "").id, "");
    EXPECT_EQ(links_of("", "<1@x>\r\n <2@x>", "<3@x>").parents, (std::vector<std::string>{"1@x", "2@x"}));
    EXPECT_EQ(links_of("", "none", "of <3@x> and <4@x>").parents, std::vector<std::string>{"3@x"});
    EXPECT_TRUE(links_of("<1@x>", "", "").parents.empty());
    std::string chain;
    for (int i = 0; i < 1001; ++i) chain += "<" + std::to_string(i) + "@x> ";
    const auto parents = links_of("", chain, "").parents;
    EXPECT_EQ(parents.size(), MessageLinks::kParentsLimit);
    EXPECT_EQ(parents.front(), "1@x");
    EXPECT_EQ(parents.back(), "1000@x");
}

TEST(MessageId, TakesSpellingsTogether) {
    std::size_t at = 0;
    const std::string_view value = "noise <a@b>, < c @\r\n d > <\"q \\\"u\"@x> <none> <@x> <open <e@f>";
    EXPECT_EQ(next_message_id(value, at), "a@b");
    EXPECT_EQ(next_message_id(value, at), "c@d");
    EXPECT_EQ(next_message_id(value, at), "q \"u@x");
    EXPECT_EQ(next_message_id(value, at), "e@f");
    EXPECT_EQ(next_message_id(value, at), "");
}

}  // namespace
}  // namespace md::mail
