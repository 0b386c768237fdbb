// spool/intake_names.cc - see intake_names.h

#include "spool/intake_names.h"

#include <fmt/format.h>

#include <charconv>

#include "base/strings.h"

namespace md::spool {

namespace {

constexpr std::size_t kJournalLimit = 64;

std::optional<std::uint64_t> parse_serial(std::string_view text) {
    if (text.size() != 16) return std::nullopt;
    for (const char c : text)
        if (!is_digit(c) && !(c >= 'a' && c <= 'f')) return std::nullopt;
    std::uint64_t serial = 0;
    std::from_chars(text.data(), text.data() + text.size(), serial, 16);
    return serial;
}

bool is_journal(std::string_view name) {
    if (name.empty() || name.size() > kJournalLimit) return false;
    for (const char c : name)
        if (!is_alpha(c) && !is_digit(c) && c != '-') return false;
    return true;
}

std::string serial_text(std::uint64_t serial) {
    return fmt::format("{:016x}", serial);
}

std::optional<IntakeName> parse_of_journal(const std::vector<std::string_view>& parts) {
    IntakeName name;
    name.journal = parts.front();
    if (!is_journal(name.journal)) return std::nullopt;
    const auto last = parts.back();
    if (parts.size() == 2 && (last == "lock" || last == "starting")) {
        name.kind = last == "lock" ? IntakeName::Kind::lock : IntakeName::Kind::starting;
        return name;
    }
    if (parts.size() == 3 && last == "msg") {
        const auto id = QueueId::parse(parts[1]);
        if (!id) return std::nullopt;
        name.kind = IntakeName::Kind::large;
        name.id = *id;
        return name;
    }
    const auto serial = parts.size() > 2 ? parse_serial(parts[1]) : std::nullopt;
    if (!serial) return std::nullopt;
    name.serial = *serial;
    if (parts.size() == 3 && last == "seg") {
        name.kind = IntakeName::Kind::segment;
        return name;
    }
    const auto covered = parts.size() == 4 && last == "failed" ? parse_number<std::uint64_t>(parts[2]) : std::nullopt;
    if (!covered) return std::nullopt;
    name.kind = IntakeName::Kind::failed;
    name.covered = *covered;
    return name;
}

}  // namespace

std::optional<IntakeName> parse_intake_name(std::string_view name) {
    const auto parts = split(name, '.');
    if (parts.size() < 2 || parts.size() > 4) return std::nullopt;
    std::optional<IntakeName> found;
    if (parts.size() == 2 && parts.back() == "free") {
        const auto serial = parse_serial(parts.front());
        if (!serial) return std::nullopt;
        found.emplace();
        found->kind = IntakeName::Kind::free;
        found->serial = *serial;
    } else {
        found = parse_of_journal(parts);
    }
    // Another spelling of the same would be a file that we never made, and could not name again.
    if (found && found->text() != name) return std::nullopt;
    return found;
}

std::string IntakeName::text() const {
    switch (kind) {
        case Kind::lock: return lock_name(journal);
        case Kind::starting: return starting_name(journal);
        case Kind::segment: return segment_name(journal, serial);
        case Kind::failed: return failed_name(journal, serial, covered);
        case Kind::large: return large_name(journal, id);
        case Kind::free: return free_name(serial);
    }
    return {};
}

std::string lock_name(const std::string& journal) {
    return journal + ".lock";
}
std::string starting_name(const std::string& journal) {
    return journal + ".starting";
}
std::string segment_name(const std::string& journal, std::uint64_t serial) {
    return journal + "." + serial_text(serial) + ".seg";
}
std::string failed_name(const std::string& journal, std::uint64_t serial, std::uint64_t covered) {
    return journal + "." + serial_text(serial) + "." + std::to_string(covered) + ".failed";
}
std::string large_name(const std::string& journal, QueueId id) {
    return journal + "." + id.text() + ".msg";
}
std::string free_name(std::uint64_t serial) {
    return serial_text(serial) + ".free";
}

}  // namespace md::spool
