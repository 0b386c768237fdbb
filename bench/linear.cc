// bench/linear.cc - how the time for a hostile message grows when the message doubles
//
// PURPOSE
//   One row a case: milliseconds at n, 2n, 4n and 8n (the best of some runs), and the largest factor of one doubling.
//   What is linear has factors about 2; what is quadratic comes to 4.
//     linear [--runs N] [CASE...]
// CONTRACT
//   Each case is what one message may do to the reader of its structure, envelope, addresses, header, dates or words.
//   The work itself is counted and held to a bound in the unit tests of mail/; a time never is.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "mail/address_list.h"
#include "mail/content_field.h"
#include "mail/date.h"
#include "mail/encoded_word.h"
#include "mail/envelope.h"
#include "mail/header.h"
#include "mail/structure.h"
#include "mail/subject.h"
#include "proto/imap/body_structure.h"

namespace {

using md::mail::StructureParser;

constexpr std::size_t kSteps = 4;

std::string repeat(std::string_view text, std::size_t times) {
    std::string out;
    out.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

std::string numbered(std::string_view before, std::size_t times, std::string_view behind) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out.append(before).append(std::to_string(i)).append(behind);
    return out;
}

// What a message may be

/// Multiparts in one another, each with a boundary of its own.
std::string nested(std::size_t depth) {
    std::string out;
    for (std::size_t i = 0; i < depth; ++i) {
        const auto mark = std::to_string(i);
        if (i > 0) out.append("--b").append(std::to_string(i - 1)).append("\n");
        out.append("Content-Type: multipart/mixed; boundary=b").append(mark).append("\n\n");
    }
    return out + repeat("--b\n", depth);
}

std::string many_parts(std::size_t parts) {
    return "Content-Type: multipart/mixed; boundary=x\n\n" + repeat("--x\nContent-Type: text/plain\n\na\n", parts);
}

/// Messages in messages.
std::string matryoshka(std::size_t depth) {
    return repeat("Subject: a\nContent-Type: message/rfc822\n\n", depth);
}

/// Lines that begin like a boundary in a deep message.
std::string near_boundaries(std::size_t lines) {
    return nested(100) + repeat("--b99999\n", lines);
}

std::string many_fields(std::size_t fields) {
    return numbered("X-Field-", fields, ": some value\n") + "\nbody\n";
}

std::string long_field(std::size_t lines) {
    return "Subject: " + repeat("folded\n ", lines) + "\n\nbody\n";
}

std::string many_addresses(std::size_t addresses) {
    return "To: " + numbered("\"A. B\" (c) <user", addresses, "@example.org>,\n ") + "\n\n";
}

// What is done with it

std::uint64_t read_structure(const std::string& message) {
    StructureParser parser;
    parser.feed(message);
    return parser.finish().parts.size();
}

std::uint64_t tell_structure(const std::string& message) {
    StructureParser parser;
    parser.feed(message);
    std::string out;
    md::imap::append_body_structure(out, parser.finish(), true);
    return out.size();
}

std::uint64_t read_envelope(const std::string& message) {
    return md::mail::read_envelope(message).to.size();
}

std::uint64_t scan_header(const std::string& message) {
    md::mail::HeaderScanner scanner(message);
    std::uint64_t fields = 0;
    while (const auto field = scanner.next()) fields += md::mail::unfold(field->value).size();
    return fields;
}

std::uint64_t scan_addresses(const std::string& value) {
    md::mail::AddressListScanner scanner(value);
    md::mail::ListedAddress address;
    std::uint64_t count = 0;
    while (scanner.next(address)) ++count;
    return count;
}

std::uint64_t read_date(const std::string& value) {
    return md::mail::parse_date(value) ? 1 : 0;
}

std::uint64_t read_words(const std::string& value) {
    return md::mail::decode_words(value).size();
}

std::uint64_t base_subject(const std::string& value) {
    return md::mail::base_subject(value).text.size();
}

std::uint64_t read_type(const std::string& value) {
    return md::mail::parse_content_type(value) ? 1 : 0;
}

struct Case {
    const char* name;
    std::size_t size;  ///< 8n
    std::string (*make)(std::size_t size);
    std::uint64_t (*run)(const std::string& message);
};

constexpr Case kCases[] = {
    {"multiparts-in-one-another", 100'000, nested, read_structure},
    {"messages-in-one-another", 100'000, matryoshka, read_structure},
    {"parts", 10'000, many_parts, read_structure},
    {"parts-beyond-the-limit", 400'000, many_parts, read_structure},
    {"parts-told-as-bodystructure", 10'000, many_parts, tell_structure},
    {"lines-like-boundaries", 1'000'000, near_boundaries, read_structure},
    {"header-fields-of-10-mb", 400'000, many_fields, scan_header},
    {"a-field-of-10-mb", 1'500'000, long_field, scan_header},
    {"header-of-10-mb-as-envelope", 400'000, many_fields, read_envelope},
    {"addresses-as-envelope", 100'000, many_addresses, read_envelope},
    {"addresses", 100'000, [](std::size_t n) { return many_addresses(n).substr(4); }, scan_addresses},
    {"comments-without-end", 1'000'000, [](std::size_t n) { return repeat("(", n); }, scan_addresses},
    {"quotes-without-end", 1'000'000, [](std::size_t n) { return repeat("\"\\\"a,", n); }, scan_addresses},
    {"groups-without-end", 1'000'000, [](std::size_t n) { return repeat("g:<", n); }, scan_addresses},
    {"date-of-digits", 1'000'000, [](std::size_t n) { return repeat("1 ", n); }, read_date},
    {"date-of-comments", 1'000'000, [](std::size_t n) { return repeat("(", n) + repeat(")", n); }, read_date},
    {"encoded-words", 100'000, [](std::size_t n) { return repeat("=?utf-8?q?gr=C3=BCn?= ", n); }, read_words},
    {"encoded-words-broken", 1'000'000, [](std::size_t n) { return repeat("=?utf-8?q?", n); }, read_words},
    {"subject-of-re", 1'000'000, [](std::size_t n) { return repeat("re: [a] ", n); }, base_subject},
    {"subject-of-fwd", 1'000'000, [](std::size_t n) { return repeat("[fwd: ", n) + repeat("]", n); }, base_subject},
    {"parameters", 100'000, [](std::size_t n) { return "a/b" + numbered("; p*", n, "*=utf-8''%41"); }, read_type},
};

double milliseconds(const Case& what, const std::string& message, std::uint64_t& sum) {
    const auto begin = std::chrono::steady_clock::now();
    sum += what.run(message);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

void measure(const Case& what, int runs) {
    std::array<double, kSteps> best{};
    std::uint64_t sum = 0;
    for (std::size_t step = 0; step < kSteps; ++step) {
        const auto message = what.make(what.size >> (kSteps - 1 - step));
        for (int run = 0; run < runs; ++run) {
            const auto took = milliseconds(what, message, sum);
            if (run == 0 || took < best[step]) best[step] = took;
        }
    }
    double largest = 0;
    for (std::size_t step = 1; step < kSteps; ++step) largest = std::max(largest, best[step] / best[step - 1]);
    std::printf("| %s | %zu | %.3g | %.3g | %.3g | %.3g | %.2f |\n", what.name, what.size, best[0], best[1], best[2],
                best[3], largest);
    if (sum == UINT64_MAX) std::abort();  // the results are wanted: no work may be left out
}

}  // namespace

int main(int argc, char** argv) {
    int runs = 5;
    int first = 1;
    if (argc > 2 && std::strcmp(argv[1], "--runs") == 0) {
        runs = std::max(1, std::atoi(argv[2]));
        first = 3;
    }
    std::printf("| case | 8n | ms at n | 2n | 4n | 8n | largest factor |\n|---|---:|---:|---:|---:|---:|---:|\n");
    for (const auto& what : kCases) {
        const bool wanted = first >= argc || std::any_of(argv + first, argv + argc, [&](const char* name) {
                                return std::strcmp(name, what.name) == 0;
                            });
        if (wanted) measure(what, runs);
    }
}
