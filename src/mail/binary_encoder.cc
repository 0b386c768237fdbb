// mail/binary_encoder.cc - see binary_encoder.h

#include "mail/binary_encoder.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "mail/content_field.h"
#include "mail/header.h"

namespace md::mail {

namespace {

/// RFC 2046 §5.1.1 allows 70; of longer ones this much is compared, as StructureParser does.
constexpr std::size_t kBoundaryLimit = 200;
/// Dashes, boundary, dashes: with so much of a line it is known what it is.
constexpr std::size_t kHoldLimit = kBoundaryLimit + 4;

constexpr std::string_view kEncodingName = "Content-Transfer-Encoding";

bool has_eight_bit(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; });
}

/// What a part's header says of its content. The first field of a name counts.
struct Said {
    ContentType type;
    std::string encoding;
    std::string_view encoding_field;  ///< with its line ends
};

Said read_header(std::string_view header, bool in_digest) {
    Said said;
    said.type.type = in_digest ? "message" : "text";
    said.type.subtype = in_digest ? "rfc822" : "plain";
    HeaderLimits limits;
    limits.skip_broken = true;
    HeaderScanner scanner(header, limits);
    bool typed = false;
    while (const auto field = scanner.next()) {
        if (equal_nocase(field->name, "Content-Type") && !std::exchange(typed, true)) {
            if (auto type = parse_content_type(field->value)) said.type = std::move(*type);
        } else if (equal_nocase(field->name, kEncodingName) && said.encoding.empty()) {
            said.encoding = parse_content_token(field->value);
            said.encoding_field = field->whole;
        }
    }
    return said;
}

bool is_message(const ContentType& type) noexcept {
    return equal_nocase(type.type, "message") &&
           (equal_nocase(type.subtype, "rfc822") || equal_nocase(type.subtype, "global"));
}

}  // namespace

BinaryEncoder::BinaryEncoder(const Rules& rules) : rules_(rules) {
    begin_part();
}

void BinaryEncoder::feed(std::string_view octets, std::string& out) {
    out_ = &out;
    take(octets);
}

void BinaryEncoder::fail(Fault fault) noexcept {
    if (fault_ == Fault::none) fault_ = fault;
}

/// Cuts the octets into text and line ends. In a binary part CRLF alone is one.
void BinaryEncoder::take(std::string_view octets) {
    while (!octets.empty() && fault_ == Fault::none) {
        if (cr_) {
            take_after_cr(octets);
            continue;
        }
        const auto stop = std::min(octets.find_first_of("\r\n"), octets.size());
        if (stop > 0) {
            const auto piece = octets.substr(0, stop);
            octets.remove_prefix(stop);
            content(piece);
            continue;
        }
        const char c = octets.front();
        octets.remove_prefix(1);
        if (c == '\r') {
            cr_ = true;
        } else if (mode_ == Mode::binary) {
            content("\n");
        } else {
            bare_line_end();
            end_line();
        }
    }
}

void BinaryEncoder::take_after_cr(std::string_view& octets) {
    cr_ = false;
    if (octets.front() == '\n') {
        octets.remove_prefix(1);
        end_line();
    } else if (mode_ == Mode::binary) {
        content("\r");
    } else {
        bare_line_end();
        // CRs before another vanish with it, as in DATA.
        if (octets.front() != '\r') end_line();
    }
}

void BinaryEncoder::bare_line_end() {
    if (!rules_.normalise) fail(Fault::bare_line_end);
}

/// Of a line, or of a part's octets: no line end in it, but in a binary part.
void BinaryEncoder::content(std::string_view piece) {
    while (!piece.empty() && fault_ == Fault::none) {
        if (!holding_) {
            pass(piece);
            return;
        }
        const auto room = mode_ == Mode::header ? piece.size() : kHoldLimit - hold_.size();
        const auto held = piece.substr(0, room);
        piece.remove_prefix(held.size());
        hold_ += held;
        if (mode_ == Mode::header) {
            if (header_.size() + hold_.size() > rules_.header_limit) fail(Fault::header_too_large);
        } else if (holds_enough()) {
            settle_line_start();
        }
    }
}

bool BinaryEncoder::holds_enough() const noexcept {
    if (open_.empty() || hold_.size() >= kHoldLimit) return true;
    return !std::string_view("--").starts_with(std::string_view(hold_).substr(0, 2));
}

void BinaryEncoder::pass(std::string_view piece) {
    if (mode_ == Mode::binary) {
        encode(piece);
    } else {
        write(piece);
    }
}

void BinaryEncoder::begin_line() noexcept {
    holding_ = true;
    hold_.clear();
}

void BinaryEncoder::end_line() {
    if (fault_ != Fault::none) return;
    if (mode_ == Mode::header) {
        header_line();
        return;
    }
    const bool found = holding_ && settle_line_start();
    if (fault_ != Fault::none) return;
    cr_ = false;  // one at the end of the front vanishes with this line end
    if (found && !boundary_) {
        end_line();  // a bare line end in the front has ended the boundary's line: this one ends what stands behind
    } else if (boundary_) {
        end_boundary();
    } else if (mode_ == Mode::binary) {
        owed_line_end_ = true;
        begin_line();
    } else {
        write_line_end();
        begin_line();
    }
}

/// The front of a line in a body: a boundary, or content. true: a boundary, whose line may have ended by now.
bool BinaryEncoder::settle_line_start() {
    holding_ = false;
    const auto line = std::exchange(hold_, {});
    if (const auto found = boundary_of(line)) {
        if (mode_ == Mode::binary) end_encoding(false);
        take_boundary(*found);
        const auto size = 2 + open_[found->open].boundary.size();
        write(std::string_view(line).substr(0, size));
        // In a binary part bare line ends may stand in it: from here on they are read as a line's.
        take(std::string_view(line).substr(size));
        return true;
    }
    if (std::exchange(owed_line_end_, false)) encode("\r\n");
    pass(line);
    return false;
}

