// tests/fuzz/envelope.cc - spool/envelope.h: any text as an envelope file; what is read, written again, is the same

#include "spool/envelope.h"
#include "base/assert.h"
#include "spool/envelope_text.h"

using namespace md::spool;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    MD_ASSERT(unescape(escape(text)) == text);
    MD_ASSERT(unescape(escape(text, true)) == text);
    if (const auto time = parse_time(text)) MD_ASSERT(md::rfc3339(*time) == text);
    // Behind a good fixed part the octets are progress: no mutation would guess the checks.
    Envelope sample;
    sample.id = md::QueueId(1);
    sample.recipients.emplace_back(std::string(text));
    Progress progress;
    progress.recipient = 0;
    progress.text = text;
    for (const auto& file :
         {std::string(text), write_envelope(sample, size) + write_progress(progress) + std::string(text)}) {
        const auto stored = read_envelope(file);
        if (!stored) continue;
        MD_ASSERT(stored->complete_size <= file.size());
        (void)stored->states();
        (void)stored->unfinished_attempts();
        auto again = write_envelope(stored->envelope, stored->message_size);
        for (const auto& one : stored->progress) again += write_progress(one);
        const auto back = read_envelope(again);
        MD_ASSERT(back && back->envelope == stored->envelope && back->progress == stored->progress);
    }
    return 0;
}
