// mdqueue/destinations_view.h - the destinations as people see them (mdctl queue destinations)
//
// CONTRACT
//   Pure.
// FORMAT
//   doc/formats/queue.md
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "ipc/json.h"
#include "mdqueue/destinations.h"

namespace md::mdqueue {

/// Rows, by name, of those that are known and those that messages wait for. `now` and `wall`: the same moment.
[[nodiscard]] ipc::Json describe_destinations(const std::vector<Destinations::View>& known,
                                              const std::vector<std::pair<std::string, std::size_t>>& messages,
                                              Destinations::Time now, WallTime wall);

}  // namespace md::mdqueue
