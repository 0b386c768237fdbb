// mdimapd/body_reader.cc - see body_reader.h

#include "mdimapd/body_reader.h"

#include <algorithm>

namespace md::mdimapd {

using imap::Section;

namespace {

constexpr std::size_t kPiece = 64 * 1024;

}  // namespace

bool BodyReader::open(store::View& view, store::Uid uid) {
    message_ = view.open(uid);
    return message_.has_value();
}

std::uint64_t BodyReader::start(const imap::FetchItem& item) {
    expander_.reset();
    fields_.clear();
    fields_window_ = {};
    const auto text = item.section.text;
    if (text != Section::Text::whole) find_header_end();
    const bool picks = text == Section::Text::header_fields || text == Section::Text::header_fields_not;
    return picks ? start_fields(item) : start_range(item);
}

std::uint64_t BodyReader::start_fields(const imap::FetchItem& item) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(*header_end_, kHeaderLimit));
    std::string header(size, '\0');
    header.resize(message_->file->read_at(0, header.data(), size));
    fields_ = imap::filter_header(header, item.section.fields, item.section.text == Section::Text::header_fields);
    fields_window_ = imap::window_of(fields_.size(), item.partial);
    return fields_window_.take;
}

std::uint64_t BodyReader::start_range(const imap::FetchItem& item) {
    std::uint64_t size = message_->size_crlf;
    at_ = 0;
    end_ = message_->size;
    if (item.section.text == Section::Text::header) {
        end_ = *header_end_;
        size = header_size_;
    } else if (item.section.text == Section::Text::text) {
        at_ = *header_end_;
        size -= std::min(size, header_size_);
    }
    const auto window = imap::window_of(size, item.partial);
    expander_.emplace(window);
    return window.take;
}

bool BodyReader::read(std::string& out) {
    if (!expander_) {
        out += std::string_view(fields_).substr(fields_window_.skip, fields_window_.take);
        return false;
    }
    // What lies before a partial's window is read, too, without giving anything: it is looked at in one call.
    const auto before = out.size();
    while (!expander_->full() && out.size() == before) {
        const auto piece = piece_at(at_, end_);
        if (piece.empty()) {
            const auto owed = static_cast<std::size_t>(std::min<std::uint64_t>(expander_->owed(), kPiece));
            padded_ = true;
            expander_->feed(std::string(owed, ' '), out);
            return !expander_->full();
        }
        at_ += piece.size();
        expander_->feed(piece, out);
    }
    return !expander_->full();
}

void BodyReader::find_header_end() {
    if (header_end_) return;
    imap::HeaderEnd finder;
    imap::CrlfCounter counter;
    std::uint64_t offset = 0;
    for (;;) {
        const auto piece = piece_at(offset, message_->size);
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

std::string_view BodyReader::piece_at(std::uint64_t offset, std::uint64_t end) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, end - std::min(offset, end)));
    buffer_.resize(size);
    if (size == 0) return {};
    return std::string_view(buffer_).substr(0, message_->file->read_at(offset, buffer_.data(), size));
}

}  // namespace md::mdimapd
