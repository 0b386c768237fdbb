// tests/unit/mail/address_list_test.cc - mail/address_list.h

#include "mail/address_list.h"

#include <gtest/gtest.h>

#include <vector>

namespace md::mail {
namespace {

using Kind = ListedAddress::Kind;

/// One address a line: name|route|mailbox|host, "-" for what is not there; "group:" and ";" around a group.
std::string show(std::string_view value) {
    AddressListScanner scanner(value);
    ListedAddress a;
    std::string out;
    while (scanner.next(a)) {
        if (!out.empty()) out += '\n';
        if (a.kind == Kind::group_start) {
            out += a.mailbox + ":";
        } else if (a.kind == Kind::group_end) {
            out += ";";
        } else {
            out += a.name.value_or("-") + "|" + a.route.value_or("-") + "|" + a.mailbox + "|" + a.host;
        }
    }
    return out;
}

TEST(AddressList, SimpleForms) {  // RFC 5322 §A.1
    EXPECT_EQ(show("John Doe <jdoe@machine.example>"), "John Doe|-|jdoe|machine.example");
    EXPECT_EQ(show("\"Joe Q. Public\" <john.q.public@example.com>"), "Joe Q. Public|-|john.q.public|example.com");
    EXPECT_EQ(show("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>"),
              "Mary Smith|-|mary|x.test\n-|-|jdoe|example.org\nWho?|-|one|y.test");
    EXPECT_EQ(show("<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>"),
              "-|-|boss|nil.test\nGiant; \"Big\" Box|-|sysservices|example.net");
}

TEST(AddressList, Groups) {  // RFC 5322 §A.1.3
    EXPECT_EQ(show("A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;"),
              "A Group:\nEd Jones|-|c|a.test\n-|-|joe|where.test\nJohn|-|jdoe|one.test\n;");
    EXPECT_EQ(show("Undisclosed recipients:;"), "Undisclosed recipients:\n;");
    EXPECT_EQ(show("a: b@c; , d@e, f: g@h"), "a:\n-|-|b|c\n;\n-|-|d|e\nf:\n-|-|g|h\n;");
    EXPECT_EQ(show(":;"), ":\n;");
    EXPECT_EQ(show("a:,,;b@c"), "a:\n;\n-|-|b|c");
}

TEST(AddressList, CommentsAndBlanks) {  // RFC 5322 §A.5, §A.6.3
    EXPECT_EQ(show("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>"), "Pete|-|pete|silly.test");
    EXPECT_EQ(show("Chris Jones <c@(Chris's host.)public.example>,\n joe@example.org,\n"
                   "  John <jdoe@one.test> (my dear friend); (the end of the group)"),
              "Chris Jones|-|c|public.example\n-|-|joe|example.org\nJohn|-|jdoe|one.test");
    EXPECT_EQ(show("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;"), "Hidden recipients:\n;");
    EXPECT_EQ(show("jdoe@test   . example"), "-|-|jdoe|test.example");
    EXPECT_EQ(show("john . q . public@example . com"), "-|-|john.q.public|example.com");
}

TEST(AddressList, ACommentIsTheNameOfAnAddressWithoutOne) {
    EXPECT_EQ(show("nsb@bellcore.com (Nathaniel Borenstein)"), "Nathaniel Borenstein|-|nsb|bellcore.com");
    EXPECT_EQ(show("a@b ( x ), c@d ()"), "x|-|a|b\n-|-|c|d");
}

TEST(AddressList, Routes) {  // RFC 5322 §A.6.1
    EXPECT_EQ(show("Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example"),
              "Mary Smith|@node.test|mary|example.net\n-|-|jdoe|test.example");
    EXPECT_EQ(show("<@a.test,@b.test:c@d.test>"), "-|@a.test,@b.test|c|d.test");
    EXPECT_EQ(show("<@a.test , , @b.test : c@d.test>, e@f"), "-|@a.test,@b.test|c|d.test\n-|-|e|f");
}

TEST(AddressList, NamesAsTheyStand) {
    EXPECT_EQ(show("J. R. Smith <j@x>"), "J. R. Smith|-|j|x");
    EXPECT_EQ(show("=?iso-8859-1?q?J=F6rg?=\n =?utf-8?q?_M?= <j@x>"), "=?iso-8859-1?q?J=F6rg?= =?utf-8?q?_M?=|-|j|x");
    EXPECT_EQ(show("J\xc3\xb6rg <j\xc3\xb6@x>"), "J\xc3\xb6rg|-|j\xc3\xb6|x");
    EXPECT_EQ(show("\"Smith, J\" <\"a b\"@x>, \"\" <c@d>"), "Smith, J|-|a b|x\n-|-|c|d");
    EXPECT_EQ(show("\"two\r\n lines\" <j@x>"), "two lines|-|j|x");
}

TEST(AddressList, WhatIsBroken) {
    EXPECT_EQ(show(""), "");
    EXPECT_EQ(show(" ,, ; ,"), "");
    EXPECT_EQ(show("bob"), "-|-|bob|");
    EXPECT_EQ(show("Bob Smith"), "Bob Smith|-||");
    EXPECT_EQ(show("Bob bob@x, carol@y"), "Bob|-|bob|x\n-|-|carol|y");
    EXPECT_EQ(show("a@b; c@d"), "-|-|a|b\n-|-|c|d");
    EXPECT_EQ(show("Bob <bob@x, carol@y"), "Bob|-|bob|x\n-|-|carol|y");
    EXPECT_EQ(show("Bob <>, <@x>, @y"), "Bob|-||\n-|-||x\n-|-||y");
    EXPECT_EQ(show("\"Bob <bob@x>, carol@y"), "\"Bob|-|bob|x\n-|-|carol|y");
    EXPECT_EQ(show("( <bob@x>, carol@y"), "(|-|bob|x\n-|-|carol|y");
    EXPECT_EQ(show("a@b@c, d@e"), "-|-|a|b\n-|-|d|e");
    EXPECT_EQ(show("<a@[1.2.3.4]>, b@[IPv6:::1]"), "-|-|a|[1.2.3.4]\n-|-|b|[IPv6:::1]");
    EXPECT_EQ(show("<a@[1.2.3.4>, b@[x"), "-|-|a|[1.2.3.4\n-|-|b|[x");
    EXPECT_EQ(show("Bob <bob@x> junk <more@y>, c@d"), "Bob|-|bob|x\n-|-|c|d");
    EXPECT_EQ(show(">>> a@b"), "");
    EXPECT_EQ(show("a:b:c@d;"), "a:\n-|-|b|\n;");
    EXPECT_EQ(show("<mailto:bob@x>"), "-|-|mailto:bob|x");
}

TEST(AddressList, WorkIsLinear) {
    for (const std::string piece : {"bob@example.org,", "\"x, ", "(", "(a) ", "<", "<@", "a:", ";", ">", "@", "\\",
                                    "a . ", "\"a\" ", ",", "[", "a@[ "}) {
        const auto work = [&](std::size_t n) {
            std::string value;
            for (std::size_t i = 0; i < n; ++i) value += piece;
            AddressListScanner scanner(value);
            ListedAddress address;
            while (scanner.next(address)) {
            }
            return scanner.work();
        };
        EXPECT_LE(work(20'000), 2 * work(10'000) + 10) << piece;
        EXPECT_LE(work(10'000), 4 * 10'000 * piece.size() + 10) << piece;
    }
}

TEST(AddressList, AHundredThousandAddresses) {
    std::string value;
    for (int i = 0; i < 100'000; ++i) value += "User <user" + std::to_string(i) + "@example.org>,\n ";
    AddressListScanner scanner(value);
    ListedAddress address;
    int count = 0;
    while (scanner.next(address)) EXPECT_EQ(address.mailbox, "user" + std::to_string(count++));
    EXPECT_EQ(count, 100'000);
    EXPECT_EQ(scanner.work(), value.size());
}

}  // namespace
}  // namespace md::mail
