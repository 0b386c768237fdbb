// tests/unit/mdctl/verbs_test.cc - verbs run in process against an instance without daemons

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/files.h"
#include "daemon/instance_lock.h"
#include "mdctl/certificate.h"
#include "mdctl/context.h"
#include "mdctl/control.h"
#include "mdctl/process.h"
#include "net/listener.h"
#include "support/temporary_directory.h"

namespace md::mdctl {
namespace {

class VerbsTest : public testing::Test {
  protected:
    VerbsTest() {
        EXPECT_EQ(run({"init", "--root", root_, "--hostname", "mail.test", "--port-base", "21000"}), Exit::done);
    }

    struct Said {
        std::string out;
        std::string complaint;
    };

    /// The verb's exit code; what it printed and complained of is in said_.
    Exit run(std::vector<std::string> words) {
        if (words.front() != "init") words.insert(words.begin(), {"-c", conf_});
        words.insert(words.begin(), "mdctl");
        std::vector<char*> arguments;
        for (auto& word : words) arguments.push_back(word.data());
        const auto parsed = parse_command_line(static_cast<int>(arguments.size()), arguments.data());
        said_ = {};
        if (const auto* wrong = std::get_if<Complaint>(&parsed)) {
            said_.complaint = wrong->text;
            return wrong->code;
        }
        const auto& command = std::get<Command>(parsed);
        Context context(command.options);
        testing::internal::CaptureStdout();
        const auto outcome = command.verb->run(context, command.request);
        said_.out = testing::internal::GetCapturedStdout();
        if (outcome) return Exit::done;
        said_.complaint = outcome.error().text;
        return outcome.error().code;
    }

    ipc::Json json(std::vector<std::string> words) {
        words.insert(words.begin(), "--json");
        EXPECT_EQ(run(words), Exit::done) << said_.complaint;
        return ipc::Json::parse(said_.out).value_or(ipc::Json());
    }

