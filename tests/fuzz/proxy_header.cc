// tests/fuzz/proxy_header.cc - any octets as the beginning of a connection from a load balancer

#include "proto/proxy_header.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using md::proto::ProxyFault;
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    const auto header = md::proto::read_proxy_header(octets);
    if (header) {
        MD_ASSERT(header->size <= size && header->size <= md::proto::kProxyHeaderLimit);
        // The octets behind it say nothing about it, and no part of it is it.
        const auto alone = md::proto::read_proxy_header(octets.substr(0, header->size));
        MD_ASSERT(alone && alone->size == header->size && alone->client == header->client);
        const auto part = md::proto::read_proxy_header(octets.substr(0, header->size - 1));
        MD_ASSERT(!part && part.error() == ProxyFault::need_more);
    } else if (header.error() == ProxyFault::need_more) {
        MD_ASSERT(size < md::proto::kProxyHeaderLimit);
    }
    return 0;
}
