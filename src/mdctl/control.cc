// mdctl/control.cc - see control.h

#include "mdctl/control.h"

#include "base/strings.h"
#include "daemon/control_protocol.h"

namespace md::mdctl {

namespace {

constexpr auto kActTime = std::chrono::seconds(6);  // the daemon itself gives up after 5
constexpr auto kReloadTime = std::chrono::seconds(30);

Complaint refusal_of(std::string_view daemon, const ipc::Json& answer) {
    std::string faults;
    if (const auto* lines = answer.find("faults")) {
        for (const auto& line : lines->items()) faults += line.as_text().value_or("") + "\n";
    }
    if (!faults.empty()) return {Exit::configuration, std::string(trim(faults))};
    return {Exit::again, std::string(daemon) + ": " + answer.text("error", "it refused")};
}

}  // namespace

std::string control_socket(const config::Config& config, std::string_view daemon) {
    return config[config::opt::paths_run] + "/" + daemon::control_socket_name(daemon);
}

bool runs(const config::Config& config, std::string_view daemon) {
    return somebody_listens(control_socket(config, daemon));
}

Result<ipc::Json, Complaint> control(const config::Config& config, std::string_view daemon, ipc::Json request,
                                     std::chrono::milliseconds patience) {
    auto answer =
        ask({std::string(daemon), control_socket(config, daemon), daemon::kControl, std::move(request), patience});
    if (answer && !answer->boolean("ok")) return fail(refusal_of(daemon, *answer));
    return answer;
}

Outcome reload_running(const config::Config& config) {
    for (const auto daemon : kDaemons) {
        if (!runs(config, daemon)) continue;
        const auto answer = control(config, daemon, ipc::Json().set("request", "reload"), kReloadTime);
        if (!answer) return fail(answer.error());
    }
    return {};
}

Outcome announce(const config::Config& config, std::string_view what) {
    for (const auto daemon : kDaemons) {
        if (!runs(config, daemon)) continue;
        const auto answer = control(config, daemon, ipc::Json().set("request", "change").set("what", what), kActTime);
        if (answer || answer.error().code == Exit::no_daemon) continue;  // one that has just ended will read anew
        return fail(Complaint{Exit::again, "the change is made, but " + answer.error().text});
    }
    return {};
}

}  // namespace md::mdctl
