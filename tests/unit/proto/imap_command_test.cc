// tests/unit/proto/imap_command_test.cc - see src/proto/imap/command.h; cases from RFC 3501 §6

#include "proto/imap/command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "proto/imap/command_table.h"
#include "proto/imap/search_program.h"

namespace {

using namespace md::imap;
using namespace std::string_literals;

/// A command that owns what its views point into.
struct Parsed {
    Assembler assembler;
    md::Result<Command, SyntaxError> result = md::fail(SyntaxError{});

    static AssemblerLimits limits() {
        AssemblerLimits limits;
        limits.line = limits.command = 100000;
        limits.non_synchronising = 100000;
        return limits;
    }

    explicit Parsed(std::string input) : assembler(limits()) {
        input += "\r\n";
        std::string_view left = input;
        for (;;) {
            const auto step = assembler.feed(left);
            left.remove_prefix(step.consumed);
            if (step.event == Assembler::Event::literal) {
                (void)assembler.collect_literal();
                continue;
            }
            EXPECT_EQ(step.event, Assembler::Event::command) << input;
            EXPECT_TRUE(left.empty()) << input;
            result = parse(assembler.head());
            return;
        }
    }

    template <class T>
    const T& as() {
        if (!result) ADD_FAILURE() << result.error().text;
        return std::get<T>(result->arguments);
    }
    std::string error() { return result ? "" : std::string(result.error().text); }
};

LiteralPlan plan(Assembler& assembler, std::string_view input) {
    const auto step = assembler.feed(input);
    EXPECT_EQ(step.event, Assembler::Event::literal) << input;
    return plan_literal(assembler.head());
}

TEST(ImapCommand, EveryCommandOfTheTableIsFoundInAnyCaseAndTheTableIsSorted) {
    for (const auto& rule : kCommands) {
        EXPECT_EQ(find_command(md::lower(rule.name)), &rule);
        EXPECT_EQ(&rule_of(rule.verb), &rule);
    }
    EXPECT_TRUE(std::is_sorted(kCommands.begin(), kCommands.end(), [](auto& a, auto& b) { return a.name < b.name; }));
    EXPECT_EQ(find_command("UID"), nullptr);
    EXPECT_EQ(find_command(""), nullptr);
}

TEST(ImapCommand, StatesAreThoseOfTheRfc) {
    EXPECT_TRUE(allowed(*find_command("LOGIN"), State::not_authenticated));
    EXPECT_FALSE(allowed(*find_command("LOGIN"), State::authenticated));
    EXPECT_FALSE(allowed(*find_command("SELECT"), State::not_authenticated));
    EXPECT_TRUE(allowed(*find_command("SELECT"), State::selected));
    EXPECT_FALSE(allowed(*find_command("FETCH"), State::authenticated));
    EXPECT_TRUE(allowed(*find_command("NOOP"), State::not_authenticated));
}

TEST(ImapCommand, ExpungeIsWithheldFromCommandsWithSequenceNumbers) {
    EXPECT_FALSE(may_tell_expunge(*Parsed("a FETCH 1 FLAGS").result));
    EXPECT_TRUE(may_tell_expunge(*Parsed("a UID FETCH 1 FLAGS").result));
    EXPECT_FALSE(may_tell_expunge(*Parsed("a SEARCH ALL").result));
    EXPECT_TRUE(may_tell_expunge(*Parsed("a NOOP").result));
}

TEST(ImapCommand, CommandsWithoutArgumentsTakeNone) {
    Parsed noop("a002 noop");
    ASSERT_TRUE(noop.result);
    EXPECT_EQ(noop.result->tag, "a002");
    EXPECT_EQ(noop.result->verb, Verb::noop);
    EXPECT_FALSE(Parsed("a NOOP x").result);
}

TEST(ImapCommand, MoreSpacesThanOne) {
    EXPECT_TRUE(Parsed("a NOOP ").result);
    EXPECT_TRUE(Parsed("a  NOOP   ").result);
    EXPECT_EQ(Parsed("a UID SEARCH 1,2  NOT DELETED ").as<Search>().program.size(), 4u);
    EXPECT_EQ(Parsed("a UID FETCH 1  (FLAGS   UID) ").as<Fetch>().items.size(), 2u);
    EXPECT_FALSE(Parsed("a AUTHENTICATE PLAIN ").as<Authenticate>().initial_response);
    EXPECT_EQ(Parsed("a LOGIN bob  \" x \" ").as<Login>().password, " x ");
    EXPECT_FALSE(Parsed(" a NOOP").result);
    EXPECT_FALSE(Parsed("a LOGIN bob ").result);
    EXPECT_FALSE(Parsed("a FETCH 1 (FLAGS )").result);
    EXPECT_FALSE(Parsed("a SEARCH ").result);
    EXPECT_FALSE(Parsed("a NOOP  x").result);
}

TEST(ImapCommand, ErrorsHaveTheTagIfThereIsOne) {
    EXPECT_EQ(Parsed("a1 FROBNICATE").result.error().tag, "a1");
    EXPECT_EQ(Parsed("a1 FETCH 0 FLAGS").result.error().tag, "a1");
    EXPECT_EQ(Parsed("").result.error().tag, "");
    EXPECT_EQ(Parsed("+ NOOP").result.error().tag, "");
    EXPECT_EQ(Parsed("alone").result.error().text, "space expected");
    EXPECT_FALSE(Parsed("a\tNOOP").result);
}

TEST(ImapCommand, LoginTakesAllFormsOfString) {
    Parsed plain("a001 LOGIN SMITH SESAME");
    EXPECT_EQ(plain.as<Login>().user, "SMITH");
    EXPECT_EQ(plain.as<Login>().password, "SESAME");
    Parsed quoted(R"(a LOGIN "bob" "a\"b\\c d")");
    EXPECT_EQ(quoted.as<Login>().password, R"(a"b\c d)");
    Parsed literals("a LOGIN {3}\r\nbob {5}\r\na\r\n\"]");
    EXPECT_EQ(literals.as<Login>().user, "bob");
    EXPECT_EQ(literals.as<Login>().password, "a\r\n\"]");
    Parsed empty("a LOGIN \"\" \"\"");
    EXPECT_EQ(empty.as<Login>().user, "");
    EXPECT_EQ(Parsed("a LOGIN a]b x").as<Login>().user, "a]b");
}

TEST(ImapCommand, ViewsOfUnescapedStringsSurviveAMove) {
    Parsed parsed(R"(a LOGIN "\"" "\\")");
    ASSERT_TRUE(parsed.result);
    const Command moved = std::move(*parsed.result);
    EXPECT_EQ(std::get<Login>(moved.arguments).user, "\"");
    EXPECT_EQ(std::get<Login>(moved.arguments).password, "\\");
}

TEST(ImapCommand, MalformedStringsAreRefused) {
    EXPECT_FALSE(Parsed("a LOGIN bob").result);
    EXPECT_FALSE(Parsed("a LOGIN \"bob pass").result);
    EXPECT_FALSE(Parsed("a LOGIN bob \"a\\x\"").result);
    EXPECT_FALSE(Parsed("a LOGIN bob pass word").result);
    EXPECT_FALSE(Parsed("a LOGIN bob {3}x").result);
    EXPECT_FALSE(Parsed("a LOGIN b(b x").result);
    EXPECT_FALSE(Parsed("a LOGIN {1}\r\n\0 x"s).result);
    EXPECT_FALSE(Parsed("a LOGIN \"\0\" x"s).result);
}

TEST(ImapCommand, AuthenticateWithAndWithoutInitialResponse) {
    // RFC 3501 §6.2.2; RFC 4959 §4
    Parsed plain("A01 AUTHENTICATE PLAIN");
    EXPECT_EQ(plain.as<Authenticate>().mechanism, "PLAIN");
    EXPECT_FALSE(plain.as<Authenticate>().initial_response.has_value());
    Parsed initial("A01 AUTHENTICATE PLAIN dGVzdAB0ZXN0AHRlc3Q=");
    EXPECT_EQ(initial.as<Authenticate>().initial_response, "dGVzdAB0ZXN0AHRlc3Q=");
    Parsed empty("A01 AUTHENTICATE EXTERNAL =");
    EXPECT_EQ(empty.as<Authenticate>().initial_response, "");
    EXPECT_FALSE(Parsed("A01 AUTHENTICATE PLAIN a b").result);
}

TEST(ImapCommand, MailboxNamesAreDecoded) {
    EXPECT_EQ(Parsed("A142 SELECT inBox").as<Select>().mailbox, "INBOX");
    EXPECT_EQ(Parsed("a EXAMINE blurdybloop").as<Select>().mailbox, "blurdybloop");
    EXPECT_EQ(Parsed("a SELECT \"Entw&APw-rfe\"").as<Select>().mailbox, "Entw\xC3\xBCrfe");
    EXPECT_EQ(Parsed("a SELECT {6}\r\na b%*(").as<Select>().mailbox, "a b%*(");
    EXPECT_EQ(Parsed("a SELECT \"Entw\xC3\xBCrfe\"").error(), "8-bit octet in mailbox name");
    EXPECT_EQ(Parsed("a SELECT &Jjo!").error(), "\"&\" in mailbox name without its \"-\"");
    EXPECT_FALSE(Parsed("a SELECT a%").result);
}

TEST(ImapCommand, ListTakesWildcardsWithoutQuotes) {
    Parsed all("A682 LIST \"\" *");
    EXPECT_EQ(all.as<List>().reference, "");
    EXPECT_EQ(all.as<List>().patterns, std::vector<std::string>{"*"});
    EXPECT_EQ(Parsed("A202 LIST ~/Mail/ %").as<List>().reference, "~/Mail/");
    EXPECT_EQ(Parsed("a LIST \"\" \"\"").as<List>().patterns.at(0), "");
    EXPECT_EQ(Parsed("a LIST \"\" {3}\r\nx %").as<List>().patterns.at(0), "x %");
    EXPECT_FALSE(Parsed("a LIST \"\"").result);
    EXPECT_EQ(Parsed("a LIST \"\" (R&D Entw&APw-* \"\xc3\xbc\")").as<List>().patterns,
              std::vector<std::string>{"Entw\xc3\xbc*"});
}

TEST(ImapCommand, ListExtended) {
    // RFC 5258 §3, §5; 5819 §3; 6154 §2
    Parsed whole(
        "a LIST (SUBSCRIBED remote RECURSIVEMATCH) \"\" (\"INBOX\" Drafts \"Sent/%\") RETURN (children "
        "STATUS (MESSAGES SIZE) SPECIAL-USE)");
    const auto& list = whole.as<List>();
    EXPECT_TRUE(list.extended);
    EXPECT_EQ(list.patterns, (std::vector<std::string>{"INBOX", "Drafts", "Sent/%"}));
    EXPECT_EQ(list.select, bit(ListOption::subscribed) | bit(ListOption::remote) | bit(ListOption::recursive_match));
    EXPECT_EQ(list.returns, bit(ListOption::children) | bit(ListOption::status) | bit(ListOption::special_use));
    EXPECT_EQ(list.status, 1 | 32);
    EXPECT_TRUE(Parsed("a LIST () \"\" % RETURN ()").as<List>().extended);
    EXPECT_FALSE(Parsed("a LIST \"\" %").as<List>().extended);
    EXPECT_TRUE(Parsed("a LIST (SPECIAL-USE RECURSIVEMATCH SUBSCRIBED) \"\" %").result);
    for (const auto* wrong :
         {"a LIST (RECURSIVEMATCH) \"\" %", "a LIST (REMOTE RECURSIVEMATCH) \"\" %", "a LIST (CHILDREN) \"\" %",
          "a LIST (SUBSCRIBED)\"\" %", "a LIST \"\" ()", "a LIST \"\" (a b", "a LIST \"\" % RETURN",
          "a LIST \"\" % RETURN (REMOTE)", "a LIST \"\" % RETURN (STATUS)", "a LIST \"\" % RETURN (STATUS ())",
          "a LIST \"\" % (CHILDREN)", "a LSUB () \"\" %", "a LSUB \"\" (a)"})
        EXPECT_FALSE(Parsed(wrong).result) << wrong;
    std::string many = "a LIST \"\" (a";
    for (int i = 0; i < 100; ++i) many += " a";
    EXPECT_EQ(Parsed(many + ")").error(), "too many patterns");
}

TEST(ImapCommand, CreateAndRename) {
    EXPECT_EQ(Parsed("A003 CREATE owatagusiam/").as<Create>().name, "owatagusiam");
    EXPECT_EQ(Parsed("A004 CREATE owatagusiam/blurdybloop").as<Create>().name, "owatagusiam/blurdybloop");
    Parsed special("t2 CREATE MySpecial (USE (\\Drafts \\sent))");
    EXPECT_EQ(special.as<Create>().uses, use::drafts | use::sent);
    EXPECT_FALSE(special.as<Create>().unknown_use);
    EXPECT_TRUE(Parsed("a CREATE x (USE (\\Important))").as<Create>().unknown_use);
    EXPECT_EQ(Parsed("a CREATE x (USE ())").as<Create>().uses, 0);
    for (const auto* wrong : {"a CREATE", "a CREATE x ()", "a CREATE x (USE)", "a CREATE x (USE \\Sent)",
                              "a CREATE x (USE (Sent))", "a CREATE x (TYPE (x))", "a CREATE x (USE (\\Sent)"})
        EXPECT_FALSE(Parsed(wrong).result) << wrong;
    Parsed rename("A683 RENAME blurdybloop inbox/sarasoop/");
    EXPECT_EQ(rename.as<Rename>().from, "blurdybloop");
    EXPECT_EQ(rename.as<Rename>().to, "INBOX/sarasoop");
    EXPECT_FALSE(Parsed("a RENAME x").result);
}

TEST(ImapCommand, Quota) {
    // RFC 9208 §4.1
    EXPECT_EQ(Parsed("G0001 GETQUOTA \"!partition/sda4\"").as<QuotaRoot>().name, "!partition/sda4");
    EXPECT_EQ(Parsed("G0002 GETQUOTAROOT inbox").as<Mailbox>().name, "INBOX");
    EXPECT_TRUE(Parsed("S0000 SETQUOTA \"#user/alice\" (STORAGE 510 MESSAGE 99999999999)").result);
    EXPECT_TRUE(Parsed("S0000 SETQUOTA \"\" ()").result);
    EXPECT_FALSE(Parsed("a SETQUOTA \"\" (STORAGE)").result);
    EXPECT_FALSE(Parsed("a SETQUOTA \"\" (STORAGE x)").result);
    EXPECT_FALSE(Parsed("a SETQUOTA \"\"").result);
}

TEST(ImapCommand, StatusItems) {
    // RFC 3501 §6.3.10
    Parsed parsed("A042 STATUS blurdybloop (UIDNEXT messages)");
    EXPECT_EQ(parsed.as<Status>().mailbox, "blurdybloop");
    EXPECT_EQ(parsed.as<Status>().items, 1 | 4);
    EXPECT_FALSE(Parsed("a STATUS x ()").result);
    EXPECT_FALSE(Parsed("a STATUS x MESSAGES").result);
    EXPECT_FALSE(Parsed("a STATUS x (SIZES)").result);
    EXPECT_EQ(Parsed("a STATUS x (size highestmodseq MAILBOXID DELETED DELETED-STORAGE)").as<Status>().items,
              32 | 64 | 128 | 256 | 512);
    EXPECT_FALSE(Parsed("a STATUS x (MESSAGES RECENT").result);
}

TEST(ImapCommand, FetchItems) {
    Parsed parsed("A654 FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])");
    const auto& fetch = parsed.as<Fetch>();
    ASSERT_EQ(fetch.items.size(), 2u);
    EXPECT_EQ(fetch.items[0].kind, FetchItem::Kind::flags);
    EXPECT_EQ(fetch.items[1].kind, FetchItem::Kind::body);
    EXPECT_TRUE(fetch.items[1].sets_seen);
    EXPECT_EQ(fetch.items[1].section.text, Section::Text::header_fields);
    EXPECT_EQ(fetch.items[1].section.fields, (std::vector<std::string_view>{"DATE", "FROM"}));
    EXPECT_EQ(fetch.messages.resolve(9), (std::vector<NumberRange>{{2, 4}}));
}

TEST(ImapCommand, FetchSectionsAndPartials) {
    Parsed peek("a FETCH 1 body.peek[text]<0.2048>");
    const auto& item = peek.as<Fetch>().items.at(0);
    EXPECT_FALSE(item.sets_seen);
    EXPECT_EQ(item.section.text, Section::Text::text);
    EXPECT_EQ(item.partial->first, 0u);
    EXPECT_EQ(item.partial->count, 2048u);
    EXPECT_EQ(Parsed("a FETCH 1 BODY[]").as<Fetch>().items.at(0).section.text, Section::Text::whole);
    EXPECT_EQ(Parsed("a FETCH 1 BODY[HEADER]").as<Fetch>().items.at(0).section.text, Section::Text::header);
    EXPECT_EQ(Parsed("a FETCH 1 (BODY[HEADER.FIELDS.NOT (\"x y\" {1}\r\nz)])").as<Fetch>().items.at(0).section.fields,
              (std::vector<std::string_view>{"x y", "z"}));
    const char* bad[] = {"BODY[]<0.0>",
                         "BODY[]<.1>",
                         "BODY[]<1>",
                         "BODY[]<4294967296.1>",
                         "BODY[",
                         "BODY[TEXT",
                         "BODY[HEADER.FIELDS]",
                         "BODY[HEADER.FIELDS ()]",
                         "BODY[HEADER.FIELDS (a]",
                         "BODY[NONSENSE]",
                         "()",
                         "(FLAGS",
                         "(FLAGS FAST)",
                         "FLAGS UID",
                         "FLAGS)",
                         "NONSENSE",
                         ""};
    for (const auto* text : bad) EXPECT_FALSE(Parsed(std::string("a FETCH 1 ") + text).result) << text;
}

TEST(ImapCommand, FetchOldNamesAreBodySections) {
    Parsed parsed("a FETCH 1 (RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE)");
    const auto& items = parsed.as<Fetch>().items;
    ASSERT_EQ(items.size(), 4u);
    EXPECT_TRUE(items[0].sets_seen);
    EXPECT_EQ(items[1].section.text, Section::Text::header);
    EXPECT_FALSE(items[1].sets_seen);
    EXPECT_EQ(items[2].section.text, Section::Text::text);
    EXPECT_TRUE(items[2].sets_seen);
    EXPECT_EQ(items[3].kind, FetchItem::Kind::rfc822_size);
}

TEST(ImapCommand, FetchMacroAndUidForm) {
    EXPECT_EQ(Parsed("a FETCH 1:* FAST").as<Fetch>().items.size(), 3u);
    Parsed uid("A999 UID FETCH 4827313:4828442 FLAGS");
    ASSERT_TRUE(uid.result);
    EXPECT_TRUE(uid.result->uid);
    ASSERT_EQ(uid.as<Fetch>().items.size(), 2u);
    EXPECT_EQ(uid.as<Fetch>().items[0].kind, FetchItem::Kind::uid);
    EXPECT_EQ(Parsed("a UID FETCH 1 (UID FLAGS UID)").as<Fetch>().items.size(), 2u);
    EXPECT_FALSE(Parsed("a UID NOOP").result);
    EXPECT_FALSE(Parsed("a UID UID FETCH 1 FLAGS").result);
}

TEST(ImapCommand, FetchItemsAreBounded) {
    std::string items = "BODY[]";
    for (int i = 0; i < 100; ++i) items += " BODY[]";
    EXPECT_EQ(Parsed("a FETCH 1 (" + items + ")").error(), "too many items");
}

TEST(ImapCommand, StoreForms) {
    Parsed add("A003 STORE 2:4 +FLAGS (\\Deleted)");
    EXPECT_EQ(add.as<Store>().mode, Store::Mode::add);
    EXPECT_FALSE(add.as<Store>().silent);
    EXPECT_EQ(add.as<Store>().flags.bits, bit(Flag::deleted));
    Parsed remove("a UID STORE 1 -flags.silent \\seen $Junk");
    EXPECT_EQ(remove.as<Store>().mode, Store::Mode::remove);
    EXPECT_TRUE(remove.as<Store>().silent);
    EXPECT_EQ(remove.as<Store>().flags.keywords, (std::vector<std::string_view>{"$Junk"}));
    Parsed replace("a STORE 1 FLAGS ()");
    EXPECT_EQ(replace.as<Store>().mode, Store::Mode::replace);
    EXPECT_EQ(replace.as<Store>().flags.bits, 0);
    EXPECT_EQ(Parsed("a STORE 1 FLAGS (a A b)").as<Store>().flags.keywords, (std::vector<std::string_view>{"a", "b"}));
}

TEST(ImapCommand, StoreRefusesWhatIsNoFlag) {
    EXPECT_EQ(Parsed("a STORE 1 FLAGS (\\Recent)").error(), "\\Recent is not set by clients");
    EXPECT_EQ(Parsed("a STORE 1 FLAGS (\\Nonsense)").error(), "no such system flag");
    const char* bad[] = {"FLAGS",       "FLAGS ", "FLAGS (",   "FLAGS (a", "FLAGS (a)b", "FLAGS (a ) ",
                         "FLAGS \"a\"", "SIZE 1", "+ FLAGS a", "FLAGS \\", "FLAGS \\*"};
    for (const auto* text : bad) EXPECT_FALSE(Parsed(std::string("a STORE 1 ") + text).result) << text;
}

TEST(ImapCommand, KeywordsAreBounded) {
    std::string flags;
    for (int i = 0; i < 1000; ++i) flags += " k" + std::to_string(i);
    EXPECT_EQ(Parsed("a STORE 1 FLAGS" + flags).error(), "too many keywords");
}

/// The numbers from 1 to 8 that a search finds; message n has the flags whose bits n has, and keyword "odd".
std::string found(const std::string& text) {
    Parsed parsed("a SEARCH " + text);
    std::string numbers;
    for (std::uint32_t n = 1; n <= 8; ++n) {
        const auto& program = parsed.as<Search>().program;
        const auto leaf = [n, &program](std::size_t at) {
            const auto& key = program[at];
            switch (key.kind) {
                case SearchKey::Kind::all: return Truth::yes;
                case SearchKey::Kind::flag: return truth(has(static_cast<FlagBits>(n), key.flag) == key.wanted);
                case SearchKey::Kind::keyword:
                    return truth((md::equal_nocase(key.keyword, "odd") && n % 2 == 1) == key.wanted);
                case SearchKey::Kind::body: return Truth::unknown;
                default:
                    for (const auto& range : key.numbers.resolve(8))
                        if (n >= range.first && n <= range.last) return Truth::yes;
                    return Truth::no;
            }
        };
        const auto result = decide(program, 0, leaf);
        if (result != Truth::no) numbers += (result == Truth::unknown ? "?" : "") + std::to_string(n);
    }
    return numbers;
}

TEST(ImapCommand, SearchKeysCombine) {
    static_assert(bit(Flag::answered) == 1 && bit(Flag::flagged) == 2 && bit(Flag::deleted) == 4 &&
                  bit(Flag::seen) == 8);
    EXPECT_EQ(found("ALL"), "12345678");
    EXPECT_EQ(found("ANSWERED"), "1357");
    EXPECT_EQ(found("UNANSWERED FLAGGED"), "26");
    EXPECT_EQ(found("OR ANSWERED 2:3"), "12357");
    EXPECT_EQ(found("NOT (ANSWERED FLAGGED)"), "124568");
    EXPECT_EQ(found("NOT ANSWERED FLAGGED"), "26");
    EXPECT_EQ(found("OR (DELETED ANSWERED) OR 1 *"), "1578");
    EXPECT_EQ(found("(OR NOT ALL (SEEN)) UNDELETED"), "8");
    EXPECT_EQ(found("KEYWORD odd UNKEYWORD even 3:*"), "357");
    EXPECT_EQ(found("UID 7:* NOT SEEN"), "7");
    EXPECT_EQ(found("OLD UNDRAFT UNSEEN UNFLAGGED"), "145");
    EXPECT_EQ(found("NEW"), "");
    EXPECT_EQ(found("OR NEW 4"), "4");
    EXPECT_EQ(found("((((2)) 1:3))"), "2");
}

TEST(ImapCommand, WhatIsNotKnownDecidesOnlyWhereItMust) {
    EXPECT_EQ(found("BODY x 1:2"), "?1?2");
    EXPECT_EQ(found("OR BODY x 1:2"), "12?3?4?5?6?7?8");
    EXPECT_EQ(found("NOT BODY x 8"), "?8");
    EXPECT_EQ(found("NOT (BODY x 1) 1:2"), "?12");
    EXPECT_EQ(found("OR 1 (BODY x OR 2 BODY y)"), "1?2?3?4?5?6?7?8");
}

/// The last key of a search.
SearchKey last_key(const std::string& text) {
    Parsed parsed("a SEARCH " + text);
    EXPECT_TRUE(parsed.result) << text;
    if (!parsed.result) return SearchKey{.kind = SearchKey::Kind::all};
    auto key = parsed.as<Search>().program.back();
    key.keyword = key.name = key.string = {};  // views of what ends here
    return key;
}

TEST(ImapCommand, SearchKeysWithOperands) {
    using Kind = SearchKey::Kind;
    EXPECT_EQ(last_key("SINCE 1-Feb-1994").day, 8797);
    EXPECT_EQ(last_key("SINCE \"01-FEB-1994\"").kind, Kind::since);
    EXPECT_EQ(last_key("BEFORE 29-feb-2000").kind, Kind::before);
    EXPECT_EQ(last_key("ON 1-Jan-1970").day, 0);
    EXPECT_EQ(last_key("SENTON 1-Jan-1970").kind, Kind::sent_on);
    EXPECT_EQ(last_key("SENTBEFORE 1-Jan-1970").kind, Kind::sent_before);
    EXPECT_EQ(last_key("SENTSINCE 1-Jan-1970").kind, Kind::sent_since);
    EXPECT_EQ(last_key("LARGER 0").number, 0U);
    EXPECT_EQ(last_key("SMALLER 4096").kind, Kind::smaller);
    EXPECT_EQ(last_key("YOUNGER 259200").number, 259200U);
    EXPECT_EQ(last_key("OLDER 1").kind, Kind::older);
    EXPECT_EQ(last_key("MODSEQ 620162338").number, 620162338U);
    EXPECT_EQ(last_key("MODSEQ \"/flags/\\\\draft\" all 620162338").number, 620162338U);
    EXPECT_EQ(last_key("$").numbers.is_saved(), true);
    EXPECT_EQ(last_key("UID $").numbers.is_saved(), true);
    EXPECT_EQ(last_key("EMAILID M6d99").kind, Kind::email_id);
    EXPECT_EQ(last_key("THREADID T64b").kind, Kind::thread_id);
}

TEST(ImapCommand, SearchKeysWithStrings) {
    Parsed parsed("a SEARCH HEADER X-Mailer \"\" BCC a CC b FROM c SUBJECT \"d e\" TO f BODY g TEXT h");
    ASSERT_TRUE(parsed.result);
    std::string seen;
    for (const auto& key : parsed.as<Search>().program)
        if (key.kind != SearchKey::Kind::op_and) seen.append(key.name).append(1, '=').append(key.string).append(1, ';');
    EXPECT_EQ(seen, "X-Mailer=;BCC=a;CC=b;FROM=c;SUBJECT=d e;TO=f;=g;=h;");
}

TEST(ImapCommand, SearchOperandsAreChecked) {
    const char* bad[] = {"SINCE 31-Feb-1994",
                         "SINCE 1-Feb-94",
                         "SINCE x",
                         "SINCE",
                         "SINCE 001-Feb-1994",
                         "LARGER -1",
                         "LARGER x",
                         "OLDER 0",
                         "YOUNGER",
                         "MODSEQ",
                         "MODSEQ x",
                         "MODSEQ 1x",
                         "HEADER x",
                         "SUBJECT",
                         "BODY ",
                         "MODSEQ \"/x/a\" all 1",
                         "MODSEQ \"/flags/a\" some 1",
                         "MODSEQ 9223372036854775808",
                         "$,1",
                         "1:$"};
    for (const auto* text : bad) EXPECT_FALSE(Parsed(std::string("a SEARCH ") + text).result) << text;
}

TEST(ImapCommand, SearchKeysAreBounded) {
    std::string keys;
    for (int i = 0; i < 999; ++i) keys += " SEEN";
    EXPECT_TRUE(Parsed("a SEARCH" + keys).result);
    EXPECT_EQ(Parsed("a SEARCH" + keys + " SEEN").error(), "too many search keys");
}

TEST(ImapCommand, SearchReturn) {  // RFC 4731 §3.1, RFC 5182
    Parsed parsed("A282 SEARCH RETURN (MIN COUNT) CHARSET UTF-8 FLAGGED");
    const auto& search = parsed.as<Search>();
    ASSERT_TRUE(search.wanted);
    EXPECT_TRUE(search.wanted->min && search.wanted->count && !search.wanted->max && !search.wanted->all);
    EXPECT_FALSE(search.saves());
    EXPECT_EQ(search.charset, "UTF-8");
    EXPECT_TRUE(Parsed("a SEARCH RETURN () ALL").as<Search>().wanted->all);
    Parsed saving("a SEARCH RETURN (SAVE) ALL");
    EXPECT_TRUE(saving.as<Search>().saves());
    EXPECT_FALSE(saving.as<Search>().wanted->responds());
    EXPECT_FALSE(Parsed("a SEARCH ALL").as<Search>().wanted.has_value());
    for (const auto* text :
         {"RETURN", "RETURN ALL", "RETURN (MIN", "RETURN (MIN)", "RETURN (PARTIAL) ALL", "RETURN ( ) ALL"})
        EXPECT_FALSE(Parsed(std::string("a SEARCH ") + text).result) << text;
}

TEST(ImapCommand, Sort) {  // RFC 5256 §3
    Parsed parsed("A283 SORT (SUBJECT REVERSE DATE subject) UTF-8 ALL");
    const auto& sort = parsed.as<Sort>();
    ASSERT_EQ(sort.keys.size(), 2U) << "a key again decides nothing";
    EXPECT_EQ(sort.keys[0].kind, SortKey::Kind::subject);
    EXPECT_FALSE(sort.keys[0].reverse);
    EXPECT_EQ(sort.keys[1].kind, SortKey::Kind::date);
    EXPECT_TRUE(sort.keys[1].reverse);
    EXPECT_EQ(sort.search.charset, "UTF-8");
    Parsed extended("E01 UID SORT RETURN () (REVERSE DATE) UTF-8 UNDELETED UNKEYWORD $Junk");  // RFC 5267 §3.3
    EXPECT_TRUE(extended.as<Sort>().search.wanted->all);
    for (const auto* text :
         {"", "()", "(DATE)", "(DATE) UTF-8", "(REVERSE) UTF-8 ALL", "(NAME) UTF-8 ALL", "DATE UTF-8 ALL"})
        EXPECT_FALSE(Parsed(std::string("a SORT ") + text).result) << text;
}

TEST(ImapCommand, Threads) {
    Parsed parsed("A283 THREAD ORDEREDSUBJECT UTF-8 SINCE 5-MAR-2000");
    EXPECT_EQ(parsed.as<Thread>().algorithm, ThreadAlgorithm::ordered_subject);
    EXPECT_EQ(Parsed("a UID THREAD references US-ASCII ALL").as<Thread>().algorithm, ThreadAlgorithm::references);
    for (const auto* text : {"", "REFERENCES", "REFERENCES UTF-8", "REFS UTF-8 ALL"})
        EXPECT_FALSE(Parsed(std::string("a THREAD ") + text).result) << text;
}

TEST(ImapCommand, SearchCharset) {
    Parsed parsed("A283 SEARCH CHARSET UTF-8 SEEN");
    EXPECT_EQ(parsed.as<Search>().charset, "UTF-8");
    EXPECT_FALSE(Parsed("a SEARCH SEEN").as<Search>().charset.has_value());
    EXPECT_FALSE(Parsed("a SEARCH CHARSET UTF-8").result);
}

TEST(ImapCommand, SearchErrors) {
    const char* bad[] = {"",    "()",    "(SEEN", "SEEN)", "OR SEEN",  "NOT",  "OR SEEN (", "KEYWORD", "KEYWORD (",
                         "UID", "UID x", "0",     "1:",    "OR SEEN ", "NOT ", "NONSENSE",  "1,"};
    for (const auto* text : bad) EXPECT_FALSE(Parsed(std::string("a SEARCH ") + text).result) << text;
}

TEST(ImapCommand, SearchNestingIsBounded) {
    // Threats: CVE-2020-28200 and others: depth is the client's, the stack ours.
    const auto nested = [](std::size_t depth) { return std::string(depth, '(') + "1" + std::string(depth, ')'); };
    EXPECT_TRUE(Parsed("a SEARCH " + nested(50)).result);
    EXPECT_EQ(Parsed("a SEARCH " + nested(51)).error(), "search keys nested too deeply");
    EXPECT_FALSE(Parsed("a SEARCH " + std::string(20000, '(')).result);
    std::string nots;
    for (int i = 0; i < 10000; ++i) nots += "NOT ";
    EXPECT_EQ(Parsed("a SEARCH " + nots + "1").error(), "search keys nested too deeply");
}

TEST(ImapCommand, AppendIsPlannedAtItsMessage) {
    // RFC 3501 §6.3.11
    Assembler assembler({});
    auto planned = plan(assembler, "A003 APPEND saved-messages (\\Seen work) \"17-Jul-1996 02:44:25 -0700\" {310}\r\n");
    ASSERT_TRUE(std::holds_alternative<Command>(planned));
    const auto& command = std::get<Command>(planned);
    const auto& append = std::get<Append>(command.arguments);
    EXPECT_EQ(command.tag, "A003");
    EXPECT_EQ(append.mailbox, "saved-messages");
    EXPECT_EQ(append.message.flags.bits, bit(Flag::seen));
    EXPECT_EQ(append.message.flags.keywords, (std::vector<std::string_view>{"work"}));
    EXPECT_EQ(append.message.date, (DateTime{837596665, -420}));
    EXPECT_EQ(append.message.literal.size, 310u);
    EXPECT_TRUE(append.message.literal.synchronising);
}

TEST(ImapCommand, AppendMailboxMayBeALiteralThatIsCollected) {
    Assembler assembler({});
    EXPECT_TRUE(std::holds_alternative<CollectLiteral>(plan(assembler, "a APPEND {5}\r\n")));
    EXPECT_TRUE(assembler.collect_literal());
    auto planned = plan(assembler, "a (b) {99999999}\r\n");
    ASSERT_TRUE(std::holds_alternative<Command>(planned));
    EXPECT_EQ(std::get<Append>(std::get<Command>(planned).arguments).mailbox, "a (b)");
}

TEST(ImapCommand, WrongPrefixIsAnErrorBeforeTheLiteralIsAskedFor) {
    const char* bad[] = {"a APPEND x (\\Recent) {3}\r\n",
                         "a APPEND x \"yesterday\" {3}\r\n",
                         "a APPEND x () () {3}\r\n",
                         "a APPEND &x {3}\r\n",
                         "a NOOP {3}\r\n",
                         "a FETCH {1}\r\n",
                         "a FROB {3}\r\n",
                         "a LOGIN x y {3}\r\n"};
    for (const auto* text : bad) {
        Assembler assembler({});
        const auto planned = plan(assembler, text);
        ASSERT_TRUE(std::holds_alternative<SyntaxError>(planned)) << text;
        EXPECT_EQ(std::get<SyntaxError>(planned).tag, "a");
        EXPECT_FALSE(std::get<SyntaxError>(planned).text.empty());
    }
}

TEST(ImapCommand, OtherLiteralsAreCollected) {
    for (const auto* text :
         {"a LOGIN {3}\r\n", "a LOGIN x {3}\r\n", "a SELECT {3}\r\n", "a FETCH 1 BODY[HEADER.FIELDS ({3}\r\n"}) {
        Assembler assembler({});
        EXPECT_TRUE(std::holds_alternative<CollectLiteral>(plan(assembler, text))) << text;
    }
}

TEST(ImapCommand, AppendWithoutLiteralIsWrong) {
    EXPECT_EQ(Parsed("a APPEND x").error(), "space expected");
    EXPECT_EQ(Parsed("a APPEND x message").error(), "literal expected");
}

TEST(ImapCommand, DoneInAnyCase) {
    EXPECT_TRUE(is_done("done"));
    EXPECT_FALSE(is_done("DONE "));
    EXPECT_FALSE(is_done("a DONE"));
}

/// "1:3,5" of ranges.
std::string shown(const std::vector<NumberRange>& ranges) {
    std::string out;
    append_ranges(out, ranges);
    return out;
}

TEST(ImapCommand, SelectTakesWhatTheClientKnows) {
    // RFC 7162 §3.1.8, §3.2.5.1, §3.2.5.2
    EXPECT_FALSE(Parsed("a SELECT x").as<Select>().condstore);
    EXPECT_TRUE(Parsed("A142 SELECT INBOX (CONDSTORE)").as<Select>().condstore);
    Parsed all(
        "B04 SELECT INBOX (QRESYNC (67890007 90060115194045000 1:29997 (5000,7500,9000,9990:9999 15000,22500,"
        "27000,29970,29973,29976,29979,29982,29985,29988,29991,29994,29997)))");
    const auto& resync = *all.as<Select>().resync;
    EXPECT_EQ(resync.uid_validity, 67890007U);
    EXPECT_EQ(resync.modseq, 90060115194045000U);
    EXPECT_EQ(shown(*resync.known), "1:29997");
    EXPECT_EQ(shown(resync.match_sequence), "5000,7500,9000,9990:9999");
    Parsed least("a EXAMINE x (qresync (1 9223372036854775807) CONDSTORE)");
    EXPECT_FALSE(least.as<Select>().resync->known);
    EXPECT_TRUE(least.as<Select>().condstore);
    EXPECT_EQ(shown(Parsed("a SELECT x (QRESYNC (1 2 (3 7)))").as<Select>().resync->match_uids), "7");
    for (const auto* bad :
         {"()", "(OTHER)", "(CONDSTORE", "(QRESYNC)", "(QRESYNC (0 1))", "(QRESYNC (1 0))", "(QRESYNC (1))",
          "(QRESYNC (1 2 *))", "(QRESYNC (1 2 1:*))", "(QRESYNC (1 2 (1:2 7)))", "(QRESYNC (1 2 (1 *)))",
          "(QRESYNC (1 2 3 ))", "(QRESYNC (1 9223372036854775808))", "(QRESYNC (1 2) QRESYNC (1 2))", "(QRESYNC (1 2)"})
        EXPECT_NE(Parsed(std::string("a SELECT x ") + bad).error(), "") << bad;
}

TEST(ImapCommand, EnableNamesCapabilities) {
    EXPECT_EQ(Parsed("t1 ENABLE CONDSTORE x-good-idea").as<Enable>().capabilities,
              (std::vector<std::string_view>{"CONDSTORE", "x-good-idea"}));
    EXPECT_NE(Parsed("t1 ENABLE").error(), "");
    EXPECT_NE(Parsed("t1 ENABLE ").error(), "");
}

TEST(ImapCommand, StoreMayBeConditional) {
    // RFC 7162 §3.1.3, examples 3 and 7
    Parsed store("a103 UID STORE 6,4,8 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted)");
    EXPECT_EQ(store.as<Store>().unchanged_since, 12121230045U);
    EXPECT_TRUE(store.as<Store>().silent);
    EXPECT_EQ(Parsed("a STORE 12 (UNCHANGEDSINCE 0) FLAGS ()").as<Store>().unchanged_since, 0U);
    EXPECT_EQ(Parsed("a STORE 12 FLAGS ()").as<Store>().unchanged_since, std::nullopt);
    for (const auto* bad : {"()", "(UNCHANGEDSINCE)", "(UNCHANGEDSINCE x)", "(CHANGEDSINCE 1)", "(UNCHANGEDSINCE 1",
                            "(UNCHANGEDSINCE 18446744073709551616)"})
        EXPECT_NE(Parsed(std::string("a STORE 1 ") + bad + " FLAGS ()").error(), "") << bad;
}

TEST(ImapCommand, CopyMoveAndExpungeTakeSets) {
    Parsed copy("A003 COPY 2:4 MEETING");
    EXPECT_EQ(copy.as<Copy>().mailbox, "MEETING");
    EXPECT_EQ(shown(copy.as<Copy>().messages.resolve(9)), "2:4");
    EXPECT_TRUE(Parsed("a UID MOVE 42:69 foo").result->uid);
    EXPECT_EQ(Parsed("a MOVE 1 foo").result->verb, Verb::move);
    EXPECT_NE(Parsed("a COPY 2:4").error(), "");
    EXPECT_NE(Parsed("a MOVE x foo").error(), "");
    EXPECT_FALSE(Parsed("A202 EXPUNGE").as<Expunge>().uids);
    EXPECT_EQ(shown(Parsed("A003 UID EXPUNGE 3000:3002").as<Expunge>().uids->resolve(1)), "3000:3002");
    EXPECT_NE(Parsed("a EXPUNGE 1").error(), "");
    EXPECT_NE(Parsed("a UID EXPUNGE").error(), "");
    EXPECT_NE(Parsed("a UID UNSELECT").error(), "");
}

TEST(ImapCommand, ExpungesAreWithheldWhereNumbersStand) {
    const auto may = [](const char* text) { return may_tell_expunge(*Parsed(text).result); };
    EXPECT_TRUE(may("a NOOP"));
    EXPECT_TRUE(may("a COPY 1 x"));
    EXPECT_TRUE(may("a UID FETCH 1 FLAGS"));
    EXPECT_TRUE(may("a UID SEARCH UID 1"));
    EXPECT_FALSE(may("a FETCH 1 FLAGS"));
    EXPECT_FALSE(may("a STORE 1 FLAGS ()"));
    EXPECT_FALSE(may("a SEARCH ALL"));
    EXPECT_FALSE(may("a UID SEARCH OR SEEN 1:3"));  // RFC 7162 §3.2.10.2
}

TEST(ImapCommand, AnAppendGoesOnBehindItsMessage) {
    // RFC 3502 §6.3.11
    const auto next = [](std::string_view text) {
        Assembled tail;
        tail.text = text;
        if (const auto at = text.find('{'); at != std::string_view::npos)
            tail.literals.push_back({at, text.size(), 295, true, false, true});
        const auto message = parse_next_message(tail);
        return message ? "size " + std::to_string(message->literal.size) : std::string(message.error());
    };
    EXPECT_EQ(next(" (\\Seen) \" 7-Feb-1994 22:43:04 -0800\" {295}"), "size 295");
    EXPECT_EQ(next(" {295}"), "size 295");
    EXPECT_EQ(next("{295}"), "space expected");
    EXPECT_EQ(next(" (\\Recent) {295}"), "\\Recent is not set by clients");
    EXPECT_EQ(next(" x"), "literal expected");
}

}  // namespace
