// tests/fuzz/mail_header.cc - any octets as a message: its header scanned, edited, scanned again
//
// Fields and body must make up the message without gap; an inserted field must be found, and nothing else with it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "mail/header.h"
#include "mail/header_edit.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace md::mail;
    const std::string_view message(reinterpret_cast<const char*>(data), size);
    HeaderScanner scanner(message);
    std::size_t octets = 0;
    std::size_t fields = 0;
    while (const auto field = scanner.next()) {
        MD_ASSERT(field->whole.data() == message.data() + octets);
        MD_ASSERT(is_field_name(field->name));
        octets += field->whole.size();
        ++fields;
        (void)unfold(field->value);
    }
    MD_ASSERT(scanner.header_size() == octets && scanner.body_offset() >= octets && scanner.body_offset() <= size);
    const std::string value(message.substr(0, 200));
    const auto edited = apply(message, {{HeaderEdit::Kind::insert, "X-Fuzz-Inserted", value, 0}});
    HeaderScanner again(edited);
    std::size_t count = 0;
    while (again.next()) ++count;
    MD_ASSERT(count == fields + 1);
    return 0;
}