    test::TemporaryDirectory tmp_;
    std::string root_ = tmp_ / "instance";
    std::string conf_ = root_ + "/etc/mdmail.conf";
    Said said_;
};

TEST_F(VerbsTest, InitMakesAnInstanceThatLoads) {
    const auto config = config::load(conf_);
    ASSERT_TRUE(config.has_value()) << config::describe(config.error());
    EXPECT_EQ((**config)[config::opt::hostname], "mail.test");
    EXPECT_TRUE((**config)[config::opt::daemon_private]);
    EXPECT_EQ((*config)->listeners().size(), 9U);
    for (const auto& listener : (*config)->listeners())
        EXPECT_EQ(listener.address, listener.for_local_users() ? "unix:" + root_ + "/run/submit" : "127.0.0.1");
    struct stat key {};
    ASSERT_EQ(stat((root_ + "/etc/tls/key.pem").c_str(), &key), 0);
    EXPECT_EQ(key.st_mode & 0777, 0600U);
    EXPECT_EQ(run({"config", "check"}), Exit::done) << said_.complaint;
}

TEST_F(VerbsTest, InitOverwritesNothingAndRefusesWhatCannotBe) {
    EXPECT_EQ(run({"init", "--root", root_, "--hostname", "other.test", "--port-base", "1"}), Exit::exists);
    const auto refused = [&](const std::string& host, const std::string& base, const std::string& root) {
        return run({"init", "--root", root, "--hostname", host, "--port-base", base}) == Exit::usage;
    };
    EXPECT_TRUE(refused("not a name", "21000", tmp_ / "b"));
    EXPECT_TRUE(refused("mail.test", "65000", tmp_ / "b"));
    EXPECT_TRUE(refused("mail.test", "x", tmp_ / "b"));
    EXPECT_TRUE(refused("mail.test", "21000", "/tmp/" + std::string(80, 'x')));
}

TEST_F(VerbsTest, ConfigIsSetReadAndUnset) {
    EXPECT_EQ(run({"config", "set", "queue.expire", "2d"}), Exit::done);
    EXPECT_EQ(run({"config", "get", "queue.expire"}), Exit::done);
    EXPECT_EQ(said_.out, "2d\n");
    EXPECT_EQ(json({"config", "get", "queue.expire"}).integer("value"), 172800);
    EXPECT_EQ(run({"config", "unset", "queue.expire"}), Exit::done);
    EXPECT_EQ(json({"config", "get", "queue.expire"}).integer("value"), 432000);
    EXPECT_EQ(run({"config", "set", "listener.0.port", "2525"}), Exit::done);
    EXPECT_EQ(json({"config", "get", "listener.0.port"}).integer("value"), 2525);
    EXPECT_EQ(run({"config", "get", "listener.99.port"}), Exit::not_there);
    EXPECT_EQ(run({"config", "get", "queue.expir"}), Exit::not_there);
    EXPECT_NE(said_.complaint.find("queue.expire"), std::string::npos);
    EXPECT_EQ(run({"config", "set", "queue.expire", "banana"}), Exit::usage);
    EXPECT_EQ(run({"config", "explain", "queue"}), Exit::done);
    EXPECT_NE(said_.out.find("queue.retry"), std::string::npos);
}

TEST_F(VerbsTest, ConfigSetWritesNothingThatWouldNotLoad) {
    const auto before = *real_files().read(conf_);
    EXPECT_EQ(run({"config", "set", "listener.0.port", "21587"}), Exit::configuration);  // submission's place
    EXPECT_EQ(*real_files().read(conf_), before);
}

TEST_F(VerbsTest, ConfigCheckTellsTheFaultsOfADomainFileToo) {
    EXPECT_EQ(run({"domain", "add", "example.org"}), Exit::done);
    real_files().replace(root_ + "/etc/domains/example.org.conf", "postmster = \"x\"\n");
    EXPECT_EQ(run({"config", "check"}), Exit::configuration);
    EXPECT_NE(said_.complaint.find("postmaster"), std::string::npos) << said_.complaint;
}

TEST_F(VerbsTest, ConfigCheckTellsTheFaultsOfAnAccountFileToo) {
    real_files().make_directories(root_ + "/accounts/example.org/anna", 0700);
    EXPECT_EQ(run({"domain", "add", "example.org"}), Exit::done);
    real_files().replace(root_ + "/accounts/example.org/anna/account.conf", "= =\n");
    EXPECT_EQ(run({"config", "check"}), Exit::configuration);
    EXPECT_NE(said_.complaint.find("anna/account.conf"), std::string::npos) << said_.complaint;
}

TEST_F(VerbsTest, ExitCodesOfDomainsAndAccounts) {
    EXPECT_EQ(run({"domain", "add", "not a domain"}), Exit::usage);
    EXPECT_EQ(run({"domain", "add", "Example.ORG"}), Exit::done);
    EXPECT_EQ(run({"domain", "add", "example.org"}), Exit::exists);
    EXPECT_EQ(run({"domain", "show", "example.net"}), Exit::not_there);
    EXPECT_EQ(run({"account", "add", "no-at-sign", "--password-stdin"}), Exit::usage);
    EXPECT_EQ(run({"account", "show", "alice@example.org"}), Exit::not_there);
    EXPECT_EQ(run({"account", "list", "--domain", "example.net"}), Exit::not_there);
    EXPECT_TRUE(json({"account", "list"}).is_array());
    EXPECT_EQ(run({"account", "list"}), Exit::done);
    EXPECT_EQ(said_.out, "");
}

TEST_F(VerbsTest, AnAccountIsListedWithItsState) {
    EXPECT_EQ(run({"domain", "add", "example.org"}), Exit::done);
    Context context({conf_, false, false, false});
    accounts::Account account;
    account.name = *accounts::parse_name("alice@example.org");
    ASSERT_TRUE((*context.directory())->add(account, *accounts::make_secret("secret-Pa55", {1, 4096})).has_value());
    EXPECT_EQ(run({"account", "disable", "ALICE@example.org"}), Exit::done);
    const auto list = json({"account", "list"});
    ASSERT_EQ(list.items().size(), 1U);
    EXPECT_EQ(list.items()[0].text("address"), "alice@example.org");
    EXPECT_EQ(list.items()[0].text("state"), "disabled");
    for (const auto* key : {"name", "quota", "used", "source"}) EXPECT_NE(list.items()[0].find(key), nullptr) << key;
    EXPECT_EQ(run({"account", "enable", "alice@example.org"}), Exit::done);
    EXPECT_EQ(run({"account", "remove", "alice@example.org", "--dry-run"}), Exit::done);
    EXPECT_EQ(run({"account", "remove", "alice@example.org", "--yes"}), Exit::done);
    EXPECT_EQ(run({"account", "show", "alice@example.org"}), Exit::not_there);
}

TEST_F(VerbsTest, MailboxesAreManagedWithoutDaemons) {
    EXPECT_EQ(run({"domain", "add", "example.org"}), Exit::done);
    Context context({conf_, false, false, false});
    accounts::Account account;
    account.name = *accounts::parse_name("alice@example.org");
    ASSERT_TRUE((*context.directory())->add(account, *accounts::make_secret("secret-Pa55", {1, 4096})).has_value());
    const std::string alice = "alice@example.org";
    EXPECT_TRUE(json({"mailbox", "list", alice}).items().empty());
    EXPECT_FALSE(real_files().info(root_ + "/store/example.org/alice")) << "a look makes nothing";
    EXPECT_EQ(run({"mailbox", "status", alice, "INBOX"}), Exit::not_there);
    EXPECT_EQ(run({"mailbox", "list", "bob@example.org"}), Exit::not_there);
    EXPECT_EQ(run({"mailbox", "list", "nonsense"}), Exit::usage);
    EXPECT_EQ(run({"mailbox", "create", alice, "Work/2026", "--use", "sent"}), Exit::done);
    EXPECT_EQ(run({"mailbox", "create", alice, "Work/2026"}), Exit::exists);
    EXPECT_EQ(run({"mailbox", "create", alice, "Other", "--use", "sent"}), Exit::exists);
    EXPECT_EQ(run({"mailbox", "create", alice, "Other", "--use", "all"}), Exit::usage);
    EXPECT_EQ(run({"mailbox", "create", alice, "a//b"}), Exit::usage);
    EXPECT_EQ(run({"mailbox", "subscribe", alice, "Work/2026"}), Exit::done);
    const auto status = json({"mailbox", "status", alice, "Work/2026"});
    EXPECT_EQ(status.integer("messages"), 0);
    EXPECT_EQ(status.find("special_use")->items().size(), 1U);
    EXPECT_EQ(run({"mailbox", "rename", alice, "Work", "Job"}), Exit::done);
    EXPECT_EQ(json({"mailbox", "status", alice, "Job/2026"}).text("mailbox_id"), status.text("mailbox_id"));
    EXPECT_EQ(run({"mailbox", "rename", alice, "Work", "Job"}), Exit::not_there);
    EXPECT_EQ(run({"mailbox", "remove", alice, "Job", "--yes"}), Exit::no) << "only a level";
    EXPECT_EQ(run({"mailbox", "remove", alice, "Job/2026", "--dry-run"}), Exit::done);
    EXPECT_EQ(json({"mailbox", "list", alice}).items().size(), 2U);
    EXPECT_EQ(run({"mailbox", "remove", alice, "Job/2026", "--yes"}), Exit::done);
    EXPECT_EQ(run({"mailbox", "remove", alice, "Job/2026", "--yes"}), Exit::not_there);
    EXPECT_EQ(run({"mailbox", "remove", alice, "inbox", "--yes"}), Exit::no);
}

TEST_F(VerbsTest, AQuotaIsTheAccountsOwnOrTheDomains) {
    EXPECT_EQ(run({"domain", "add", "example.org"}), Exit::done);
    Context context({conf_, false, false, false});
    accounts::Account account;
    account.name = *accounts::parse_name("alice@example.org");
    ASSERT_TRUE((*context.directory())->add(account, *accounts::make_secret("secret-Pa55", {1, 4096})).has_value());
    real_files().replace(root_ + "/etc/domains/example.org.conf", "quota = \"1G\"\n");
    const auto bytes = [&] { return json({"mailbox", "quota", "alice@example.org"}).integer("quota"); };
    EXPECT_EQ(bytes(), 1 << 30);
    EXPECT_EQ(run({"account", "quota", "alice@example.org", "2M", "--messages", "7"}), Exit::done) << said_.complaint;
    EXPECT_EQ(bytes(), 2 << 20);
    EXPECT_EQ(json({"mailbox", "quota", "alice@example.org"}).integer("quota_messages"), 7);
    EXPECT_EQ(run({"account", "quota", "alice@example.org"}), Exit::done);
    EXPECT_EQ(said_.out, "0 of 2M\n");
    EXPECT_EQ(run({"account", "quota", "alice@example.org", "much"}), Exit::usage);
    EXPECT_EQ(run({"account", "quota", "alice@example.org", "--default"}), Exit::done) << said_.complaint;
    EXPECT_EQ(bytes(), 1 << 30);
}

TEST_F(VerbsTest, WithoutDaemonsTheirVerbsSaySo) {
    EXPECT_EQ(run({"queue", "run"}), Exit::no_daemon);
    EXPECT_EQ(run({"queue", "show", "x"}), Exit::usage);
    EXPECT_EQ(run({"reload"}), Exit::no_daemon);
    EXPECT_EQ(run({"stop"}), Exit::done);
    EXPECT_EQ(run({"--json", "status"}), Exit::no);
    const auto status = ipc::Json::parse(said_.out);
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->find("daemons")->items().size(), kDaemons.size());
}

TEST_F(VerbsTest, ABadConfigurationIsExit78WithAllFaults) {
    real_files().replace(conf_, "hostnam = 3\n[smpt]\n");
    for (const auto* verb : {"start", "restart", "reload"}) EXPECT_EQ(run({verb}), Exit::configuration);
    EXPECT_NE(said_.complaint.find("hostname"), std::string::npos);
    EXPECT_NE(said_.complaint.find("smpt"), std::string::npos);
    EXPECT_EQ(run({"config", "set", "workers", "2"}), Exit::configuration);
}

TEST_F(VerbsTest, AFaultDoesNotKeepTheDaemonsFromBeingFoundAndStopped) {
    const auto good = *real_files().read(conf_);
    real_files().replace(conf_, "hostnam = 3\n" + good);
    EXPECT_EQ(run({"stop"}), Exit::done) << said_.complaint;
    EXPECT_EQ(run({"status"}), Exit::no);
    real_files().replace(conf_, "= =\n" + good);
    EXPECT_EQ(run({"stop"}), Exit::done) << said_.complaint;
    std::string noise;
    for (int i = 0; i < 40; ++i) noise += "= =\n";
    real_files().replace(conf_, noise);
    EXPECT_EQ(run({"stop"}), Exit::configuration);
}

TEST_F(VerbsTest, TheFolderOfSocketsIsKeptWhileADaemonRuns) {
    const auto socket = control_socket(**config::load(conf_), "mdpop3d");
    {
        const auto listening = net::listen_unix(socket, 0600);
        EXPECT_EQ(run({"config", "set", "paths.run", "/elsewhere"}), Exit::again);
        EXPECT_NE(said_.complaint.find("mdctl stop"), std::string::npos);
    }
    EXPECT_EQ(run({"config", "set", "paths.run", "/elsewhere"}), Exit::done) << said_.complaint;
}

TEST_F(VerbsTest, ADaemonThatHangsWithItsQueueFullRunsAllTheSame) {
    const auto config = *config::load(conf_);
    const auto listening = net::listen_unix(control_socket(*config, "mdpop3d"), 0600);
    ASSERT_EQ(::listen(listening.get(), 0), 0);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(runs(*config, "mdpop3d"));
}

TEST_F(VerbsTest, AStopWaitsForItsTurn) {
    auto held = daemon::lock_instance(root_ + "/run/mdctl.lock");
    ASSERT_TRUE(held.has_value());
    std::atomic<bool> released = false;
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        released = true;
        held.reset();
    });
    EXPECT_EQ(run({"stop"}), Exit::done) << said_.complaint;
    EXPECT_TRUE(released);
    other.join();
}

