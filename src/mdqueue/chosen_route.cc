// mdqueue/chosen_route.cc - see chosen_route.h

#include "mdqueue/chosen_route.h"

namespace md::mdqueue {

ChosenRoute::ChosenRoute(const config::Config& config, const RelayJob& job) {
    const auto& wanted = job.envelope.route;
    if (wanted.empty()) {
        route_ = config.route_for(job.domain);
    } else if (auto to = config::parse_route_target(wanted)) {
        own_.emplace();
        own_->domain = wanted;
        own_->to = std::move(*to);
        route_ = &*own_;
    } else {
        route_ = config.route_called(wanted);
        lost_ = route_ == nullptr;
    }
}

}  // namespace md::mdqueue
