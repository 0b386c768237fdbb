// dns/reverse_name.cc - see reverse_name.h

#include "dns/reverse_name.h"

#include <algorithm>

#include "base/strings.h"

namespace md::dns {

namespace {

async::Task<Looked<IpAddress>> addresses_of(Resolver& resolver, const std::string& name, bool v6,
                                            async::Deadline deadline) {
    if (v6) return resolver.aaaa(name, deadline);
    return resolver.a(name, deadline);
}

}  // namespace

async::Task<Result<std::string, LookupFailure>> confirmed_name(Resolver& resolver, IpAddress address,
                                                               async::Deadline deadline) {
    auto names = co_await resolver.ptr(address, deadline);
    if (!names) co_return fail(std::move(names).error());
    std::optional<LookupFailure> failure;
    auto& records = names->records;
    if (records.size() > kMostNames) records.resize(kMostNames);
    for (const auto& name : records) {
        auto answer = co_await addresses_of(resolver, name, address.v6(), deadline);
        if (answer) {
            const auto& addresses = answer->records;
            if (std::ranges::find(addresses, address) != addresses.end()) co_return lower(name);
        } else if (answer.error().trouble != Trouble::not_a_name) {
            failure = std::move(answer).error();
        }
    }
    if (failure) co_return fail(std::move(*failure));
    co_return std::string();
}

}  // namespace md::dns
