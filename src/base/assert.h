// base/assert.h - what can only be false when the program itself is wrong
//
// CONTRACT
//   A false MD_ASSERT writes place and expression to stderr and aborts; the parent starts another worker.
//   Never assert anything computed from bytes of a peer, a message or a disk: those are values or SystemError.
#pragma once

namespace md {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace md

#define MD_ASSERT(expression) \
    (static_cast<bool>(expression) ? void(0) : ::md::assertion_failed(#expression, __FILE__, __LINE__))
