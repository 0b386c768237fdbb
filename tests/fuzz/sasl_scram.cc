// tests/fuzz/sasl_scram.cc - any octets as the messages of a SCRAM client, and as a verifier

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "auth/scram.h"
#include "base/assert.h"
#include "proto/sasl/scram.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto first = md::sasl::scram::parse_first(text);
    if (first) {
        MD_ASSERT(!first->authentication.empty() && !first->nonce.empty());
        MD_ASSERT(first->gs2_header + first->bare == text);
    }
    const auto last = md::sasl::scram::parse_final(text);
    if (last) MD_ASSERT(text.starts_with(last->without_proof));
    for (const auto* scheme : {"SCRAM-SHA-1", "SCRAM-SHA-256"}) {
        const auto keys = md::auth::read_scram_keys(scheme, text);
        if (keys) MD_ASSERT(keys->iterations > 0 && keys->stored_key.size() == keys->server_key.size());
    }
    return 0;
}
