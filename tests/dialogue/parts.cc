// dialogue/parts.cc - see parts.h

#include "dialogue/parts.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

#include "base/strings.h"

namespace md::dialogue {

using async::Task;

namespace {

struct OperationRow {
    std::string_view name;
    test::Operation operation;
};
constexpr std::array kOperations{
    OperationRow{"open", test::Operation::open},     OperationRow{"create", test::Operation::create},
    OperationRow{"read", test::Operation::read},     OperationRow{"write", test::Operation::write},
    OperationRow{"sync", test::Operation::sync},     OperationRow{"sync_data", test::Operation::sync_data},
    OperationRow{"rename", test::Operation::rename}, OperationRow{"link", test::Operation::link},
    OperationRow{"list", test::Operation::list},
};

int code_of(std::string_view name) {
    return name == "ENOSPC" ? ENOSPC : name == "EROFS" ? EROFS : EIO;
}

}  // namespace

config::ConfigPointer read_config(const Surroundings& surroundings) {
    const auto text = "hostname = \"mail.example.org\"\n" + surroundings.config;
    auto loaded = config::load_text(text, "mdmail.conf");
    if (loaded) return *loaded;
    std::string faults;
    for (const auto& fault : loaded.error()) faults += fault.text + "\n";
    throw std::runtime_error(faults);
}

Task<auth::Verified> Passwords::verify(auth::Login login) {
    const std::string_view account = login.account;
    const auto at = account.find('@');
    const auto user = account.substr(0, at);
    auto verdict = auth::Verdict::wrong;
    if (at == std::string_view::npos || account.substr(at + 1) != kDomain) {
        verdict = auth::Verdict::wrong;
    } else if (user == "busy") {
        verdict = auth::Verdict::unavailable;
    } else if (login.password == "secret" && user == "frozen") {
        verdict = auth::Verdict::refused;
    } else if (login.password == "secret" && (user == "bob" || user == "alice" || user == "small")) {
        verdict = auth::Verdict::accepted;
    }
    co_return auth::Verified(verdict, verdict == auth::Verdict::accepted ? login.account : std::string());
}

std::string Disk::fail(const std::vector<std::string>& arguments) {
    if (!faulty_) return "DISK faulty is missing";
    if (arguments.size() < 2) return "operation and code are missing";
    const auto* row =
        std::find_if(kOperations.begin(), kOperations.end(), [&](const auto& r) { return r.name == arguments[0]; });
    if (row == kOperations.end()) return "no such operation: " + arguments[0];
    const auto times = arguments.size() > 2 ? parse_number<std::uint64_t>(arguments[2]).value_or(1) : UINT64_MAX;
    memory_.fail_operation(row->operation, code_of(arguments[1]), times);
    return "";
}

Step step(Step::Kind kind, std::string text) {
    Step out;
    out.kind = kind;
    out.text = std::move(text);
    out.waits = true;
    return out;
}

}  // namespace md::dialogue