TEST_F(VerbsTest, WhatIsWrongWithAListIsToldWithoutADaemon) {
    EXPECT_EQ(run({"blacklist", "check", "ip", "192.0.2.0/24"}), Exit::usage);
    EXPECT_EQ(run({"blacklist", "import", root_}), Exit::not_there);  // a folder
    EXPECT_EQ(run({"config", "get", "listener.x.port"}), Exit::not_there);
    EXPECT_EQ(said_.complaint.find("did you mean"), std::string::npos) << said_.complaint;
}

TEST(Status, OfVersionOneIsRead) {
    const char* source = std::getenv("srcdir");
    const auto text =
        real_files().read(std::string(source != nullptr ? source : ".") + "/tests/fixtures/control/status-v1.json");
    const auto status = ipc::Json::parse(*text);
    ASSERT_TRUE(status.has_value());
    EXPECT_TRUE(status->boolean("ok"));
    EXPECT_EQ(status->text("state"), "running");
    EXPECT_EQ(status->integer("pid"), 4711);
    EXPECT_EQ(status->integer("workers"), 3);
    EXPECT_EQ(status->find("children")->items().at(2).integer("restarts"), 1);
}

TEST(SelfSigned, IsAKeyAndItsCertificate) {
    const auto identity = self_signed("mail.test");
    EXPECT_TRUE(identity.key_pem.starts_with("-----BEGIN PRIVATE KEY-----"));
    EXPECT_TRUE(identity.certificate_pem.starts_with("-----BEGIN CERTIFICATE-----"));
    EXPECT_NE(self_signed("mail.test").key_pem, identity.key_pem);
}

TEST(Process, IsDetachedWithItsOutputInAFile) {
    const test::TemporaryDirectory tmp;
    const auto pid = start_detached(
        {"/bin/sh", "-c", "cut -d' ' -f6 /proc/self/stat; ls /proc/self/fd | wc -l; exit 3"}, tmp / "out");
    ASSERT_TRUE(wait_for_end(pid, std::chrono::seconds(10)));
    EXPECT_EQ(exit_code_of(pid), 3);
    const auto out = *real_files().read(tmp / "out");
    EXPECT_EQ(out, std::to_string(pid) + "\n4\n");  // its own session; 0, 1, 2 and the folder that ls reads
    EXPECT_TRUE(wait_for_end(pid, std::chrono::seconds(0)));
}

}  // namespace
}  // namespace md::mdctl
