// dns/resolver.cc - see resolver.h

#include "dns/resolver.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/strings.h"
#include "dns/name.h"

namespace md::dns {

using async::Deadline;
using async::Task;

namespace {

/// Keeps kMostRecords. Of MX the best ones: a cut that knew no order could leave the one host that serves out.
template <class Record>
void order_and_cut(std::vector<Record>& records) {
    if constexpr (std::is_same_v<Record, Mx>) std::sort(records.begin(), records.end());
    if (records.size() > kMostRecords) records.resize(kMostRecords);
}

template <class Record>
Answer<Record> without_records(Answer<std::string>& raw) {
    Answer<Record> answer;
    answer.outcome = raw.outcome;
    answer.secure = raw.secure;
    answer.ttl = raw.ttl;
    answer.canonical_name = std::move(raw.canonical_name);
    return answer;
}

}  // namespace

std::string_view name(Trouble trouble) noexcept {
    switch (trouble) {
        case Trouble::not_a_name: return "not a domain name";
        case Trouble::timed_out: return "timed out";
        case Trouble::bogus: return "bogus";
        case Trouble::server_failed: return "server failed";
        case Trouble::malformed: return "malformed";
        case Trouble::unavailable: return "unavailable";
    }
    return "?";
}

LookupFailure Resolver::failure(Trouble trouble, Type type, std::string_view name, std::string_view why) {
    LookupFailure failure;
    failure.trouble = trouble;
    failure.detail.append(dns::name(type)).append(" ").append(printable(name)).append(": ").append(dns::name(trouble));
    if (!why.empty()) failure.detail.append(" (").append(printable(why)).append(")");
    return failure;
}

template <class Record>
Task<Looked<Record>> Resolver::look_up(Type type, std::string name, Deadline deadline,
                                       std::optional<Record> (*read)(std::string_view)) {
    auto query = to_query_name(name);
    if (!query) co_return fail(failure(Trouble::not_a_name, type, name));
    auto raw = co_await ask(type, *query, deadline);
    if (!raw) co_return fail(std::move(raw).error());
    auto answer = without_records<Record>(*raw);
    for (const auto& data : raw->records)
        if (auto record = read(data)) answer.records.push_back(std::move(*record));
    if (answer.found() && answer.records.empty()) co_return fail(failure(Trouble::malformed, type, name));
    order_and_cut(answer.records);
    co_return std::move(answer);
}

Task<Looked<IpAddress>> Resolver::a(std::string host, Deadline deadline) {
    return look_up<IpAddress>(Type::a, std::move(host), deadline, read_a);
}

Task<Looked<IpAddress>> Resolver::aaaa(std::string host, Deadline deadline) {
    return look_up<IpAddress>(Type::aaaa, std::move(host), deadline, read_aaaa);
}

Task<Looked<Mx>> Resolver::mx(std::string domain, Deadline deadline) {
    return look_up<Mx>(Type::mx, std::move(domain), deadline, read_mx);
}

Task<Looked<std::string>> Resolver::txt(std::string name, Deadline deadline) {
    return look_up<std::string>(Type::txt, std::move(name), deadline, read_txt);
}

Task<Looked<std::string>> Resolver::ptr(IpAddress address, Deadline deadline) {
    return look_up<std::string>(Type::ptr, reverse_name(address), deadline, read_ptr);
}

Task<Looked<Tlsa>> Resolver::tlsa(std::string name, Deadline deadline) {
    return look_up<Tlsa>(Type::tlsa, std::move(name), deadline, read_tlsa);
}

}  // namespace md::dns
