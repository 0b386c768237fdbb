// tests/unit/net/line_reader_test.cc - net/line_reader.h

#include "net/line_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "async/loop.h"
#include "unit/net/pair.h"

namespace md::net {
namespace {

using async::Loop;
using async::Task;

Task<void> read_lines(LineReader* reader, std::vector<std::string>* lines) {
    try {
        for (;;) {
            const auto deadline = async::after(std::chrono::milliseconds(20));
            const auto line = co_await reader->read_line(deadline);
            lines->push_back(line.too_long ? "<long>" : std::string(line.text) + (line.bare_lf ? "<lf>" : ""));
        }
    } catch (const Disconnected&) {
        // All that came was read.
    }
}

std::vector<std::string> lines_of(std::string_view input, std::size_t limit) {
    Loop loop;
    test::Pair pair;
    EXPECT_EQ(::send(pair.b.descriptor(), input.data(), input.size(), 0), static_cast<ssize_t>(input.size()));
    LineReader reader(pair.a, limit);
    std::vector<std::string> lines;
    loop.run(read_lines(&reader, &lines));
    return lines;
}

TEST(LineReader, EndsAtLfAndTakesOneCrOff) {
    EXPECT_EQ(lines_of("a\r\n\r\nb\r\r\nc\nd", 100), (std::vector<std::string>{"a", "", "b\r", "c<lf>"}));
}

TEST(LineReader, TooLongLinesAreToldOnceAndTheNextIsRead) {
    const auto input = "1234567\r\n12345678\r\n" + std::string(10'000, 'x') + "\r\nok\r\n";
    EXPECT_EQ(lines_of(input, 9), (std::vector<std::string>{"1234567", "<long>", "<long>", "ok"}));
}

TEST(LineReader, NulAndHighOctetsPass) {
    EXPECT_EQ(lines_of(std::string_view("a\0\xff\r\n", 5), 10), (std::vector<std::string>{std::string("a\0\xff", 3)}));
}

}  // namespace
}  // namespace md::net
