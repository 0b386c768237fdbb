// base/utf8.h - is a text well-formed UTF-8?
//
// CONTRACT
//   Refuses overlong forms, surrogates and what lies beyond U+10FFFF. Linear; no allocation.
// RFC
//   3629 §4
#pragma once

#include <string_view>

namespace md {

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace md
