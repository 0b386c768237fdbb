// tests/unit/mdctl/ban_verbs_test.cc - `mdctl ban`, and who is not banned without a yes

#include "mdctl/control.h"
#include "support/mdctl_instance.h"

namespace md::mdctl {
namespace {

class BanVerbs : public InstanceTest {
  protected:
    void listen_at(const std::string& address) {
        real_files().replace(conf_, *real_files().read(conf_) + "\n[[listener]]\nprotocol = \"smtp\"\nport = 21999\n" +
                                        "address = \"" + address + "\"\n");
    }
    Exit ban(const std::string& network) { return run({"ban", "add", "ip", network}); }
};

TEST_F(BanVerbs, WantAYesForWhereTheMachineListens) {
    listen_at("192.0.2.7");
    EXPECT_EQ(ban("192.0.2.0/28"), Exit::usage);
    EXPECT_TRUE(complains("192.0.2.7/32, where this machine listens")) << complaint_;
    EXPECT_NE(ban("192.0.2.16/28"), Exit::usage) << complaint_;
    listen_at("2001:db8::7");
    EXPECT_EQ(ban("2001:db8::/64"), Exit::usage);
}

TEST_F(BanVerbs, TakeAListenerOnAllAddressesForNone) {
    for (const auto* all : {"0.0.0.0", "::", "*"}) listen_at(all);
    EXPECT_NE(ban("192.0.2.7"), Exit::usage) << complaint_;
    EXPECT_NE(ban("2001:db8::7"), Exit::usage) << complaint_;
    EXPECT_EQ(ban("127.0.0.1"), Exit::usage);
}

}  // namespace
}  // namespace md::mdctl
