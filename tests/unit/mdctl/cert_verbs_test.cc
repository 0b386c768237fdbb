// tests/unit/mdctl/cert_verbs_test.cc - `mdctl cert`

#include <sys/stat.h>

#include "mdctl/certificate.h"
#include "mdctl/certificate_file.h"
#include "support/mdctl_instance.h"

namespace md::mdctl {
namespace {

using namespace std::chrono_literals;

TEST(CertificateFacts, AreReadAndHeldAgainstHostKeyAndTime) {
    const auto identity = self_signed("mail.test");
    const auto facts = read_certificate(identity.certificate_pem);
    ASSERT_TRUE(facts.has_value());
    EXPECT_EQ(facts->names, (std::vector<std::string>{"mail.test", "localhost", "127.0.0.1", "::1"}));
    EXPECT_EQ(facts->issuer, "CN=mail.test");
    EXPECT_TRUE(facts->self_signed);
    const auto faults = [&](const std::string& key, const std::string& host, WallTime now) {
        return certificate_faults(identity.certificate_pem, key, host, now).size();
    };
    const auto now = real_clock().now();
    EXPECT_EQ(faults(identity.key_pem, "mail.test", now), 0U);
    EXPECT_EQ(faults(identity.key_pem, "other.test", now), 1U);
    EXPECT_EQ(faults(identity.key_pem, "mail.test", facts->until + 1s), 1U);
    EXPECT_EQ(faults(identity.key_pem, "mail.test", facts->from - 1s), 1U);
    EXPECT_EQ(faults(self_signed("mail.test").key_pem, "mail.test", now), 1U);
    EXPECT_EQ(faults("rubbish", "mail.test", now), 1U);
    EXPECT_FALSE(read_certificate("rubbish").has_value());
    EXPECT_EQ(certificate_faults("rubbish", "", "mail.test", now).size(), 1U);
}

class CertVerbsTest : public InstanceTest {
  protected:
    std::string write(const std::string& name, const std::string& text) {
        real_files().replace(tmp_ / name, text);
        return tmp_ / name;
    }
};

TEST_F(CertVerbsTest, TheOneInUseIsListedAndChecked) {
    const auto list = json({"cert", "list"});
    ASSERT_EQ(list.items().size(), 1U);
    EXPECT_EQ(list.items()[0].text("file"), root_ + "/etc/tls/certificate.pem");
    EXPECT_EQ(texts(list.items()[0], "names"), "mail.test localhost 127.0.0.1 ::1");
    EXPECT_GT(list.items()[0].integer("days_left"), 3000);
    EXPECT_NE(texts(list.items()[0], "used_by").find("imap 127.0.0.1:21143"), std::string::npos);
    EXPECT_EQ(run({"cert", "check"}), Exit::done) << complaint_;
    EXPECT_EQ(run({"cert", "check", "--name", "other.test"}), Exit::no);
    EXPECT_TRUE(complains("not for other.test")) << complaint_;
    EXPECT_FALSE(json({"cert", "check", "--name", "other.test"}, Exit::no).boolean("ok", true));
    EXPECT_EQ(run({"cert", "check", root_ + "/none"}), Exit::usage);
    EXPECT_EQ(run({"cert", "check", root_ + "/none", root_ + "/none"}), Exit::not_there);
}

TEST_F(CertVerbsTest, OnlyAGoodPairIsInstalled) {
    const auto identity = self_signed("mail.test");
    const auto certificate = write("c.pem", identity.certificate_pem);
    const auto key = write("k.pem", identity.key_pem);
    const auto place = root_ + "/etc/tls/certificate.pem";
    const auto before = *real_files().read(place);
    EXPECT_EQ(run({"cert", "install", certificate, write("other.pem", self_signed("mail.test").key_pem)}), Exit::data);
    EXPECT_EQ(run({"cert", "install", write("c2.pem", self_signed("other.test").certificate_pem), key}), Exit::data);
    EXPECT_EQ(run({"cert", "install", certificate, write("empty.pem", "")}), Exit::data);
    EXPECT_EQ(run({"cert", "install", certificate, root_ + "/none"}), Exit::not_there);
    EXPECT_EQ(*real_files().read(place), before);
    EXPECT_EQ(run({"cert", "install", certificate, key}), Exit::done) << complaint_;
    EXPECT_EQ(*real_files().read(place), identity.certificate_pem);
    EXPECT_EQ(*real_files().read(root_ + "/etc/tls/key.pem"), identity.key_pem);
    struct stat mode {};
    ASSERT_EQ(stat((root_ + "/etc/tls/key.pem").c_str(), &mode), 0);
    EXPECT_EQ(mode.st_mode & 0777, 0600U);
    EXPECT_EQ(run({"cert", "check"}), Exit::done) << complaint_;
}

}  // namespace
}  // namespace md::mdctl
