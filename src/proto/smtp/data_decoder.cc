// proto/smtp/data_decoder.cc - see data_decoder.h

#include "proto/smtp/data_decoder.h"

#include <algorithm>

#include "base/assert.h"

namespace md::smtp {

namespace {

bool has_eight_bit(std::string_view text) noexcept {
    unsigned bits = 0;
    for (const char c : text) bits |= static_cast<unsigned char>(c);
    return (bits & 0x80) != 0;
}

}  // namespace

void DataDecoder::note_bare_line_end() noexcept {
    bare_line_end_ = true;
    if (policy_ == BareLineEnds::refuse) bare_line_end_refused_ = true;
}

void DataDecoder::write(std::string_view text, std::string& out) {
    octets_ += text.size();
    line_octets_ += text.size();
    if (line_limit_ < 2 || line_octets_ > line_limit_ - 2) line_too_long_ = true;
    if (!eight_bit_) eight_bit_ = has_eight_bit(text);
    if (!refused()) out.append(text);
}

void DataDecoder::end_line(bool is_crlf, std::string& out) {
    ++octets_;
    ++lines_;
    line_octets_ = 0;
    if (!refused()) out.push_back('\n');
    after_crlf_ = is_crlf;
    at_ = At::line_start;
}

/// Text up to the next line end or the chunk's end. Each of LF and CR is looked for once from each place: linear
/// whatever the mixture.
void DataDecoder::take_text(std::string_view chunk, std::size_t& at, std::string& out) {
    const auto look = [&](char c, std::size_t& next) {
        if (next < at) next = std::min(chunk.find(c, at), chunk.size());
    };
    look('\n', next_lf_);
    look('\r', next_cr_);
    const auto stop = std::min(next_lf_, next_cr_);
    if (stop > at) write(chunk.substr(at, stop - at), out);
    at = stop;
    if (at == chunk.size()) return;
    if (stop == next_cr_) {
        at_ = At::cr;
    } else {
        note_bare_line_end();
        end_line(false, out);
    }
    ++at;
}

/// Behind CR: CRLF is a line end; otherwise the CR was a bare one.
void DataDecoder::take_after_cr(std::string_view chunk, std::size_t& at, std::string& out) {
    switch (chunk[at]) {
        case '\n':
            ++at;
            end_line(true, out);
            break;
        case '\r':
            note_bare_line_end();
            ++at;
            break;
        default: note_bare_line_end(); end_line(false, out);
    }
}

/// Behind a dot at the front of a line (dot, dot_cr): the end of the message, or a dot to take out (RFC 5321 §4.5.2).
void DataDecoder::take_after_dot(std::string_view chunk, std::size_t& at, std::string& out) {
    const char c = chunk[at];
    if (at_ == At::dot) {
        if (c == '\r') {
            at_ = At::dot_cr;
            ++at;
            return;
        }
        // A lone dot that no CRLF surrounds is a line of the message.
        if (c == '\n') write(".", out);
        at_ = At::text;
        return;
    }
    if (c == '\n' && after_crlf_) {
        finished_ = true;
        ++at;
        return;
    }
    write(".", out);
    at_ = At::cr;
}

DataDecoder::Progress DataDecoder::feed(std::string_view chunk, std::string& out) {
    MD_ASSERT(!finished_);
    std::size_t at = 0;
    next_lf_ = std::min(chunk.find('\n'), chunk.size());
    next_cr_ = std::min(chunk.find('\r'), chunk.size());
    while (at < chunk.size() && !finished_) {
        switch (at_) {
            case At::line_start:
                if (chunk[at] == '.' && framing_ == Framing::dots) {
                    at_ = At::dot;
                    ++at;
                } else {
                    at_ = At::text;
                }
                break;
            case At::dot:
            case At::dot_cr: take_after_dot(chunk, at, out); break;
            case At::text: take_text(chunk, at, out); break;
            case At::cr: take_after_cr(chunk, at, out); break;
        }
    }
    return {at, finished_};
}

void DataDecoder::finish(std::string& out) {
    MD_ASSERT(framing_ == Framing::chunks && !finished_);
    finished_ = true;
    if (at_ == At::cr) note_bare_line_end();
    if (at_ != At::line_start) end_line(false, out);
}

}  // namespace md::smtp
