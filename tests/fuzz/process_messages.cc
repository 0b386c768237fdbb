// tests/fuzz/process_messages.cc - what a compromised child could say to its parent, a session to the auth child

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "auth/protocol.h"
#include "base/assert.h"
#include "daemon/parent_channel.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    if (const auto message = md::daemon::decode(octets)) MD_ASSERT(md::daemon::encode(*message) == octets);
    if (const auto login = md::auth::decode_login(octets)) MD_ASSERT(md::auth::encode(*login) == octets);
    if (const auto verified = md::auth::decode_verified(octets)) MD_ASSERT(md::auth::encode(*verified) == octets);
    return 0;
}
