// daemon/arguments.cc - see arguments.h

#include "daemon/arguments.h"

#include <cstdlib>

#include "config.h"

namespace md::daemon {

namespace {

constexpr int kWrongUse = 64;

std::string usage(std::string_view program) {
    return "usage: " + std::string(program) + " [-c FILE] [--foreground]\n";
}

/// Where the configuration stands when nobody says: as for mdctl.
std::string usual_config() {
    const char* named = std::getenv("MDMAIL_CONF");
    return named != nullptr && *named != '\0' ? named : "/etc/mdmail/mdmail.conf";
}

}  // namespace

std::variant<Arguments, Answer> parse_arguments(std::string_view program, int argc, char** argv) {
    Arguments arguments;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word(argv[i]);
        if (word == "--help") return Answer{usage(program), EXIT_SUCCESS};
        if (word == "--version")
            return Answer{std::string(program) + " (" PACKAGE_NAME ") " PACKAGE_VERSION "\n", EXIT_SUCCESS};
        if (word == "--foreground") {
            arguments.foreground = true;
        } else if ((word == "-c" || word == "--config") && i + 1 < argc) {
            arguments.config = argv[++i];
        } else {
            return Answer{std::string(program) + ": cannot use \"" + std::string(word) + "\"\n" + usage(program),
                          kWrongUse};
        }
    }
    if (arguments.config.empty()) arguments.config = usual_config();
    return arguments;
}

}  // namespace md::daemon
