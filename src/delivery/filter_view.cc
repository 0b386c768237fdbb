// delivery/filter_view.cc - see filter_view.h

#include "delivery/filter_view.h"

namespace md::delivery {

std::string with_crlf(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 32);
    while (!text.empty()) {
        const auto end = text.find('\n');
        out.append(text.substr(0, end));
        if (end == std::string_view::npos) break;
        out.append("\r\n");
        text.remove_prefix(end + 1);
    }
    return out;
}

std::string_view shown_value(const mail::Field& field) noexcept {
    auto value = field.value;
    if (value.starts_with(' ')) value.remove_prefix(1);
    return value;
}

}  // namespace md::delivery
