// tests/support/fake_resolver.cc - see fake_resolver.h

#include "support/fake_resolver.h"

#include <algorithm>

#include "async/loop.h"
#include "base/assert.h"
#include "dns/name.h"

namespace md::dns {

namespace {

constexpr int kLongestChain = 8;

IpAddress address_of(std::string_view text) {
    const auto address = IpAddress::parse(text);
    MD_ASSERT(address.has_value());
    return *address;
}

}  // namespace

void FakeResolver::add_wire(const std::string& name, Type type, std::string data) {
    records_[{name, type}].push_back(std::move(data));
    names_.insert(name);
}

void FakeResolver::add_address(const std::string& host, std::string_view address) {
    const auto ip = address_of(address);
    add_wire(host, ip.v6() ? Type::aaaa : Type::a, std::string(ip.octets()));
}

void FakeResolver::add_mx(const std::string& domain, std::uint16_t preference, const std::string& host) {
    add_wire(domain, Type::mx, write_mx({preference, host}));
}

void FakeResolver::add_txt(const std::string& name, std::string_view text) {
    add_wire(name, Type::txt, write_txt(text));
}

void FakeResolver::add_ptr(std::string_view address, const std::string& host) {
    add_wire(reverse_name(address_of(address)), Type::ptr, write_ptr(host));
}

void FakeResolver::add_tlsa(const std::string& name, const Tlsa& tlsa) {
    add_wire(name, Type::tlsa, write_tlsa(tlsa));
}

void FakeResolver::add_alias(const std::string& name, const std::string& target) {
    aliases_[name] = target;
    names_.insert(name);
}

Answer<std::string> FakeResolver::answer(Type type, const std::string& name) const {
    Answer<std::string> answer;
    answer.canonical_name = name;
    answer.ttl = ttl_;
    answer.secure = signed_.contains(name);
    for (int i = 0; i < kLongestChain; ++i) {
        const auto alias = aliases_.find(answer.canonical_name);
        if (alias == aliases_.end()) break;
        answer.canonical_name = alias->second;
        answer.secure = answer.secure && signed_.contains(alias->second);  // every step of it
    }
    const auto found = records_.find({answer.canonical_name, type});
    if (found != records_.end()) answer.records = found->second;
    answer.outcome = !answer.records.empty()                  ? Outcome::found
                     : names_.contains(answer.canonical_name) ? Outcome::no_data
                                                              : Outcome::no_name;
    return answer;
}

async::Task<Looked<std::string>> FakeResolver::ask(Type type, std::string name, async::Deadline deadline) {
    asked_.push_back(std::string(dns::name(type)).append(" ").append(name));
    const auto due = async::after(wait_);
    if (wait_ > async::Duration::zero()) co_await async::sleep_until(std::min(due, deadline));
    if (deadline < due) co_return fail(failure(Trouble::timed_out, type, name));
    const auto broken = broken_.find({name, type});
    if (broken != broken_.end()) co_return fail(failure(broken->second, type, name));
    auto found = answer(type, name);
    co_return std::move(found);
}

}  // namespace md::dns
