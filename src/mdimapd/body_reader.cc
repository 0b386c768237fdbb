// mdimapd/body_reader.cc - see body_reader.h

#include "mdimapd/body_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace md::mdimapd {

using imap::Section;

namespace {

constexpr std::size_t kPiece = 64 * 1024;

bool picks_fields(const Section& section) noexcept {
    return section.text == Section::Text::header_fields || section.text == Section::Text::header_fields_not;
}

/// RFC 3501 §9: CHAR8 is any octet but NUL.
void replace_nul(std::string& out, std::size_t from) {
    for (auto at = out.find('\0', from); at != std::string::npos; at = out.find('\0', at)) out[at] = '\x80';
}

}  // namespace

bool BodyReader::open(store::View& view, store::Uid uid) {
    auto message = view.open(uid);
    if (!message) return false;
    open(uid, std::move(*message));
    return true;
}

void BodyReader::open(store::Uid uid, BodySource source) {
    uid_ = uid;
    std::visit([this](auto& message) { take(std::move(message)); }, source);
}

void BodyReader::take(ReadMessage message) {
    size_ = message.content.size();
    size_crlf_ = message.size_crlf;
    content_ = std::move(message.content);
}

void BodyReader::take(store::OpenMessage message) {
    size_ = message.size;
    size_crlf_ = message.size_crlf;
    message_ = std::move(message);
}

std::optional<BodyReader::Size> BodyReader::start(const imap::FetchItem& item, const store::BodySummary* parts) {
    expander_.reset();
    decoder_.reset();
    cutter_.reset();
    fields_.clear();
    fields_window_ = {};
    const auto range = find(item, parts);
    if (!range) return std::nullopt;
    const bool binary = item.kind == imap::FetchItem::Kind::binary || item.kind == imap::FetchItem::Kind::binary_size;
    if (binary) return start_binary(item, *range);
    return picks_fields(item.section) ? start_fields(item, *range) : start_range(item, *range);
}

BodyReader::Range BodyReader::message_range(Section::Text text) {
    if (text == Section::Text::whole) return {0, size_, size_crlf_};
    find_header_end();
    if (text != Section::Text::text) return {0, *header_end_, header_size_};
    return {*header_end_, size_, size_crlf_ - std::min(size_crlf_, header_size_)};
}

std::optional<BodyReader::Range> BodyReader::find(const imap::FetchItem& item, const store::BodySummary* parts) {
    const auto& section = item.section;
    if (section.part.empty()) return message_range(section.text);
    const auto* part = parts == nullptr ? nullptr : parts->find(section.part);
    if (part == nullptr) return std::nullopt;
    if (section.text == Section::Text::whole) {
        // A multipart has no encoding of its own (RFC 2045 §6.4).
        const bool encoded = part->kind != mail::Part::Kind::multipart;
        return Range{part->body, part->end, part->body_size, encoded ? part->encoding : mail::Encoding::identity};
    }
    if (section.text == Section::Text::mime) return Range{part->header, part->body, part->header_size};
    // RFC 3501 §6.4.5: HEADER and TEXT are of a message, and that is what lies in this part.
    if (part->kind != mail::Part::Kind::message) return std::nullopt;
    const auto& inner = part[1];
    if (section.text == Section::Text::text) return Range{inner.body, inner.end, inner.body_size};
    return Range{inner.header, inner.body, inner.header_size};
}

BodyReader::Size BodyReader::start_fields(const imap::FetchItem& item, const Range& range) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(range.end - range.begin, kHeaderLimit));
    const auto header = octets_at(range.begin, size);
    fields_ = imap::filter_header(header, item.section.fields, item.section.text == Section::Text::header_fields);
    fields_window_ = imap::window_of(fields_.size(), item.partial);
    return {fields_window_.take};
}

BodyReader::Size BodyReader::start_range(const imap::FetchItem& item, const Range& range) {
    const auto window = imap::window_of(range.size, item.partial);
    begin(range, window);
    return {window.take};
}

/// Where the last partial of this section ended before the window, it is gone on from there.
void BodyReader::begin(const Range& range, imap::Window window) {
    range_ = range;
    at_ = range.begin;
    window_end_ = window.skip + window.take;
    const bool goes_on = partial_.uid == uid_ && partial_.section == range.begin && partial_.section_end == range.end &&
                         partial_.octets <= window.skip;
    if (range.size == range.end - range.begin) {
        // Nothing in it is longer on the wire than in the file.
        at_ += window.skip;
        expander_.emplace(imap::Window{0, window.take}, window.skip > 0);
    } else if (goes_on) {
        at_ = partial_.at;
        expander_.emplace(imap::Window{window.skip - partial_.octets, window.take}, partial_.after_cr);
    } else {
        expander_.emplace(window);
    }
}

