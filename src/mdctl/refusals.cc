// mdctl/refusals.cc - see refusals.h

#include "mdctl/refusals.h"

#include "base/strings.h"

namespace md::mdctl {

Complaint complaint_of(const accounts::Refusal& refusal) {
    using Why = accounts::Refusal::Why;
    switch (refusal.why) {
        case Why::exists: return {Exit::exists, refusal.text};
        case Why::not_there: return {Exit::not_there, refusal.text};
        case Why::not_empty: return {Exit::no, refusal.text};
        case Why::bad_value: return {Exit::usage, refusal.text};
        case Why::damaged: return {Exit::configuration, refusal.text};
    }
    return {Exit::again, refusal.text};
}

Complaint complaint_of(const accounts::Unavailable& unavailable) {
    return {Exit::again, unavailable.text};
}

Complaint not_a(std::string_view what, std::string_view given, std::string_view example) {
    return {Exit::usage, "\"" + printable(given, 64) + "\" is no " + std::string(what) + "; expected one such as " +
                             std::string(example)};
}

}  // namespace md::mdctl
