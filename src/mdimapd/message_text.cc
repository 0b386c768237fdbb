// mdimapd/message_text.cc - see message_text.h

#include "mdimapd/message_text.h"

#include <algorithm>

#include "base/strings.h"
#include "mail/charset.h"
#include "mail/encoded_word.h"
#include "mail/header.h"
#include "mail/transfer_decoder.h"

namespace md::mdimapd {

namespace {

constexpr std::size_t kPiece = 64 * 1024;

/// Where the header ends as far as this text shows; none: not in it.
bool has_header_end(std::string_view text) noexcept {
    return text.starts_with("\n") || text.starts_with("\r\n") || text.find("\n\n") != std::string_view::npos ||
           text.find("\n\r\n") != std::string_view::npos;
}

bool is_text(const mail::Part& part) noexcept {
    return part.kind == mail::Part::Kind::leaf &&
           (equal_nocase(part.type, "text") || equal_nocase(part.type, "message"));
}

}  // namespace

void find_fields(std::string_view header, mail::TextFinder& finder) {
    mail::HeaderLimits limits;
    limits.skip_broken = true;
    mail::HeaderScanner scanner(header, limits);
    while (const auto field = scanner.next()) {
        if (finder.all_found()) return;
        finder.feed(mail::guess_utf8(field->name));
        finder.feed(": ");
        finder.feed(mail::decode_words(field->value));
        finder.end_text();
    }
}

void MessageText::load(std::size_t octets) {
    const auto had = front_.size();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(octets, message_.size));
    if (wanted <= had) return;
    front_.resize(wanted);
    front_.resize(had + message_.file->read_at(had, front_.data() + had, wanted - had));
}

std::string_view MessageText::header() {
    load(message_.size <= kWholeLimit ? kWholeLimit : kPiece);
    for (auto size = front_.size(); !has_header_end(front_) && size < kHeaderLimit; size = front_.size()) {
        load(std::min(size * 4, kHeaderLimit));
        if (front_.size() == size) break;
    }
    return front_;
}

/// The next octets of the file from `offset` on, up to `end`; empty where the file is shorter.
std::string_view MessageText::piece(std::uint64_t offset, std::uint64_t end) {
    if (offset < front_.size()) return std::string_view(front_).substr(offset, end - offset);
    buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, end - offset)));
    buffer_.resize(message_.file->read_at(offset, buffer_.data(), buffer_.size()));
    return buffer_;
}

mail::Structure MessageText::structure() {
    mail::StructureParser parser;
    for (std::uint64_t at = 0; at < message_.size;) {
        const auto octets = piece(at, message_.size);
        if (octets.empty()) break;
        parser.feed(octets);
        at += octets.size();
    }
    return parser.finish();
}

/// The header of a part; in `room` if it is not in memory.
std::string_view MessageText::part_header(const mail::Part& part, std::string& room) const {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(part.body - part.header, kHeaderLimit));
    if (part.header + size <= front_.size()) return std::string_view(front_).substr(part.header, size);
    room.resize(size);
    room.resize(message_.file->read_at(part.header, room.data(), size));
    return room;
}

void MessageText::find_text(const mail::Part& part, mail::TextFinder& body, mail::TextFinder& all) {
    const auto* charset = mail::find_parameter(part.parameters, "charset");
    mail::TransferDecoder transfer(mail::encoding_of(part.encoding));
    mail::CharsetDecoder decoder(charset != nullptr ? std::string_view(*charset) : std::string_view());
    std::string octets, text;
    const auto give = [&] {
        body.feed(text);
        all.feed(text);
        octets.clear();
        text.clear();
    };
    for (auto at = part.body; at < part.end && !(body.all_found() && all.all_found());) {
        const auto raw = piece(at, part.end).substr(0, kPiece);
        if (raw.empty()) break;
        at += raw.size();
        transfer.feed(raw, octets);
        decoder.feed(octets, text);
        give();
    }
    (void)transfer.finish(octets);
    decoder.feed(octets, text);
    decoder.finish(text);
    give();
    body.end_text();
    all.end_text();
}

void MessageText::find(mail::TextFinder& body, mail::TextFinder& all) {
    (void)header();
    const auto structure = this->structure();
    for (std::size_t i = 0; i < structure.parts.size(); ++i) {
        if (body.all_found() && all.all_found()) return;
        const auto& part = structure.parts[i];
        if (i > 0 && part.body > part.header) {
            std::string room;
            const auto fields = part_header(part, room);
            find_fields(fields, all);
            if (structure.parts[part.parent].kind == mail::Part::Kind::message) find_fields(fields, body);
        }
        if (is_text(part)) find_text(part, body, all);
    }
}

}  // namespace md::mdimapd