/// As StructureParser decides.
std::optional<BinaryEncoder::Found> BinaryEncoder::boundary_of(std::string_view line) const noexcept {
    if (parts_ >= rules_.structure.parts || !line.starts_with("--")) return std::nullopt;
    line.remove_prefix(2);
    std::optional<Found> best;
    std::size_t best_size = 0;
    for (auto at = open_.size(); at-- > 0;) {
        const auto& boundary = open_[at].boundary;
        if (boundary.size() <= best_size || !line.starts_with(boundary)) continue;
        best_size = boundary.size();
        const auto behind = line.substr(best_size);
        best = Found{at, behind.starts_with("--")};
        if (behind.empty() || behind == "--") break;
    }
    return best;
}

void BinaryEncoder::take_boundary(Found found) {
    open_.resize(found.open + 1, Open{});
    depth_ = open_.back().depth;
    boundary_ = found;
    mode_ = Mode::text;
    holding_ = false;
}

void BinaryEncoder::end_boundary() {
    write_line_end();
    begin_line();
    const auto closes = boundary_->closes;
    boundary_.reset();
    if (closes) {
        --depth_;
        open_.pop_back();
    } else {
        in_multipart_ = true;
        begin_part();
    }
}

void BinaryEncoder::begin_part() {
    ++parts_;
    mode_ = Mode::header;
    header_.clear();
    begin_line();
}

void BinaryEncoder::header_line() {
    if (hold_.size() + 2 > rules_.line_limit) {
        fail(Fault::line_too_long);
        return;
    }
    if (const auto found = boundary_of(hold_)) {
        // There is no body.
        const auto line = std::exchange(hold_, {});
        end_header(false);
        take_boundary(*found);
        write(line);
        end_boundary();
        return;
    }
    if (hold_.empty()) {
        end_header(true);
        return;
    }
    header_.append(hold_).append(1, '\n');
    begin_line();
}

/// What the fields say decides how the body is read.
void BinaryEncoder::end_header(bool with_blank_line) {
    const bool in_digest = std::exchange(in_multipart_, false) && open_.back().digest;
    const auto said = read_header(header_, in_digest);
    const bool binary = equal_nocase(said.encoding, "binary");
    const auto* boundary = find_parameter(said.type.parameters, "boundary");
    const bool may_contain = parts_ < rules_.structure.parts && depth_ < rules_.structure.depth;
    const bool multipart =
        may_contain && equal_nocase(said.type.type, "multipart") && boundary != nullptr && !boundary->empty();
    const bool message = may_contain && !multipart && is_message(said.type);
    if (binary) {
        write_header(multipart || message ? "8bit" : "base64", said.encoding_field);
    } else {
        write_header({}, {});
    }
    if (with_blank_line) write_line_end();
    begin_line();
    mode_ = Mode::text;
    if (multipart) {
        ++depth_;
        open_.push_back({boundary->substr(0, kBoundaryLimit), equal_nocase(said.type.subtype, "digest"), depth_});
    } else if (message && with_blank_line) {
        ++depth_;
        begin_part();
    } else if (binary) {
        mode_ = Mode::binary;
        encoded_ = false;
        owed_line_end_ = false;
    }
}

/// With `encoding` in the place of `field`, a part of header_; or as it is.
void BinaryEncoder::write_header(std::string_view encoding, std::string_view field) {
    const std::string_view header = header_;
    if (encoding.empty()) {
        write(header);
    } else {
        const auto begin = static_cast<std::size_t>(field.data() - header.data());
        write(header.substr(0, begin));
        out_->append(kEncodingName).append(": ").append(encoding).append(1, '\n');
        write(header.substr(begin + field.size()));
    }
    line_octets_ = 0;
    header_.clear();
}

void BinaryEncoder::write(std::string_view text) {
    if (fault_ != Fault::none) return;
    line_octets_ += text.size();
    if (mode_ != Mode::header && line_octets_ + 2 > rules_.line_limit) {
        fail(Fault::line_too_long);
        return;
    }
    if (!eight_bit_) eight_bit_ = has_eight_bit(text);
    out_->append(text);
}

void BinaryEncoder::write_line_end() {
    if (fault_ != Fault::none) return;
    out_->push_back('\n');
    line_octets_ = 0;
}

void BinaryEncoder::encode(std::string_view octets) {
    if (octets.empty()) return;
    encoded_ = true;
    base64_.feed(octets, *out_);
}

/// The line end before a boundary is the boundary's, whatever stands before it.
void BinaryEncoder::end_encoding(bool last) {
    base64_.finish(*out_);
    if (!encoded_ && owed_line_end_ && !last) out_->push_back('\n');
    owed_line_end_ = false;
}

/// As if the last line had ended; behind a boundary in its front a part may have begun, which ends here, too.
void BinaryEncoder::finish(std::string& out) {
    out_ = &out;
    bool more = true;
    while (more && fault_ == Fault::none) {
        if (std::exchange(cr_, false)) end_with_cr();
        if (mode_ == Mode::header && !hold_.empty()) header_line();
        if (fault_ != Fault::none) return;
        if (mode_ == Mode::header) {
            end_header(false);
            mode_ = Mode::text;
        }
        more = holding_ && settle_line_start();
    }
    if (fault_ != Fault::none) return;
    if (mode_ == Mode::binary) end_encoding(true);
    if (line_octets_ > 0) write_line_end();
}

void BinaryEncoder::end_with_cr() {
    if (mode_ == Mode::binary) {
        content("\r");
    } else {
        bare_line_end();
        end_line();
    }
}

}  // namespace md::mail
