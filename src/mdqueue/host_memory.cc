// mdqueue/host_memory.cc - see host_memory.h

#include "mdqueue/host_memory.h"

#include <algorithm>

namespace md::mdqueue {

namespace {

constexpr unsigned kMostDoublings = 16;

}  // namespace

std::string HostMemory::key(const net::SocketAddress& address, Fault fault) {
    return address.text() + (fault == Fault::tls ? " tls" : "");
}

bool HostMemory::rests(const net::SocketAddress& address, Fault fault, Time now) const {
    const auto found = known_.find(key(address, fault));
    return found != known_.end() && now < found->second.until;
}

void HostMemory::probe(const net::SocketAddress& address, Fault fault, Time now) {
    const auto found = known_.find(key(address, fault));
    if (found == known_.end() || now < found->second.until) return;
    found->second.until = now + rules_.probe;
    found->second.resting = false;
}

/// What was under way when the rest began says nothing new.
void HostMemory::note(const net::SocketAddress& address, Fault fault, Time now) {
    if (known_.size() >= kMost) make_room(now);
    auto& known = known_[key(address, fault)];
    if (known.resting && now < known.until) return;
    auto rest = rules_.rest;
    for (unsigned i = 0; i < std::min(known.rests, kMostDoublings) && rest < rules_.longest_rest; ++i) rest *= 2;
    known.until = now + std::min(rest, rules_.longest_rest);
    known.resting = true;
    ++known.rests;
}

void HostMemory::forget(const net::SocketAddress& address, Fault fault) {
    if (!known_.empty()) known_.erase(key(address, fault));
}

/// What was in trouble long ago, else all: what is lost is learnt again.
void HostMemory::make_room(Time now) {
    std::erase_if(known_, [&](const auto& one) { return one.second.until + rules_.longest_rest < now; });
    if (known_.size() >= kMost) known_.clear();
}

}  // namespace md::mdqueue
