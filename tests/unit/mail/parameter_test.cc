// tests/unit/mail/parameter_test.cc - mail/parameter.h

#include "mail/parameter.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

std::string decoded(std::string_view field, std::string_view name) {
    const auto disposition = parse_disposition(field);
    EXPECT_TRUE(disposition);
    return decoded_parameter(disposition->parameters, name).value_or("(none)");
}

TEST(Parameter, ExamplesOfTheRfc) {
    // RFC 2231 §3
    EXPECT_EQ(decoded("message/external-body; access-type=URL;\r\n URL*0=\"ftp://\";\r\n"
                      " URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\"",
                      "url"),
              "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar");
    // §4
    EXPECT_EQ(decoded("x; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "title"), "This is ***fun***");
    // §4.1
    EXPECT_EQ(decoded("x; title*0*=us-ascii'en'This%20is%20even%20more%20;\r\n"
                      " title*1*=%2A%2A%2Afun%2A%2A%2A%20;\r\n title*2=\"isn't it!\"",
                      "title"),
              "This is even more ***fun*** isn't it!");
}

TEST(Parameter, ACharacterMayBeCut) {
    EXPECT_EQ(decoded("attachment; filename*1*=%A4.txt; FileName*0*=utf-8''a%C3", "filename"), "aä.txt");
}

TEST(Parameter, ExtendedBeforePlain) {
    EXPECT_EQ(decoded("attachment; filename=plain; filename*=utf-8''e%C3%A4", "filename"), "eä");
    EXPECT_EQ(decoded("attachment; filename=\"plain one\"", "FILENAME"), "plain one");
    EXPECT_EQ(decoded("attachment; filenames=x", "filename"), "(none)");
}

TEST(Parameter, TakesWhatSendersWrite) {
    EXPECT_EQ(decoded("attachment; filename=\"=?utf-8?Q?gr=C3=BC=C3=9F.txt?=\"", "filename"), "grüß.txt");
    EXPECT_EQ(decoded("attachment; filename=\"gr\xfc\xdf.txt\"", "filename"), "grüß.txt");
    EXPECT_EQ(decoded_parameter({{"filename*", "no charset%20here"}}, "filename"), "no charset here");
    EXPECT_EQ(decoded_parameter({{"filename*", "utf-8''%zz%4"}}, "filename"), "%zz%4");
}

}  // namespace
}  // namespace md::mail
