// sendmail/main.cc - sendmail(1), mailq(1) and newaliases(1): mail of local programs
//
// PURPOSE
//   Reads a message and gives it by SMTP to mdsmtpd, on the socket for local users; the system tells mdsmtpd whose
//   program this is. So it needs no privilege, and has none.
// CONTRACT
//   Exit codes of sysexits.h. 0: mdsmtpd has the message on disk for every recipient. What was asked about the queue is
//   asked of mdctl, in its place.

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <set>

#include "base/strings.h"
#include "config/config.h"
#include "mail/address.h"
#include "mail/header.h"
#include "sendmail/hand_through.h"
#include "sendmail/options.h"
#include "sendmail/recipients.h"
#include "sendmail/submission.h"

namespace md::sendmail {

namespace {

namespace opt = config::opt;

constexpr char kInstalled[] = "/etc/mdmail/mdmail.conf";
constexpr auto kPatience = std::chrono::seconds(10);
/// Where no terminal is nobody waits for the prompt.
constexpr auto kPatienceOfPrograms = std::chrono::seconds(60);

Exit complain(const Complaint& complaint) {
    std::cerr << "sendmail: " << complaint.text << "\n";
    return complaint.exit;
}

/// As mdctl chooses it.
std::string configuration_file(const Options& options) {
    if (!options.config.empty()) return options.config;
    const char* from_environment = std::getenv("MDMAIL_CONF");
    return from_environment != nullptr && *from_environment != '\0' ? from_environment : kInstalled;
}

/// Of a file with faults what can be read: mdsmtpd may run with what it was.
Result<config::ConfigPointer, Complaint> configuration(const Options& options) {
    const auto file = configuration_file(options);
    const auto config = config::load(file);
    if (config) return *config;
    if (auto partly = config::load_despite_faults(file)) return partly;
    return fail(Complaint{Exit::configuration, config.error().front().text + " (" + file + ")"});
}

Result<std::string, Complaint> socket_of(const config::Config& config) {
    const auto* listener = config.local_submission();
    if (listener != nullptr) return listener->address.substr(std::string_view("unix:").size());
    return fail(Complaint{Exit::configuration,
                          config.file() +
                              " has no listener for local users; expected one with protocol \"submission\", "
                              "address \"unix:/path\" and auth \"off\""});
}

struct Person {
    std::string login;
    std::string name;
};

/// Whose program this is; the name is that of $NAME, else of the user database.
Person caller() {
    Person person;
    const passwd* entry = ::getpwuid(::getuid());
    person.login = entry != nullptr ? entry->pw_name : "uid" + std::to_string(::getuid());
    if (entry != nullptr && entry->pw_gecos != nullptr)
        person.name = std::string(trim(split(entry->pw_gecos, ',').front()));
    const char* name = std::getenv("NAME");
    if (name != nullptr && *name != '\0') person.name = name;
    return person;
}

/// mdctl instead of this program: beside it, in the build tree, or where it was installed.
Exit run_mdctl(const Options& options, std::vector<std::string> words) {
    std::error_code none;
    const auto here = std::filesystem::read_symlink("/proc/self/exe", none).parent_path();
    std::vector<std::string> arguments{"mdctl"};
    if (!options.config.empty()) arguments.insert(arguments.end(), {"-c", options.config});
    arguments.insert(arguments.end(), words.begin(), words.end());
    std::vector<char*> raw;
    for (auto& word : arguments) raw.push_back(word.data());
    raw.push_back(nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    for (const auto& place :
         {here / "mdctl", here / "../mdctl/mdctl", here / "../bin/mdctl", std::filesystem::path(MD_BINDIR "/mdctl")})
        if (std::filesystem::is_regular_file(place, none)) ::execv(place.c_str(), raw.data());
    return complain({Exit::refused, "mdctl is not there: neither beside this program nor in " MD_BINDIR});
}

Exit hand_through_to(const std::string& socket) {
    auto fd = connect_to(socket, kPatience);
    if (fd) return hand_through(std::move(*fd));
    std::cout << "421 4.3.2 no service now, try again later\r\n" << std::flush;
    return complain(fd.error());
}

/// In the order in which they came, each once.
void drop_doubles(std::vector<std::string>& recipients) {
    std::set<std::string> seen;
    std::erase_if(recipients, [&seen](const auto& one) { return !seen.insert(one).second; });
}

std::optional<Complaint> name_recipients(const Options& options, const std::string& header,
                                         std::vector<std::string>& recipients) {
    for (const auto& word : options.recipients)
        if (auto fault = add_recipients(word, recipients)) return fault;
    if (options.recipients_of_header)
        if (auto fault = add_recipients_of(header, recipients)) return fault;
    drop_doubles(recipients);
    if (!recipients.empty()) return std::nullopt;
    if (options.recipients_of_header)
        return Complaint{Exit::bad_input, "the header names no recipient; expected To, Cc or Bcc with an address"};
    return Complaint{Exit::usage, "no recipient is given; expected addresses, or -t to take those of the header"};
}

void complete_header(Draft& draft, const Options& options, const std::string& sender) {
    draft.header = without_blind_copies(draft.header);
    if (mail::find_field(draft.header, "From")) return;
    const auto person = caller();
    const bool own = !options.sender || sender.empty();
    auto name = options.full_name;
    if (name.empty() && own) name = person.name;
    draft.header += from_field(name, sender.empty() ? mail::Address{person.login, {}}.text() : sender);
}

Exit send(const Options& options, const config::Config& config, const std::string& socket) {
    const bool verify = options.mode == Mode::verify;
    auto sender = sender_of(options.sender.value_or(mail::Address{caller().login, {}}.text()));
    if (!sender) return complain(sender.error());
    Order order{socket,      config[opt::hostname], *sender, {}, options.verbose, options.eight_bit, options.notify,
                options.ret, options.envelope_id};
    Draft draft;
    // Faults of the command line are told before anything is read.
    const bool reads = !verify || options.recipients_of_header;
    if (!options.recipients_of_header)
        if (const auto fault = name_recipients(options, {}, order.recipients)) return complain(*fault);
    if (reads) {
        auto read =
            Draft::read(STDIN_FILENO, options.dot_ends, static_cast<std::uint64_t>(config[opt::smtp_max_message_size]));
        if (!read) return complain(read.error());
        draft = std::move(*read);
    }
    if (options.recipients_of_header)
        if (const auto fault = name_recipients(options, draft.header, order.recipients)) return complain(*fault);
    complete_header(draft, options, *sender);
    const auto patience = verify || ::isatty(STDIN_FILENO) != 0 ? kPatience : kPatienceOfPrograms;
    return Submission(std::move(order), verify ? nullptr : &draft, patience).run();
}

/// What is opened next must not be taken for one of the three. Standard input that was closed can still not be read.
void hold_standard_descriptors() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) >= 0) continue;
        [[maybe_unused]] const int opened = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDWR);
    }
}

Exit run(const Options& options) {
    if (options.mode == Mode::list) return run_mdctl(options, {"queue", "list"});
    if (options.mode == Mode::run) {
        std::vector<std::string> words{"queue", "run"};
        words.insert(words.end(), options.queue_words.begin(), options.queue_words.end());
        return run_mdctl(options, std::move(words));
    }
    if (options.mode == Mode::aliases) {
        std::cout << "aliases are live as `mdctl alias` changes them: there is nothing to rebuild\n";
        return Exit::done;
    }
    const auto config = configuration(options);
    if (!config) return complain(config.error());
    const auto socket = socket_of(**config);
    if (!socket) return complain(socket.error());
    if (options.mode == Mode::smtp) return hand_through_to(*socket);
    return send(options, **config, *socket);
}

}  // namespace

}  // namespace md::sendmail

int main(int argc, char** argv) {
    using namespace md::sendmail;
    hold_standard_descriptors();
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
        const auto name = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : std::string();
        const auto options = parse_options(name, words);
        return static_cast<int>(options ? run(*options) : complain(options.error()));
    } catch (const std::exception& failure) {
        return static_cast<int>(complain({Exit::again, failure.what()}));
    }
}
