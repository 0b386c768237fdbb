// tests/fuzz/number_bounds.cc - store/number_bounds.h: whatever stands in the file, what is written next is read next

#include "store/number_bounds.h"
#include "base/assert.h"
#include "support/lossy_files.h"

using namespace md::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    md::test::LossyFiles files;
    files.put("/numbers/zz/Fzz", std::string_view(reinterpret_cast<const char*>(data), size));
    NumberBounds bounds(files, "/numbers");
    (void)bounds.read("Fzz");
    for (const ModSeq next : {ModSeq{20'000}, ModSeq{30'000}}) {
        bounds.write("Fzz", {2'000, next, 7});
        const auto after = bounds.read("Fzz");
        MD_ASSERT(after && after->uid_end == 2'000 && after->journal_inode == 7);
        MD_ASSERT(after->modseq_end == next);
    }
    // Both slots have been written since, unless there was no whole one: then the file is new.
    MD_ASSERT(!bounds.read("Fzz")->doubtful);
    return 0;
}
