// tests/fuzz/srs_address.cc - any octets as the address of a recipient that may be a rewritten reverse-path
//
// Nothing that was not signed here leads anywhere, and what is signed here leads back to where it came from.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/strings.h"
#include "delivery/srs.h"
#include "mail/address.h"

namespace {

constexpr md::WallTime kNow{std::chrono::seconds(1'790'000'000)};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::array<std::string, 2> secrets{"the secret that signs", "an older one"};
    MD_ASSERT(!md::delivery::srs_reverse(text, secrets, kNow));
    const auto parsed = md::mail::parse_mailbox(text, md::mail::Utf8::allowed);
    const auto there = md::delivery::srs_rewrite(text, "own.example", secrets[0], kNow);
    if (!parsed || !there) {
        MD_ASSERT(parsed || text.empty() || !there);
        return 0;
    }
    const auto ours = md::mail::parse_mailbox(*there, md::mail::Utf8::allowed);
    MD_ASSERT(ours && ours->domain == "own.example");
    const auto back = md::delivery::srs_reverse(*there, secrets, kNow);
    const bool again = md::starts_with_nocase(ours->local_part, "SRS1");  // leads to another forwarder
    MD_ASSERT(again || (back && *back == parsed->text()));
    return 0;
}
