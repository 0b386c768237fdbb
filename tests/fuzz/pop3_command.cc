// tests/fuzz/pop3_command.cc - any octets as one POP3 line

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "proto/pop3/command.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    const auto command = md::pop3::parse(line);
    if (!command) {
        MD_ASSERT(!command.error().text.empty());
        return 0;
    }
    MD_ASSERT(!command->message || *command->message > 0);
    MD_ASSERT(md::pop3::allowed(command->verb, md::pop3::State::authorization) ||
              md::pop3::allowed(command->verb, md::pop3::State::transaction));
    return 0;
}
