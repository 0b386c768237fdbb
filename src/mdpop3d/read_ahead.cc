// mdpop3d/read_ahead.cc - see read_ahead.h

#include "mdpop3d/read_ahead.h"

#include <utility>

#include "base/error.h"
#include "mdpop3d/multiline.h"
#include "proto/pop3/command.h"
#include "store/crlf_reader.h"

namespace md::mdpop3d {

namespace {

/// The next line of the input as a retrieval; none: it is another command, or no whole line.
std::optional<Retrieval> take_retrieval(std::string_view& input) {
    const auto end = input.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    auto line = input.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto command = pop3::parse(line);
    if (!command || (command->verb != pop3::Verb::retr && command->verb != pop3::Verb::top)) return std::nullopt;
    input.remove_prefix(end + 1);
    std::optional<std::uint32_t> lines;
    if (command->verb == pop3::Verb::top) lines = command->lines;
    return Retrieval(*command->message, lines);
}

std::string render(const store::OpenMessage& message, const Retrieval& retrieval) {
    auto out = first_line(message, retrieval);
    if (!retrieval.body_lines) out.reserve(out.size() + message.size_crlf + message.size_crlf / 64 + 16);
    store::CrlfReader reader(*message.file, message.size);
    Multiline data(retrieval.body_lines);
    while (!data.full()) {
        const auto piece = reader.read();
        if (piece.empty()) break;
        data.feed(piece, out);
    }
    data.finish(out);
    return out;
}

}  // namespace

std::string first_line(const store::OpenMessage& message, const Retrieval& retrieval) {
    if (retrieval.body_lines) return "+OK\r\n";
    return "+OK " + std::to_string(message.size_crlf) + " octets\r\n";
}

std::vector<Retrieval> ReadAhead::plan(Retrieval first, std::string_view input, const store::Maildrop& maildrop) {
    std::vector<Retrieval> wanted;
    const auto& items = maildrop.items();
    std::uint64_t octets = 0;
    std::optional<Retrieval> next = first;
    while (next && wanted.size() < kMessages && next->number <= items.size()) {
        const auto size = items[next->number - 1].size_crlf;
        if (size > kOctets - octets) break;
        octets += size;
        wanted.push_back(*next);
        next = take_retrieval(input);
    }
    return wanted;
}

void ReadAhead::guess(std::vector<Retrieval>& wanted, const store::Maildrop& maildrop) {
    const auto& items = maildrop.items();
    std::uint64_t octets = 0;
    for (auto number = wanted.back().number + 1; number <= items.size() && wanted.size() < kMessages; ++number) {
        octets += items[number - 1].size_crlf;
        if (octets > kGuessedOctets) return;
        wanted.emplace_back(number, std::nullopt);
    }
}

std::deque<ReadAhead::Answer> ReadAhead::read(const std::vector<Retrieval>& wanted, store::Maildrop& maildrop) {
    std::deque<Answer> answers;
    for (const auto& retrieval : wanted) {
        try {
            const auto message = maildrop.open(retrieval.number);
            if (message && message->size > kOctets) break;
            std::optional<std::string> response;
            if (message) response = render(*message, retrieval);
            answers.emplace_back(retrieval, std::move(response));
        } catch (const SystemError&) {
            if (answers.empty()) throw;
            break;
        }
    }
    return answers;
}

std::optional<ReadAhead::Answer> ReadAhead::take(const Retrieval& retrieval) {
    if (answers_.empty() || answers_.front().retrieval != retrieval) {
        forget();
        return std::nullopt;
    }
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
}

}  // namespace md::mdpop3d
