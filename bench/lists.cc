// bench/lists.cc - a list of a million entries: how long it takes to read, keep, load, publish and look up, and its
// memory
//
// Usage: lists [--entries N] [--folder DIR]. Prints "| work | by the clock | processor | each |" rows for
// doc/BENCHMARKS. No daemons: what mdfilterd's processes do with a list, in one process.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "base/files.h"
#include "policy/berkeley_store.h"
#include "policy/lists.h"
#include "policy/text_list.h"

namespace {

using namespace md;
using namespace md::policy;
using Steady = std::chrono::steady_clock;

double cpu_seconds() {
    timespec spent{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

/// Time by the clock and of the processor, and the latter for each.
template <class Work>
void timed(const char* what, std::size_t times, Work work) {
    const auto begin = Steady::now();
    const auto cpu = cpu_seconds();
    work();
    const auto seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    const auto spent = cpu_seconds() - cpu;
    std::printf("| %s | %.2f s | %.2f s | %.0f ns |\n", what, seconds, spent, spent * 1e9 / static_cast<double>(times));
}

/// Half addresses, then senders, domains of senders and HELO names.
std::string line(std::size_t i) {
    const auto number = std::to_string(i);
    switch (i % 8) {
        case 0: return "sender user" + number + "@example" + std::to_string(i % 1000) + ".org # bought\n";
        case 1: return "sender spam" + number + ".test\n";
        case 2: return "helo host" + number + ".test until 2099-01-01T00:00:00Z\n";
        case 3: return "sender u" + number + "@x.test for ann@example.com\n";
        case 4: return "ip 100." + std::to_string(i >> 16 & 255) + "." + std::to_string(i >> 8 & 255) + ".0/24\n";
        default:
            return "ip " + std::to_string(1 + (i >> 24 & 63)) + "." + std::to_string(i >> 16 & 255) + "." +
                   std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255) + "\n";
    }
}

void look_up(const Lists& lists, std::size_t entries) {
    constexpr std::size_t kTimes = 200'000;
    const auto now = real_clock().now();
    std::size_t met = 0;
    timed("look up an address that is not listed", kTimes, [&] {
        const auto address = *IpAddress::parse("203.0.113.7");
        for (std::size_t i = 0; i < kTimes; ++i) met += lists.find(List::black, "", address, now) ? 1 : 0;
    });
    timed("look up senders that are not listed", kTimes, [&] {
        for (std::size_t i = 0; i < kTimes; ++i)
            met += lists.find_name(List::black, Kind::sender, "", "nobody" + std::to_string(i) + "@mail.good.test", now)
                       ? 1
                       : 0;
    });
    timed("look up senders that are listed", kTimes, [&] {
        for (std::size_t i = 0; i < kTimes; ++i) {
            const auto n = i * 8 % entries / 8 * 8;
            met += lists.find_name(List::black, Kind::sender, "",
                                   "user" + std::to_string(n) + "@example" + std::to_string(n % 1000) + ".org", now)
                       ? 1
                       : 0;
        }
    });
    if (met != kTimes) std::fprintf(stderr, "%zu of %zu were met\n", met, kTimes);
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t entries = 1'000'000;
    std::string folder = "/tmp/bench-lists." + std::to_string(Steady::now().time_since_epoch().count());
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::string_view(argv[i]) == "--entries") entries = std::strtoull(argv[i + 1], nullptr, 10);
        if (std::string_view(argv[i]) == "--folder") folder = argv[i + 1];
    }
    std::string text;
    for (std::size_t i = 0; i < entries; ++i) text += line(i);
    std::vector<Entry> parsed;
    timed("read the text", entries, [&] { parsed = std::move(*parse_text(List::black, text, real_clock().now())); });

    BerkeleyStore store(real_files(), folder);
    timed("write all into the database, 20,000 a transaction", entries, [&] {
        for (std::size_t at = 0; at < parsed.size();) {
            std::vector<StoreChange> changes;
            for (; at < parsed.size() && changes.size() < 20'000; ++at)
                changes.push_back({key_of(parsed[at]), encode_record(parsed[at])});
            store.apply("lists", changes);
        }
    });
    Lists whole;
    std::size_t faults = 0;
    timed("load all from the database", entries, [&] {
        store.read_all("lists", [&](std::string_view key, std::string_view record) {
            if (!decode(key, record) || !whole.put_record(key, record)) ++faults;
        });
    });
    Lists copy(Lists::Detail::matching);
    timed("make a judge's copy", entries, [&] {
        auto cursor = whole.begin();
        whole.walk(cursor, [&](std::string_view key, std::string_view record) {
            if (!copy.put_record(key, record)) ++faults;
            return true;
        });
    });
    look_up(copy, entries);
    std::printf("| memory of the state child's lists | %.1f MB | | %zu octets |\n",
                static_cast<double>(whole.bytes()) / 1e6, whole.bytes() / whole.size());
    std::printf("| memory of a judge's copy | %.1f MB | | %zu octets |\n", static_cast<double>(copy.bytes()) / 1e6,
                copy.bytes() / copy.size());
    if (faults != 0) std::fprintf(stderr, "%zu entries were not taken\n", faults);
    return faults == 0 ? 0 : 1;
}
