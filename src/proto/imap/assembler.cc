// proto/imap/assembler.cc - see assembler.h

#include "proto/imap/assembler.h"

#include <algorithm>
#include <optional>

#include "base/assert.h"
#include "proto/imap/lexical.h"

namespace md::imap {
namespace {

constexpr std::uint64_t kUncountable = std::numeric_limits<std::uint64_t>::max();
/// "~{" + twenty digits + "+}" is 24 octets.
constexpr std::size_t kAnnouncementSize = 32;

struct Announcement {
    std::size_t length;  ///< octets of the announcement itself
    std::uint64_t size;
    bool synchronising;
    bool binary;
};

/// The literal that a line (without its end) announces, if it does.
std::optional<Announcement> announcement(std::string_view line) noexcept {
    if (line.empty() || line.back() != '}') return std::nullopt;
    const auto open = line.rfind('{');
    if (open == std::string_view::npos) return std::nullopt;
    auto digits = line.substr(open + 1, line.size() - open - 2);
    const bool waits = digits.empty() || digits.back() != '+';
    if (!waits) digits.remove_suffix(1);
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
    const bool binary = open > 0 && line[open - 1] == '~';
    const auto size = parse_number<std::uint64_t>(digits).value_or(kUncountable);
    return Announcement{line.size() - open + (binary ? 1 : 0), size, waits, binary};
}

/// A line without CRLF. A bare LF ends a line too: nothing follows from it in IMAP, and people type by hand.
std::string_view without_end(std::string_view line) noexcept {
    if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

std::string_view through_line_end(std::string_view octets) noexcept {
    const auto end = octets.find('\n');
    return octets.substr(0, end == std::string_view::npos ? end : end + 1);
}

std::string_view last_octets(std::string_view text) noexcept {
    return text.substr(text.size() - std::min(text.size(), kAnnouncementSize));
}

void forget(Assembled& command) {
    constexpr std::size_t kKept = 1024;
    command.text.clear();
    command.literals.clear();
    if (command.text.capacity() > kKept) std::string().swap(command.text);
    if (command.literals.capacity() > 4) std::vector<Literal>().swap(command.literals);
}

}  // namespace

Assembler::Step Assembler::feed(std::string_view octets) {
    auto left = octets;
    auto outcome = advance(left);
    while (!outcome) outcome = advance(left);
    return {octets.size() - left.size(), *outcome};
}

Assembler::Outcome Assembler::advance(std::string_view& octets) {
    switch (state_) {
        case State::line: return take_line(octets);
        case State::collect: return take_literal(octets);
        case State::decide: return Event::literal;
        case State::drop_octets: return drop_octets(octets);
        case State::drop_line: return drop_line(octets);
        case State::done: return Event::command;
        case State::refused: return Event::refused;
        case State::flooded: break;
    }
    return Event::flood;
}

Assembler::Outcome Assembler::take_line(std::string_view& octets) {
    auto& text = current_->text;
    const auto piece = through_line_end(octets);
    const auto room_in_line = limits_.line - std::min(limits_.line, text.size() - line_start_);
    const auto room_in_command = limits_.command - std::min(limits_.command, text.size());
    if (piece.size() > std::min(room_in_line, room_in_command)) {
        // What fits is kept, for the tag is in it; of the rest only its end matters.
        refuse(room_in_line <= room_in_command ? Refusal::line_too_long : Refusal::command_too_long, State::drop_line);
        const auto kept = piece.substr(0, std::min(room_in_line, room_in_command));
        text += kept;
        follow_quotes(kept);
        dropped_end_ = last_octets(std::string_view(text).substr(line_start_));
        octets.remove_prefix(kept.size());
        return std::nullopt;
    }
    text += piece;
    follow_quotes(piece);
    octets.remove_prefix(piece.size());
    if (piece.empty() || piece.back() != '\n') return Event::need_more;
    return end_line();
}

/// Follows quoted strings, so that a literal is only seen where the grammar has one. No quoted string spans lines.
void Assembler::follow_quotes(std::string_view piece) noexcept {
    for (const char c : piece) {
        if (!in_quotes_) {
            in_quotes_ = c == '"';
        } else if (escaped_) {
            escaped_ = false;
        } else if (c == '\\') {
            escaped_ = true;
        } else if (c == '"') {
            in_quotes_ = false;
        }
    }
}

Assembler::Outcome Assembler::end_line() {
    auto& text = current_->text;
    const auto line = without_end(std::string_view(text).substr(line_start_));
    text.resize(line_start_ + line.size());
    const auto found = plain_line_ || in_quotes_ ? std::nullopt : announcement(line);
    if (!found) {
        state_ = State::done;
        return Event::command;
    }
    current_->literals.push_back(
        {text.size() - found->length, text.size(), found->size, found->synchronising, found->binary, true});
    remaining_ = found->size;
    const bool offered = found->synchronising || found->size <= limits_.non_synchronising;
    // {0+} is what a server without LITERAL+ would see from a client that has not looked: refused like any other.
    const bool never = !found->synchronising && limits_.non_synchronising == 0;
    if (!offered || never || (found->binary && !limits_.binary)) {
        refuse(Refusal::literal_not_offered, found->synchronising ? State::refused : State::drop_octets);
        return std::nullopt;
    }
    state_ = State::decide;
    return Event::literal;
}

const Literal& Assembler::literal() const {
    MD_ASSERT(state_ == State::decide);
    return current_->literals.back();
}

bool Assembler::collect_literal() {
    MD_ASSERT(state_ == State::decide);
    auto& announced = current_->literals.back();
    const auto used = current_->text.size();
    if (current_->literals.size() > limits_.literals || used > limits_.command ||
        announced.size > limits_.command - used) {
        refuse(Refusal::command_too_long, announced.synchronising ? State::refused : State::drop_octets);
        return false;
    }
    announced.outside = false;
    state_ = State::collect;
    return announced.synchronising;
}

void Assembler::literal_streamed() {
    MD_ASSERT(state_ == State::decide);
    forget(tail_);
    current_ = &tail_;
    begin_line();
}

void Assembler::refuse_literal() {
    MD_ASSERT(state_ == State::decide);
    refuse(Refusal::by_caller, current_->literals.back().synchronising ? State::refused : State::drop_octets);
}

Assembler::Outcome Assembler::take_literal(std::string_view& octets) {
    const auto piece = octets.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, octets.size())));
    current_->text += piece;
    remaining_ -= piece.size();
    octets.remove_prefix(piece.size());
    if (remaining_ > 0) return Event::need_more;
    begin_line();
    return std::nullopt;
}

