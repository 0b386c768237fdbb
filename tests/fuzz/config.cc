// tests/fuzz/config.cc - the loader and the editor on any text: no crash, and what the editor gives back loads
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/config.h"
#include "config/edit.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace md::config;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto config = load_text(text, "mdmail.conf");
    if (!config && config.error().empty()) std::abort();
    for (const auto* key : {"workers", "queue.expire", "listener.0.port"}) {
        const auto changed = edit_text(main_schema(), text, "mdmail.conf", {key, key[0] == 'q' ? "1d" : "1"});
        Faults faults;
        if (changed) (void)read_text(main_schema(), *changed, "mdmail.conf", faults);
        if (!faults.empty()) std::abort();
        (void)edit_text(main_schema(), text, "mdmail.conf", {key, {}});
    }
    return 0;
}
