// mdimapd/enable.cc - ENABLE (RFC 5161): what the client can bear from now on
//
// CONTRACT
//   What is not known, or cannot be enabled, is passed over without a word (RFC 5161 §3.1); what is enabled already is
//   named again.

#include <array>
#include <string>
#include <utility>

#include "base/strings.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

namespace {
constexpr std::array<std::pair<std::string_view, Feature>, 2> kFeatures{{
    {"CONDSTORE", Feature::condstore},
    {"QRESYNC", Feature::qresync},
}};
}  // namespace

async::Task<Reply> enable(Session& session, imap::Command& command) {
    const auto& asked = std::get<imap::Enable>(command.arguments);
    std::string enabled = "ENABLED";
    for (const auto& [name, feature] : kFeatures) {
        for (const auto capability : asked.capabilities) {
            if (!equal_nocase(capability, name)) continue;
            session.enable(feature);
            enabled.append(" ").append(name);
            break;
        }
    }
    imap::append_untagged(session.out(), enabled);
    co_return Reply::ok("ENABLE done");
}

}  // namespace md::mdimapd