void Assembler::begin_line() noexcept {
    state_ = State::line;
    line_start_ = current_->text.size();
    in_quotes_ = false;
    escaped_ = false;
}

void Assembler::refuse(Refusal why, State next) noexcept {
    refusal_ = why;
    state_ = next;
}

bool Assembler::count_dropped(std::size_t octets) noexcept {
    dropped_ += octets;
    if (dropped_ > limits_.discard) state_ = State::flooded;
    return state_ != State::flooded;
}

Assembler::Outcome Assembler::drop_octets(std::string_view& octets) {
    // What is announced beyond the bound need not be read to be known as a flood.
    if (remaining_ > limits_.discard) {
        state_ = State::flooded;
        return std::nullopt;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, octets.size()));
    octets.remove_prefix(size);
    remaining_ -= size;
    if (!count_dropped(size)) return std::nullopt;
    if (remaining_ > 0) return Event::need_more;
    state_ = State::drop_line;
    in_quotes_ = false;
    escaped_ = false;
    dropped_end_.clear();
    return std::nullopt;
}

Assembler::Outcome Assembler::drop_line(std::string_view& octets) {
    const auto piece = through_line_end(octets);
    octets.remove_prefix(piece.size());
    follow_quotes(piece);
    dropped_end_ += last_octets(piece);
    dropped_end_.erase(0, dropped_end_.size() - last_octets(dropped_end_).size());
    if (!count_dropped(piece.size())) return std::nullopt;
    if (piece.empty() || piece.back() != '\n') return Event::need_more;
    const auto found = plain_line_ || in_quotes_ ? std::nullopt : announcement(without_end(dropped_end_));
    if (!found || found->synchronising) {
        // A client that waits for "+" gets the error instead, and sends no literal.
        state_ = State::refused;
    } else {
        remaining_ = found->size;
        state_ = State::drop_octets;
    }
    return std::nullopt;
}

void Assembler::next_command() {
    // What one long command took is given back: an idle session keeps little.
    forget(head_);
    forget(tail_);
    current_ = &head_;
    plain_line_ = false;
    remaining_ = 0;
    dropped_ = 0;
    dropped_end_.clear();
    begin_line();
}

void Assembler::expect_line() {
    next_command();
    plain_line_ = true;
}

bool Assembler::idle() const noexcept {
    return state_ == State::line && current_ == &head_ && head_.text.empty();
}

std::string_view tag_of(const Assembled& command) noexcept {
    const std::string_view text = command.text;
    const auto end = std::find_if_not(text.begin(), text.end(), is_tag_char);
    const auto size = static_cast<std::size_t>(end - text.begin());
    // Without a space behind it the word is no tag, and an endless one is not sent back.
    constexpr std::size_t kLongest = 256;
    if (size == 0 || size > kLongest || end == text.end() || *end != ' ') return {};
    return text.substr(0, size);
}

}  // namespace md::imap
