// mdctl/manual.cc - `mdctl manual`: prints a page of pages.h

#include <array>

#include "base/strings.h"
#include "mdctl/context.h"
#include "mdctl/pages.h"

namespace md::mdctl {

namespace {

std::string names_of_pages() {
    std::string out;
    for (const auto& page : pages()) out += (out.empty() ? "" : ", ") + std::string(page.name);
    return out;
}

Outcome manual(Context& context, const Request& request) {
    const auto& name = request.one("NAME");
    for (const auto& page : pages()) {
        if (page.name != name) continue;
        context.print_raw(page.make());
        return {};
    }
    return fail(
        Complaint{Exit::not_there, "there is no page \"" + printable(name, 64) + "\"; there are " + names_of_pages()});
}

constexpr std::array kName{Argument{"NAME", "a page and its section, such as mdctl.8, or mdmail.conf.sample"}};

constexpr std::array kVerbs{
    Verb{"manual",
         "",
         kName,
         {},
         "Prints a manual page, or the sample of the configuration, as the tables of this program have it.",
         manual},
};

}  // namespace

std::span<const Verb> manual_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
