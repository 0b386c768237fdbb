// store/message_text.cc - see message_text.h

#include "store/message_text.h"

#include <algorithm>

#include "base/strings.h"
#include "mail/charset.h"
#include "mail/encoded_word.h"
#include "mail/header.h"
#include "mail/transfer_decoder.h"

namespace md::store {

namespace {

constexpr std::size_t kPiece = 64 * 1024;

/// Where the header ends as far as this text shows; none: not in it.
bool has_header_end(std::string_view text) noexcept {
    return text.starts_with("\n") || text.starts_with("\r\n") || text.find("\n\n") != std::string_view::npos ||
           text.find("\n\r\n") != std::string_view::npos;
}

std::string_view charset_of(const mail::Part& part) noexcept {
    const auto* charset = mail::find_parameter(part.parameters, "charset");
    return charset != nullptr ? std::string_view(*charset) : std::string_view();
}

bool is_text(const mail::Part& part) noexcept {
    return part.kind == mail::Part::Kind::leaf &&
           (equal_nocase(part.type, "text") || equal_nocase(part.type, "message"));
}

}  // namespace

mail::HeaderLimits showing() noexcept {
    mail::HeaderLimits limits;
    limits.skip_broken = true;
    return limits;
}

HeaderText::HeaderText(std::string_view header) : scanner_(header, showing()) {}

bool HeaderText::give_on(mail::TextFinder& finder, mail::TextFinder* second) {
    if (portions_.done()) {
        const auto field = scanner_.next();
        if (!field) return false;
        portions_.take(mail::guess_utf8(field->name) + ": " + mail::decode_words(field->value));
    }
    portions_.give(finder, second);
    return true;
}

MessageText::PartText::PartText(const mail::Part& part)
    : transfer(mail::encoding_of(part.encoding)), charset(charset_of(part)), at(part.body), end(part.end) {}

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

void MessageText::parse_on() {
    if (!parser_) parser_.emplace();
    const auto octets = piece(parsed_, message_.size).substr(0, kPiece);
    parsed_ += octets.size();
    parser_->feed(octets);
    if (!octets.empty() && parsed_ < message_.size) return;
    structure_ = parser_->finish();
    parser_.reset();
}

/// The header of a part; in header_ if it is not in memory.
std::string_view MessageText::part_header(const mail::Part& part) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(part.body - part.header, kHeaderLimit));
    if (part.header + size <= front_.size()) return std::string_view(front_).substr(part.header, size);
    header_.resize(size);
    header_.resize(message_.file->read_at(part.header, header_.data(), size));
    return header_;
}

void MessageText::begin_part(const mail::Part& part) {
    const bool inner = &part != structure_->parts.data();
    if (inner && part.body > part.header) {
        fields_.emplace(part_header(part));
        fields_in_body_ = structure_->parts[part.parent].kind == mail::Part::Kind::message;
    }
    if (is_text(part)) text_.emplace(part);
}

void MessageText::text_on(mail::TextFinder& body, mail::TextFinder& all) {
    auto& part = *text_;
    const auto size = std::min({kPiece, body.portion(), all.portion()});
    const auto raw = piece(part.at, std::min(part.end, part.at + size));
    part.at += raw.size();
    part.octets.clear();
    part.text.clear();
    part.transfer.feed(raw, part.octets);
    const bool more = !raw.empty() && part.at < part.end;
    if (!more) (void)part.transfer.finish(part.octets);
    part.charset.feed(part.octets, part.text);
    if (!more) part.charset.finish(part.text);
    body.feed(part.text);
    all.feed(part.text);
    if (more) return;
    body.end_text();
    all.end_text();
    text_.reset();
}

/// First the header of the message, for all else costs more; then the parts in their order, of each its header first.
bool MessageText::find_on(mail::TextFinder& body, mail::TextFinder& all) {
    if (body.all_found() && all.all_found()) return false;
    if (fields_) {
        const bool more = fields_->give_on(all, fields_in_body_ ? &body : nullptr);
        if (!more) fields_.reset();
    } else if (text_) {
        text_on(body, all);
    } else if (!begun_) {
        begun_ = true;
        fields_.emplace(header());
    } else if (!structure_) {
        parse_on();
    } else if (next_part_ < structure_->parts.size()) {
        begin_part(structure_->parts[next_part_++]);
    } else {
        return false;
    }
    return true;
}

}  // namespace md::store
