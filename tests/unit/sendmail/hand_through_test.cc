#include "sendmail/hand_through.h"

#include <gtest/gtest.h>

namespace md::sendmail {

TEST(SendmailHandThrough, WhoBeginsWithLfGetsCrs) {
    LineDiscipline lines;
    EXPECT_EQ(lines.translate("EHLO x\nMA"), "EHLO x\r\nMA");
    EXPECT_EQ(lines.translate("IL\r"), "IL\r");
    EXPECT_EQ(lines.translate("\n.\n"), "\n.\r\n");
}

TEST(SendmailHandThrough, WhoBeginsWithCrlfIsLeftAlone) {
    LineDiscipline lines;
    EXPECT_EQ(lines.translate("EHLO x\r"), "EHLO x\r");
    EXPECT_EQ(lines.translate("\na\nb"), "\na\nb");
}

}  // namespace md::sendmail
