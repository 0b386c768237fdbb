// mdqueue/destinations_view.cc - see destinations_view.h

#include "mdqueue/destinations_view.h"

#include <map>

namespace md::mdqueue {

namespace {

using ipc::Json;

/// resting: left alone; probing: that is over, and one transaction finds out; open: as many as the window has.
std::string_view state_of(const Destinations::View& view, Destinations::Time now) {
    if (!view.resting) return "open";
    return view.until > now ? "resting" : "probing";
}

}  // namespace

Json describe_destinations(const std::vector<Destinations::View>& known,
                           const std::vector<std::pair<std::string, std::size_t>>& messages, Destinations::Time now,
                           WallTime wall) {
    std::map<std::string, Json> rows;
    for (const auto& view : known) {
        auto& row = rows[view.destination];
        const auto state = state_of(view, now);
        const auto wait = std::chrono::duration_cast<std::chrono::microseconds>(view.until - now);
        row.set("destination", view.destination).set("messages", 0).set("state", state);
        row.set("under_way", view.under_way).set("window", view.window).set("troubles", view.troubles);
        row.set("rests_until", state == "resting" ? Json(rfc3339(wall + wait)) : Json());
        row.set("last_trouble", view.reason);
    }
    for (const auto& [destination, count] : messages) {
        auto& row = rows[destination];
        if (row.is_null())
            row.set("destination", destination).set("messages", count).set("state", "idle");
        else
            row.set("messages", count);
    }
    auto all = Json::array();
    for (auto& [destination, row] : rows) all.add(std::move(row));
    return all;
}

}  // namespace md::mdqueue
