// dialogue/main.cc - every script below tests/dialogue as four cases of GoogleTest
//
//   dialogue_tests [--gtest_filter=Pop3.uidl/*]
//
// A case is named by protocol, script and way: Imap.idle/ByteByByte. Scripts are found in
// $srcdir/tests/dialogue/<protocol>/*.dlg.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/strings.h"
#include "dialogue/runner.h"

namespace md::dialogue {
namespace {

class Conversation : public testing::Test {
  public:
    Conversation(std::string path, const ProtocolRow& protocol, Way way)
        : path_(std::move(path)), protocol_(protocol), way_(way) {}

    void TestBody() override {
        const auto fault = play(read_script(path_), protocol_, way_);
        if (!fault.empty()) ADD_FAILURE() << fault;
    }

  private:
    std::string path_;
    const ProtocolRow& protocol_;
    Way way_;
};

std::vector<std::string> scripts_of(std::string_view protocol) {
    const char* top = std::getenv("srcdir");
    const auto folder = std::string(top != nullptr ? top : ".") + "/tests/dialogue/" + std::string(protocol);
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".dlg") paths.push_back(entry.path().string());
    std::sort(paths.begin(), paths.end());
    return paths;
}

void add_scripts(const ProtocolRow& protocol) {
    auto suite = std::string(protocol.name);
    suite[0] = to_upper(suite[0]);
    for (const auto& path : scripts_of(protocol.name)) {
        for (const auto way : {Way::whole, Way::byte_by_byte, Way::pipelined, Way::slow_disk}) {
            const auto title = std::filesystem::path(path).stem().string() + "/" + std::string(name(way));
            testing::RegisterTest(
                suite.c_str(), title.c_str(), nullptr, nullptr, path.c_str(), 1,
                [path, &protocol, way]() -> Conversation* { return new Conversation(path, protocol, way); });
        }
    }
}

}  // namespace
}  // namespace md::dialogue

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // as every daemon does
    testing::InitGoogleTest(&argc, argv);
    for (const auto& protocol : md::dialogue::kProtocols) md::dialogue::add_scripts(protocol);
    return RUN_ALL_TESTS();
}
