#include "sendmail/options.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/sendmail_options.h"

namespace md::sendmail {

namespace {

using Words = std::vector<std::string>;

Options parsed(const Words& words, std::string_view name = "sendmail") {
    auto options = parse_options(name, words);
    EXPECT_TRUE(options) << (options ? "" : options.error().text);
    return options ? *options : Options();
}

std::string fault_of(const Words& words) {
    const auto options = parse_options("sendmail", words);
    if (options) return "";
    EXPECT_EQ(options.error().exit, Exit::usage);
    return options.error().text;
}

}  // namespace

TEST(SendmailOptions, CronsCommandLine) {
    const auto options = parsed({"-FCronDaemon", "-i", "-B8BITMIME", "-oem", "user"});
    EXPECT_EQ(options.mode, Mode::deliver);
    EXPECT_EQ(options.full_name, "CronDaemon");
    EXPECT_TRUE(options.eight_bit);
    EXPECT_FALSE(options.dot_ends);
    EXPECT_EQ(options.recipients, Words{"user"});
}

TEST(SendmailOptions, LettersStandTogetherAndValuesApart) {
    const auto options = parsed({"-ti", "-f", "a@b", "-F", "A B", "-v", "-oi", "-r", ""});
    EXPECT_TRUE(options.recipients_of_header);
    EXPECT_FALSE(options.dot_ends);
    EXPECT_TRUE(options.verbose);
    EXPECT_EQ(options.full_name, "A B");
    EXPECT_EQ(options.sender, "");
    EXPECT_EQ(parsed({"-tfa@b"}).sender, "a@b");
    EXPECT_EQ(parsed({"-f<>"}).sender, "<>");
    EXPECT_FALSE(parsed({"x"}).sender);
    EXPECT_TRUE(parsed({"-o", "em", "x"}).dot_ends);
    EXPECT_FALSE(parsed({"-o", "i", "x"}).dot_ends);
}

TEST(SendmailOptions, DashesEndThem) {
    EXPECT_EQ(parsed({"a", "--", "-t", "--", "b"}).recipients, (Words{"a", "-t", "--", "b"}));
    EXPECT_EQ(parsed({"a", "-i", "b"}).recipients, (Words{"a", "b"}));
    EXPECT_EQ(parsed({"-"}).recipients, Words{"-"});
}

TEST(SendmailOptions, ModesByOptionAndByName) {
    EXPECT_EQ(parsed({"-bm", "x"}).mode, Mode::deliver);
    EXPECT_EQ(parsed({"-bs"}).mode, Mode::smtp);
    EXPECT_EQ(parsed({"-b", "v", "x"}).mode, Mode::verify);
    EXPECT_EQ(parsed({"-bp"}).mode, Mode::list);
    EXPECT_EQ(parsed({"-bi"}).mode, Mode::aliases);
    EXPECT_EQ(parsed({"-I"}).mode, Mode::aliases);
    EXPECT_EQ(parsed({}, "mailq").mode, Mode::list);
    EXPECT_EQ(parsed({}, "newaliases").mode, Mode::aliases);
    EXPECT_EQ(parsed({"-q"}).mode, Mode::run);
    EXPECT_EQ(parsed({"-q"}).queue_words, Words{"--all"});
    EXPECT_EQ(parsed({"-qRx.org"}).queue_words, (Words{"--domain", "x.org"}));
    EXPECT_EQ(parsed({"-qSa@x"}).queue_words, (Words{"--from", "a@x"}));
    EXPECT_EQ(parsed({"-qI1a"}).queue_words, (Words{"--", "1a"}));
}

TEST(SendmailOptions, DeliveryReportsAsSmtpHasThem) {
    const auto options = parsed({"-N", "success,delay", "-R", "hdrs", "-V", "id 1", "x"});
    EXPECT_EQ(options.notify, "SUCCESS,DELAY");
    EXPECT_EQ(options.ret, "HDRS");
    EXPECT_EQ(options.envelope_id, "id 1");
    EXPECT_EQ(parsed({"-Nnever"}).notify, "NEVER");
    EXPECT_NE(fault_of({"-N", "never,delay"}), "");
    EXPECT_NE(fault_of({"-N", "often"}), "");
    EXPECT_NE(fault_of({"-R", "some"}), "");
}

TEST(SendmailOptions, ThoseOfOtherMailSystemsMeanNothing) {
    const auto options =
        parsed({"-G",  "-n",   "-U",        "-m",   "-L",   "tag",  "-h",        "3",         "-O",
                "A=b", "-X",   "/dev/null", "-Ac",  "-em",  "-o7",  "-d",        "-p",        "SMTP:host",
                "-x",  "-oMr", "cron",      "-oMs", "host", "-oMa", "127.0.0.1", "-oMrESMTP", "x"});
    EXPECT_EQ(options.mode, Mode::deliver);
    EXPECT_EQ(options.recipients, Words{"x"});
}

TEST(SendmailOptions, AreThoseOfTheTable) {
    for (int code = '!'; code < 127; ++code) {
        const auto letter = static_cast<char>(code);
        if (letter == '-') continue;
        const bool known = std::ranges::any_of(config::sendmail::kOptions,
                                               [letter](const auto& option) { return option.letter == letter; });
        const bool unknown = fault_of({std::string("-") + letter, "x"}).starts_with("unknown option");
        EXPECT_NE(known, unknown) << letter;
    }
}

TEST(SendmailOptions, WhatIsNoJobOfOursIsRefusedWithAWord) {
    EXPECT_NE(fault_of({"-bd"}).find("mdctl start"), std::string::npos);
    EXPECT_NE(fault_of({"-bt"}).find("account lookup"), std::string::npos);
    EXPECT_NE(fault_of({"-bz"}).find("expected"), std::string::npos);
    EXPECT_NE(fault_of({"-q30m"}).find("by itself"), std::string::npos);
    EXPECT_NE(fault_of({"-B", "9bit"}).find("expected"), std::string::npos);
    EXPECT_NE(fault_of({"-Z"}).find("-Z"), std::string::npos);
    EXPECT_NE(fault_of({"-f"}).find("value"), std::string::npos);
}

}  // namespace md::sendmail
