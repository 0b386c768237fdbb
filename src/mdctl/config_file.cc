// mdctl/config_file.cc - see config_file.h

#include "mdctl/config_file.h"

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
    files.replace(path, *edited, info->mode & 07777);
    return reload_running(**loaded);
}

}  // namespace md::mdctl
