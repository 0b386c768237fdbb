// spool/destination_names.cc - see destination_names.h

#include "spool/destination_names.h"

#include "base/strings.h"
#include "dns/name.h"

namespace md::spool {

std::string DestinationNames::of(std::string_view address, std::string_view route) {
    const auto domain = lower(address.substr(address.rfind('@') + 1));
    if (known_.size() >= kRemembered) known_.clear();
    const auto [known, fresh] = known_.try_emplace(domain);
    if (fresh) known->second = usual(domain);
    return known->second.empty() || route.empty() ? known->second : "route " + std::string(route);
}

std::string DestinationNames::usual(const std::string& domain) const {
    auto name = domain;
    if (!domain.starts_with('[')) {  // RFC 5321 §4.1.3: an address literal is of no domain
        const auto checked = accounts::make_domain(domain);
        if (!checked) return {};
        const auto ours = directory_.find_domain(*checked);
        if (!ours || *ours) return {};
        name = dns::to_query_name(*checked).value_or(*checked);
    }
    const auto* by = config_.route_for(name);
    return by == nullptr ? name : "route " + by->domain;
}

}  // namespace md::spool