bool BodyReader::read(std::string& out) {
    if (decoder_) return read_binary(out);
    const auto before = out.size();
    if (!expander_) {
        out += std::string_view(fields_).substr(fields_window_.skip, fields_window_.take);
        replace_nul(out, before);
        return false;
    }
    // What lies before a partial's window is read, too, without giving anything: it is looked at in one call.
    while (!expander_->full() && out.size() == before) {
        note_partial(window_end_ - expander_->left());
        const auto piece = piece_at(at_, range_.end);
        if (piece.empty()) {
            const auto owed = static_cast<std::size_t>(std::min<std::uint64_t>(expander_->owed(), kPiece));
            padded_ = true;
            expander_->feed(std::string(owed, ' '), out);
            return !expander_->full();
        }
        at_ += piece.size();
        expander_->feed(piece, out);
    }
    replace_nul(out, before);
    return !expander_->full();
}

void BodyReader::note_partial(std::uint64_t octets) {
    partial_ = {uid_, range_.begin, range_.end, at_, octets, expander_->after_cr()};
}

/// Decoded twice: once for the size, which stands before the octets.
BodyReader::Size BodyReader::start_binary(const imap::FetchItem& item, const Range& range) {
    constexpr imap::Window kAll{0, std::numeric_limits<std::uint64_t>::max()};
    const auto rewind = [&] {
        range_ = range;
        at_ = range.begin;
        expander_.emplace(kAll);
        decoder_.emplace(range.encoding);
    };
    rewind();
    Size size;
    for (bool more = true; more;) {
        decoded_.clear();
        more = decode_piece(decoded_);
        size.octets += decoded_.size();
        size.has_nul = size.has_nul || decoded_.find('\0') != std::string::npos;
    }
    rewind();
    const auto window = imap::window_of(size.octets, item.partial);
    cutter_.emplace(window);
    return {window.take, size.has_nul};
}

/// False: that was the end.
bool BodyReader::decode_piece(std::string& out) {
    const auto piece = piece_at(at_, range_.end);
    if (piece.empty()) {
        // Broken or not, what could be decoded is what there is.
        (void)decoder_->finish(out);
        return false;
    }
    at_ += piece.size();
    expanded_.clear();
    expander_->feed(piece, expanded_);
    decoder_->feed(expanded_, out);
    return true;
}

bool BodyReader::read_binary(std::string& out) {
    const auto before = out.size();
    while (!cutter_->full() && out.size() == before) {
        decoded_.clear();
        const bool more = decode_piece(decoded_);
        cutter_->feed(decoded_, out);
        if (more || cutter_->full()) continue;
        // Shorter than at the first look: another program is at work.
        padded_ = true;
        cutter_->feed(std::string(static_cast<std::size_t>(std::min<std::uint64_t>(cutter_->owed(), kPiece)), ' '),
                      out);
        return !cutter_->full();
    }
    return !cutter_->full();
}

void BodyReader::find_header_end() {
    if (header_end_) return;
    imap::HeaderEnd finder;
    imap::CrlfCounter counter;
    std::uint64_t offset = 0;
    for (;;) {
        const auto piece = piece_at(offset, size_);
        if (piece.empty()) break;
        const auto found = finder.feed(piece);
        if (found) {
            counter.feed(piece.substr(0, static_cast<std::size_t>(*found - offset)));
            offset = *found;
            break;
        }
        counter.feed(piece);
        offset += piece.size();
    }
    header_end_ = offset;
    header_size_ = counter.size();
}

std::string_view BodyReader::octets_at(std::uint64_t offset, std::uint64_t size) {
    if (content_) return std::string_view(*content_).substr(std::min<std::uint64_t>(offset, size_), size);
    buffer_.resize(static_cast<std::size_t>(size));
    buffer_.resize(message_->file->read_at(offset, buffer_.data(), buffer_.size()));
    return buffer_;
}

std::string_view BodyReader::piece_at(std::uint64_t offset, std::uint64_t end) {
    const auto size = std::min<std::uint64_t>(kPiece, end - std::min(offset, end));
    if (size == 0) return {};
    return octets_at(offset, size);
}

}  // namespace md::mdimapd
