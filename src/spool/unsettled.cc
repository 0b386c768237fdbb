// spool/unsettled.cc - see unsettled.h

#include "spool/unsettled.h"

#include <map>

#include "spool/intake_reader.h"
#include "spool/taken.h"

namespace md::spool {

std::unordered_set<std::uint64_t> unsettled(Files& files, const std::string& intake_directory, const Spool& spool) {
    constexpr std::uint64_t kNoBoot = 0;  // how often a process died does not matter here
    std::unordered_set<std::uint64_t> out;
    std::map<std::uint64_t, Taken> logs;
    if (!files.list(intake_directory)) return out;
    IntakeReader reader(files, intake_directory);
    reader.look();
    for (auto entries = reader.read(); !entries.empty(); entries = reader.read()) {
        for (const auto& entry : entries) {
            const auto serial = entry.segment.serial;
            const auto path = spool.taken_directory() + "/" + Taken::file_name(serial);
            const auto& taken = logs.try_emplace(serial, files, path, serial, kNoBoot).first->second;
            if (taken.finished(entry.id)) continue;
            out.insert(entry.id.value());
            out.insert(quarantine_copy(entry.id).value());
        }
    }
    return out;
}

}  // namespace md::spool
