// tests/fuzz/maildir_name.cc - store/maildir_name.h and store/folder_name.h: any name is read within itself, and what
// we write is read back

#include "store/maildir_name.h"
#include "base/assert.h"
#include "store/folder_name.h"
#include "store/wake.h"

using namespace md::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto name = parse_maildir_name(text)) {
        MD_ASSERT(text.starts_with(name->base) && name->base.starts_with(name->key) && !name->key.empty());
        const auto flags = flags_of_letters(name->letters);
        const auto again = letters_of(flags, forwarded_in_letters(name->letters), name->letters);
        MD_ASSERT(flags_of_letters(again) == flags);
        MD_ASSERT(letters_of(flags, forwarded_in_letters(again), again) == again);
        const auto ours = with_sizes(name->key, 1, 2);
        MD_ASSERT(parse_maildir_name(ours)->key == name->key);
    }
    if (const auto folder = canonical_folder(text); folder && *folder != "INBOX") {
        const auto directory = folder_directory(*folder);
        MD_ASSERT(directory.find('/') == std::string::npos && directory.front() == '.');
        MD_ASSERT(folder_of_directory(directory) == *folder);
    }
    if (const auto folder = folder_of_directory(text)) MD_ASSERT(canonical_folder(*folder) == *folder);
    const auto escaped = escape_local_part(text);
    MD_ASSERT(escaped.find('/') == std::string::npos && !escaped.starts_with("."));
    (void)parse_wake(text);
    return 0;
}
