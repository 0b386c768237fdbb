// tests/fuzz/strings.cc - base/strings.h: whatever the text, the promises of the header hold

#include "base/strings.h"

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const char c : md::printable(text)) MD_ASSERT(!md::is_control(c));
    std::size_t octets = 0;
    const auto pieces = md::split(text, ',');
    for (const auto piece : pieces) octets += piece.size();
    MD_ASSERT(octets + pieces.size() - 1 == text.size());
    MD_ASSERT(md::equal_nocase(md::upper(text), md::lower(text)));
    const auto number = md::parse_number<std::uint32_t>(text);
    MD_ASSERT(!number || std::stoull(std::string(text)) == *number);
    (void)md::nearest_name(text, {"hostname", "smtp", "listener"});
    (void)md::trim(text);
    return 0;
}
