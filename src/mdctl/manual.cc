// mdctl/manual.cc - `mdctl manual`: the pages and files that are made from the tables

#include <array>

#include "base/strings.h"
#include "config/emit.h"
#include "config/manual.h"
#include "mdctl/context.h"

namespace md::mdctl {

namespace {

std::string usage_of(const Verb& verb) {
    std::string out(verb.noun);
    if (!verb.name.empty()) out += " " + std::string(verb.name);
    for (const auto& argument : verb.arguments) {
        const std::string name(argument.name);
        switch (argument.count) {
            case Argument::Count::one: out += " " + name; break;
            case Argument::Count::optional: out += " [" + name + "]"; break;
            case Argument::Count::several: out += " " + name + " ..."; break;
            case Argument::Count::any: out += " [" + name + " ...]"; break;
        }
    }
    for (const auto& flag : verb.flags) {
        const auto text = std::string(flag.name) + (flag.value.empty() ? "" : " " + std::string(flag.value));
        out += flag.required ? " " + text : " [" + text + "]";
    }
    return out;
}

std::string prose_of(const Verb& verb) {
    std::string out(verb.prose);
    for (const auto& argument : verb.arguments)
        out += " " + std::string(argument.name) + ": " + std::string(argument.prose) + ".";
    for (const auto& flag : verb.flags) out += " " + std::string(flag.name) + ": " + std::string(flag.prose) + ".";
    return out;
}

void add_exit_codes(config::Manual& page) {
    page.heading("EXIT STATUS");
    page.begin_list();
    page.item("0", "Done.");
    page.item("1", "The answer is no: a check failed, or nothing was found. An empty list is 0.");
    page.item("64", "Wrong use: the command line itself, a malformed address included.");
    page.item("65", "Bad content of a file or of standard input.");
    page.item("66", "There is no such thing.");
    page.item("69", "A daemon that is needed does not run.");
    page.item("73", "It exists already.");
    page.item("75", "The machine or a daemon could not do it now; try again.");
    page.item("77", "Not allowed.");
    page.item("78", "The configuration has faults.");
    page.end_list();
}

std::string command_page() {
    config::Manual page("mdctl", 8, "manages the mdmail suite");
    page.heading("DESCRIPTION");
    page.paragraph(
        "Every act of an administrator is a noun and a verb. What was asked for is written to standard output, as text "
        "or with "
        "--json as one document; errors are one line on standard error: what, why, what to do.");
    page.begin_list();
    page.item("-c FILE",
              "The configuration. Without it the environment variable MDMAIL_CONF names it, else it is "
              "/etc/mdmail/mdmail.conf.");
    page.item("--json", "One JSON document instead of text for people.");
    page.item("--json-lines", "Of a list: one JSON object a line.");
    page.item("--quiet", "Says nothing where the exit status says it.");
    page.end_list();
    page.heading("COMMANDS");
    for (const auto& noun : all_nouns()) {
        if (noun.verbs.empty()) continue;
        page.subheading(noun.name);
        page.paragraph("About " + std::string(noun.prose) + ".");
        page.begin_list();
        for (const auto& verb : noun.verbs) page.item(usage_of(verb), prose_of(verb));
        page.end_list();
    }
    add_exit_codes(page);
    page.see_also("mdmail.conf 5");
    return page.text();
}

Outcome manual(Context& context, const Request& request) {
    const auto& name = request.one("NAME");
    if (name == "mdctl.8") {
        context.print_raw(command_page());
    } else if (name == "mdmail.conf.5") {
        context.print_raw(config::configuration_page(config::main_schema()));
    } else if (name == "mdmail.conf.sample") {
        context.print_raw(config::sample_file(config::main_schema()));
    } else {
        return fail(Complaint{Exit::not_there, "there is no page \"" + printable(name, 64) +
                                                   "\"; there are mdctl.8, mdmail.conf.5 and mdmail.conf.sample"});
    }
    return {};
}

constexpr std::array kName{Argument{"NAME", "mdctl.8, mdmail.conf.5 or mdmail.conf.sample"}};

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
