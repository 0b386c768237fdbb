// mdctl/context.cc - see context.h

#include "mdctl/context.h"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "base/encoding.h"
#include "base/strings.h"
#include "daemon/trees.h"
#include "mdctl/owner_files.h"

namespace md::mdctl {

namespace {

constexpr char kInstalled[] = "/etc/mdmail/mdmail.conf";
constexpr std::size_t kLongestPasswordLine = 4096;

std::string chosen_path(const std::string& given) {
    if (!given.empty()) return std::filesystem::absolute(given).lexically_normal();
    const char* from_environment = std::getenv("MDMAIL_CONF");
    if (from_environment != nullptr && *from_environment != '\0')
        return std::filesystem::absolute(from_environment).lexically_normal();
    return kInstalled;
}

/// Switches the terminal's echo off while it lives.
class NoEcho {
  public:
    NoEcho() {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~NoEcho() {
        if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        std::cerr << "\n";
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;

  private:
    termios before_{};
    bool changed_ = false;
};

bool read_line(std::string& line) {
    if (!std::getline(std::cin, line)) return false;
    if (line.ends_with('\r')) line.pop_back();
    return line.size() <= kLongestPasswordLine;
}

std::string ask_hidden(std::string_view prompt) {
    std::cerr << prompt << std::flush;
    const NoEcho no_echo;
    std::string line;
    return read_line(line) ? line : std::string();
}

/// Code points, which is near enough to columns for names and addresses.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::vector<std::size_t> widths_of(const Table& table) {
    std::vector<std::size_t> widths;
    for (const auto& row : table) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    }
    return widths;
}

std::string text_of(const Table& table, const std::vector<std::size_t>& widths) {
    std::string out;
    for (const auto& row : table) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
            line += row[i] + std::string(std::max(widths[i], width(row[i])) - width(row[i]) + 2, ' ');
        line.resize(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

Context::Context(GlobalOptions options) : options_(std::move(options)), config_path_(chosen_path(options_.config)) {}

Result<config::ConfigPointer, Complaint> Context::config() {
    if (!config_) {
        if (access(config_path_.c_str(), R_OK) != 0 && errno == EACCES)
            return fail(
                Complaint{Exit::not_allowed, config_path_ + ": you may not read it; try it as its owner or as root"});
        auto loaded = config::load(config_path_);
        if (!loaded) return fail(Complaint{Exit::configuration, std::string(trim(config::describe(loaded.error())))});
        config_ = std::move(*loaded);
    }
    return config_;
}

Result<config::ConfigPointer, Complaint> Context::config_despite_faults() {
    auto loaded = config();
    if (loaded) return loaded;
    if (auto rest = config::load_despite_faults(config_path_)) return rest;
    return loaded;
}

Result<accounts::FileDirectory*, Complaint> Context::directory() {
    if (!directory_) {
        const auto loaded = config();
        if (!loaded) return fail(loaded.error());
        directory_ = std::make_unique<accounts::FileDirectory>(owner_files(), daemon::account_places(**loaded));
    }
    return directory_.get();
}

void Context::print_list(const ipc::Json& list, const Table& table) {
    std::string out;
    if (options_.json_lines) {
        for (const auto& item : list.items()) out += item.dump() + "\n";
    } else if (options_.json) {
        out = (list.is_array() ? list : ipc::Json::array()).dump(true) + "\n";
    } else if (table.size() > 1) {
        out = text_of(table, widths_of(table));
    }
    print_raw(out);
}

void Context::print(const ipc::Json& document, std::string_view text) {
    print_raw(json() ? document.dump(options_.json) + "\n" : std::string(text));
}

void Context::say(std::string_view text) {
    if (!json() && !quiet()) print_raw(std::string(text) + "\n");
}

void Context::print_raw(std::string_view text) {
    std::cout << text << std::flush;
}

Result<std::string, Complaint> Context::new_password(bool from_stdin) {
    return read_password(from_stdin, true);
}

Result<std::string, Complaint> Context::old_password(bool from_stdin) {
    return read_password(from_stdin, false);
}

Result<std::string, Complaint> Context::read_password(bool from_stdin, bool twice) {
    std::string password;
    if (from_stdin) {
        if (!read_line(password))
            return fail(Complaint{Exit::data, "no password on standard input; expected one line with it"});
        return password;
    }
    if (isatty(STDIN_FILENO) == 0)
        return fail(Complaint{Exit::usage, "no password; give --password-stdin and one line on standard input"});
    password = ask_hidden(twice ? "New password: " : "Password: ");
    if (!twice) return password;
    auto again = ask_hidden("Again: ");
    const bool same = password == again;
    wipe(again);
    if (!same) return fail(Complaint{Exit::data, "the two passwords differ; nothing was changed"});
    return password;
}

Outcome Context::confirm(bool yes, std::string_view question) {
    if (yes) return {};
    if (isatty(STDIN_FILENO) == 0)
        return fail(Complaint{Exit::usage, std::string(question) + " Give --yes to do it without a terminal"});
    std::cerr << question << " (yes/no) " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "yes") return {};
    return fail(Complaint{Exit::no, "not confirmed; nothing was changed"});
}

}  // namespace md::mdctl
