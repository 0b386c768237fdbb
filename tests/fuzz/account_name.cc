// tests/fuzz/account_name.cc - accounts/name.h: a login's name becomes a path, and never one outside its folder

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "accounts/name.h"
#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace md::accounts;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto name = parse_name(text)) {
        const auto file = file_name(name->local_part);
        MD_ASSERT(!file.empty() && file.front() != '.' && file.find('/') == std::string::npos);
        MD_ASSERT(local_part_of(file) == name->local_part);
        MD_ASSERT(!name->domain.empty() && name->domain.front() != '.' && name->domain.find('/') == std::string::npos);
        MD_ASSERT(parse_name(name->text()) == name);
    }
    if (const auto domain = make_domain(text)) MD_ASSERT(make_domain(*domain) == domain);
    if (const auto local_part = local_part_of(text)) MD_ASSERT(file_name(*local_part) == text);
    return 0;
}
