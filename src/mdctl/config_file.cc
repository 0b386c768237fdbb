// mdctl/config_file.cc - see config_file.h

#include "mdctl/config_file.h"

#include <algorithm>

#include "base/strings.h"
#include "config/edit.h"
#include "mdctl/control.h"
#include "mdctl/owner_files.h"

namespace md::mdctl {

namespace {

Complaint complaint_of(const config::EditRefusal& refusal) {
    const auto text = std::string(trim(config::describe(refusal.faults)));
    switch (refusal.why) {
        case config::EditRefusal::Why::unknown_key: return {Exit::not_there, text};
        case config::EditRefusal::Why::bad_value: return {Exit::usage, text};
        case config::EditRefusal::Why::bad_file:
        case config::EditRefusal::Why::by_hand: return {Exit::configuration, text};
    }
    return {Exit::configuration, text};
}

bool any_runs(const config::Config& config) {
    return std::any_of(kDaemons.begin(), kDaemons.end(), [&](auto daemon) { return runs(config, daemon); });
}

/// Daemons that run are asked by sockets in paths.run: in another folder nobody would find them, to stop them for one.
Outcome stay_within_reach(const config::Config& before, const config::Config& after) {
    const auto& run = before[config::opt::paths_run];
    if (run == after[config::opt::paths_run] || !any_runs(before)) return {};
    return fail(Complaint{Exit::again, "daemons run with paths.run = \"" + run + "\"; `mdctl stop` first"});
}

void tell_what_waits(Context& context, const config::Config& before, const config::Config& after) {
    for (const auto key : config::need_restart(before, after))
        context.say(std::string(key) + " acts from the next start: `mdctl restart`");
}

}  // namespace

Outcome edit_config(Context& context, const std::string& key, const std::optional<std::string>& value) {
    const auto& path = context.config_path();
    auto& files = owner_files();
    const auto info = files.info(path);
    const auto text = files.read_linked(path);
    if (!info || !text) return fail(Complaint{Exit::configuration, path + ": no such file; `mdctl init` makes one"});
    const auto edited = config::edit_text(config::main_schema(), *text, path, {key, value});
    if (!edited) return fail(complaint_of(edited.error()));
    // Also what concerns several keys: two listeners at one place.
    const auto loaded = config::load_text(*edited, path);
    if (!loaded) return fail(Complaint{Exit::configuration, std::string(trim(config::describe(loaded.error())))});
    if (*edited == *text) return {};
    // As it was: where its daemons are to be found. It may have had the fault that this edit mends.
    const auto before = config::load_text(*text, path);
    if (before) {
        if (auto found = stay_within_reach(**before, **loaded); !found) return found;
    }
    files.replace(path, *edited, info->mode & 07777);
    if (auto reloaded = reload_running(**loaded); !reloaded)
        return fail(Complaint{reloaded.error().code,
                              reloaded.error().text + "; the file has the change, and `mdctl reload` tries it again"});
    if (before && any_runs(**loaded)) tell_what_waits(context, **before, **loaded);
    return {};
}

}  // namespace md::mdctl
