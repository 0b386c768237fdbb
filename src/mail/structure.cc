// mail/structure.cc - see structure.h

#include "mail/structure.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "mail/header.h"

namespace md::mail {

namespace {

/// RFC 2046 §5.1.1 allows 70; of longer ones this much is compared.
constexpr std::size_t kBoundaryLimit = 200;
/// Of a line in a body no more is looked at: dashes, boundary, dashes, line end.
constexpr std::size_t kBodyLineLimit = kBoundaryLimit + 6;
constexpr std::size_t kKeptCapacity = 4096;

std::string_view without_line_end(std::string_view line) noexcept {
    if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

bool is_content_field(std::string_view line) noexcept {
    return starts_with_nocase(line, "Content-");
}

/// Whether a field that begins so may say something of the part.
bool counts(const Part& part, std::string_view line) noexcept {
    return is_content_field(line) || (part.envelope && Envelope::wants(line));
}

void apply_type(Part& part, std::string_view value) {
    auto found = parse_content_type(value);
    if (!found) return;
    part.type = std::move(found->type);
    part.subtype = std::move(found->subtype);
    part.parameters = std::move(found->parameters);
}

void apply_text(std::optional<std::string>& to, std::string_view value) {
    if (!to) to = unfold(value);
}

/// The first field of a name counts.
void apply_field(Part& part, std::string_view name, std::string_view value, bool& typed) {
    name.remove_prefix(std::string_view("Content-").size());
    if (equal_nocase(name, "Type")) {
        if (!std::exchange(typed, true)) apply_type(part, value);
    } else if (equal_nocase(name, "Transfer-Encoding")) {
        if (part.encoding.empty()) part.encoding = parse_content_token(value);
    } else if (equal_nocase(name, "Disposition")) {
        if (!part.disposition) part.disposition = parse_disposition(value);
    } else if (equal_nocase(name, "Language")) {
        if (part.languages.empty()) part.languages = parse_languages(value);
    } else if (equal_nocase(name, "ID")) {
        apply_text(part.id, value);
    } else if (equal_nocase(name, "Description")) {
        apply_text(part.description, value);
    } else if (equal_nocase(name, "MD5")) {
        apply_text(part.md5, value);
    } else if (equal_nocase(name, "Location")) {
        apply_text(part.location, value);
    }
}

}  // namespace

bool Part::is(std::string_view wanted_type, std::string_view wanted_subtype) const noexcept {
    return equal_nocase(type, wanted_type) && equal_nocase(subtype, wanted_subtype);
}

StructureParser::StructureParser(StructureLimits limits) : limits_(limits) {
    begin_part(mark_);
}

void StructureParser::feed(std::string_view chunk) {
    while (!chunk.empty()) {
        const auto end = chunk.find('\n');
        if (end == std::string_view::npos) {
            keep_rest(chunk);
            return;
        }
        const auto text = chunk.substr(0, end + 1);
        chunk.remove_prefix(end + 1);
        const char before = end > 0 ? text[end - 1] : rest_last_;
        const std::uint8_t end_octets = before == '\r' ? 2 : 1;
        if (rest_octets_ == 0) {
            line(text, text.size(), end_octets);
        } else {
            keep_rest(text);
            end_rest(end_octets);
        }
        rest_last_ = '\0';
    }
}

/// Of a header's line all that a field may have, of a body's what a boundary may have.
void StructureParser::keep_rest(std::string_view chunk) {
    const auto limit = in_header_ ? limits_.field_octets + 2 : kBodyLineLimit;
    rest_.append(chunk.substr(0, limit - std::min(limit, rest_.size())));
    rest_octets_ += chunk.size();
    rest_last_ = chunk.back();
}

void StructureParser::end_rest(std::uint8_t end_octets) {
    std::string text;
    text.swap(rest_);
    line(text, std::exchange(rest_octets_, 0), end_octets);
    text.clear();
    if (text.capacity() <= kKeptCapacity) rest_.swap(text);
}

/// A line of `octets`, of which `text` is all that counts; `end_octets` of its line end, 0 at the end of the file.
void StructureParser::line(std::string_view text, std::uint64_t octets, std::uint8_t end_octets) {
    work_ += octets;
    Mark after = mark_;
    after.offset += octets;
    if (end_octets > 0) ++after.lines;
    if (end_octets == 1) ++after.bare;
    last_line_ = {in_header_ ? Place::Kind::header : Place::Kind::body, open_.back().part};
    if (!boundary_line(text, after) && in_header_) header_line(text, octets, after);
    mark_ = after;
    last_end_ = end_octets;
}

void StructureParser::header_line(std::string_view text, std::uint64_t octets, const Mark& after) {
    const auto content = without_line_end(text);
    header_octets_ += octets;
    const bool continued = !content.empty() && is_space(content.front());
    if (!continued) {
        end_field();
        field_mark_ = mark_;
        field_octets_ = 0;
    }
    field_octets_ += octets;
    if (field_octets_ > limits_.field_octets || header_octets_ > limits_.header_octets) {
        // What cannot be a field is content, and so is all behind it.
        limited_ = true;
        field_.clear();
        end_header(field_mark_);
    } else if (content.empty()) {
        end_header(after);
    } else if (continued ? !field_.empty() : counts(parts_.back(), text)) {
        field_ += text;
    }
}

void StructureParser::end_field() {
    if (field_.empty()) return;
    HeaderScanner scanner(field_);
    if (const auto field = scanner.next()) {
        work_ += field_.size();
        auto& part = parts_.back();
        if (is_content_field(field->name)) {
            const bool encoded = !part.encoding.empty();
            apply_field(part, field->name, field->value, typed_);
            if (!encoded && !part.encoding.empty()) {
                part.encoding_begin = field_mark_.offset;
                part.encoding_end = mark_.offset;
            }
        } else if (part.envelope) {
            part.envelope->add(field->name, field->value);
        }
    }
    field_.clear();
}

/// What the fields say decides how the body is read.
void StructureParser::end_header(const Mark& body) {
    end_field();
    auto& part = parts_.back();
    auto& open = open_.back();
    part.body = body.offset;
    part.header_size = body.offset - part.header + (body.bare - open.header.bare);
    open.body = body;
    in_header_ = false;
    if (limited_ || open_.size() > limits_.depth) return;
    if (equal_nocase(part.type, "multipart")) {
        const auto* boundary = find_parameter(part.parameters, "boundary");
        if (boundary == nullptr || boundary->empty()) return;
        part.kind = Part::Kind::multipart;
        open.boundary = boundary->substr(0, kBoundaryLimit);
    } else if (part.is("message", "rfc822") || part.is("message", "global")) {
        part.kind = Part::Kind::message;
        begin_part(body);
    }
}

void StructureParser::begin_part(const Mark& at) {
    Part part;
    part.header = at.offset;
    part.body = at.offset;
    if (!open_.empty()) {
        part.parent = open_.back().part;
        const auto& parent = parts_[part.parent];
        if (parent.kind == Part::Kind::message) part.envelope = std::make_shared<Envelope>();
        // RFC 2046 §5.1.5
        if (parent.kind == Part::Kind::multipart && equal_nocase(parent.subtype, "digest")) {
            part.type = "message";
            part.subtype = "rfc822";
            part.parameters.clear();
        }
    }
    Open open;
    open.part = static_cast<std::uint32_t>(parts_.size());
    open.header = at;
    open.body = at;
    open_.push_back(std::move(open));
    parts_.push_back(std::move(part));
    in_header_ = true;
    typed_ = false;
    limited_ = parts_.size() >= limits_.parts;
}

/// Ends the parts that lie deeper than the first `depth`.
void StructureParser::close_above(std::size_t depth, Mark end) {
    while (open_.size() > depth) {
        const auto& open = open_.back();
        if (parts_[open.part].kind == Part::Kind::multipart && open.part + 1 == parts_.size())
            add_empty_part(open.part, end.offset < open.body.offset ? open.body : end);
        auto& part = parts_[open.part];
        part.next = static_cast<std::uint32_t>(parts_.size());
        // A line end that is the header's own is not the boundary's.
        if (end.offset < open.body.offset) end = open.body;
        part.end = end.offset;
        part.body_size = end.offset - open.body.offset + (end.bare - open.body.bare);
        part.body_lines = end.lines - open.body.lines;
        open_.pop_back();
    }
}

/// RFC 2046 §5.1: a multipart has one part at least. One without any is told to have an empty one.
void StructureParser::add_empty_part(std::uint32_t parent, const Mark& at) {
    Part part;
    part.parent = parent;
    part.header = part.body = part.end = at.offset;
    part.next = static_cast<std::uint32_t>(parts_.size()) + 1;
    parts_.push_back(std::move(part));
}

/// The multipart that a line is a boundary of, as its place in open_.
std::optional<std::size_t> StructureParser::boundary_of(std::string_view text) noexcept {
    if (limited_ || !text.starts_with("--")) return std::nullopt;
    text.remove_prefix(2);
    std::optional<std::size_t> best;
    std::size_t best_size = 0;
    for (auto at = open_.size(); at-- > 0;) {
        const auto& boundary = open_[at].boundary;
        if (boundary.size() <= best_size) continue;
        work_ += std::min(boundary.size(), text.size());
        if (!text.starts_with(boundary)) continue;
        best = at;
        best_size = boundary.size();
        // "--b--" ends "b" rather than going on with an outer "b--".
        const auto behind = text.substr(best_size);
        if (behind.empty() || behind == "--") break;
    }
    return best;
}

bool StructureParser::boundary_line(std::string_view text, const Mark& after) {
    text = without_line_end(text);
    const auto found = boundary_of(text);
    if (!found) return false;
    last_line_ = {Place::Kind::boundary, open_[*found].part};
    if (in_header_) end_header_early();
    auto end = mark_;
    end.offset -= last_end_;
    if (last_end_ > 0) --end.lines;
    if (last_end_ == 1) --end.bare;
    close_above(*found + 1, end);
    if (text.substr(2 + open_[*found].boundary.size()).starts_with("--")) {
        open_[*found].boundary.clear();
    } else {
        begin_part(after);
    }
    return true;
}

/// A boundary, or the end of the file, where a field or the blank line should be: there is no body.
void StructureParser::end_header_early() {
    // A message has a message in it, and that one no more than itself; each ends its header here.
    while (in_header_) end_header(mark_);
}

Structure StructureParser::finish() {
    if (rest_octets_ > 0) end_rest(0);
    end_header_early();
    close_above(0, mark_);
    return {std::move(parts_)};
}

}  // namespace md::mail
