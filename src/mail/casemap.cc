// mail/casemap.cc - see casemap.h; the only file that knows ICU

#include "mail/casemap.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf8.h>

#include <array>
#include <cstdint>

#include "base/assert.h"
#include "base/utf8.h"
#include "mail/ascii_run.h"

namespace md::mail {

namespace {

const UNormalizer2* decomposer() {
    static const UNormalizer2* const found = [] {
        UErrorCode fault = U_ZERO_ERROR;
        const auto* instance = unorm2_getNFKDInstance(&fault);
        MD_ASSERT(U_SUCCESS(fault));
        return instance;
    }();
    return found;
}

void append_character(UChar32 code, std::string& out) {
    std::array<char, U8_MAX_LENGTH> octets;
    std::size_t size = 0;
    U8_APPEND_UNSAFE(octets.data(), size, code);
    out.append(octets.data(), size);
}

/// RFC 5051 §2, step 2. The character's full decomposition is what applying the step again and again comes to.
void append_mapped(UChar32 code, std::string& out) {
    code = u_totitle(code);
    std::array<UChar, 64> parts;
    UErrorCode fault = U_ZERO_ERROR;
    const auto size =
        unorm2_getDecomposition(decomposer(), code, parts.data(), static_cast<std::int32_t>(parts.size()), &fault);
    if (size < 0 || U_FAILURE(fault)) return append_character(code, out);
    for (std::int32_t at = 0; at < size;) {
        UChar32 part = 0;
        U16_NEXT(parts.data(), at, size, part);
        append_character(part, out);
    }
}

}  // namespace

std::size_t casemap_some(std::string_view utf8, std::string& out) {
    const auto size = static_cast<std::int32_t>(utf8.size());
    std::int32_t at = 0;
    while (at < size) {
        const auto rest = utf8.substr(static_cast<std::size_t>(at));
        const auto run = ascii_run(rest);
        out.append(rest.substr(0, run));
        raise_ascii(out.data() + (out.size() - run), run);
        at += static_cast<std::int32_t>(run);
        if (at == size) break;
        auto end = at;
        UChar32 code = 0;
        U8_NEXT(utf8.data(), end, size, code);
        if (code < 0) break;
        append_mapped(code, out);
        at = end;
    }
    return static_cast<std::size_t>(at);
}

std::string casemap(std::string_view utf8) {
    std::string out;
    out.reserve(utf8.size());
    if (!is_utf8(utf8)) return std::string(utf8);
    casemap_some(utf8, out);
    return out;
}

}  // namespace md::mail
