// mail/seven_bit_plan.cc - see seven_bit_plan.h

#include "mail/seven_bit_plan.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "mail/address.h"
#include "mail/transfer_decoder.h"

namespace md::mail {

namespace {

using Fault = SevenBitPlan::Fault;
using Kind = SevenBitPiece::Kind;

constexpr std::string_view kMimeVersion = "MIME-Version";
constexpr std::size_t kFront = 64;

/// RFC 2045 §2.7: neither may stand in a line.
bool has_control(std::string_view text) noexcept {
    return text.find('\0') != std::string_view::npos || text.find('\r') != std::string_view::npos;
}

bool is_mime_version(std::string_view front) noexcept {
    const auto colon = front.find(':');
    return colon != std::string_view::npos && equal_nocase(trim(front.substr(0, colon)), kMimeVersion);
}

/// 8bit or binary.
bool says_more_than_seven_bit(std::string_view encoding) noexcept {
    return !encoding.empty() && encoding_of(encoding) == Encoding::identity && !equal_nocase(encoding, "7bit") &&
           !equal_nocase(encoding, "7-bit");
}

/// RFC 6533 §6.3-§6.5: of message, these may have an encoding, which is quoted-printable.
bool is_encodable_report(const Part& part) noexcept {
    return part.is("message", "global-delivery-status") || part.is("message", "global-headers") ||
           part.is("message", "global-disposition-notification");
}

class Conversion {
  public:
    Conversion(const std::vector<Part>& parts, std::vector<SevenBitPlanner::Seen> seen, std::uint64_t size,
               const StructureLimits& limits)
        : parts_(parts), seen_(std::move(seen)), size_(size), limited_(parts.size() >= limits.parts) {
        seen_.resize(parts.size());
        plans_.resize(parts.size());
    }

    SevenBitPlan plan() {
        for (std::uint32_t i = 0; i < parts_.size(); ++i) {
            inherit(i);
            decide(i);
            out_.header_is_eight_bit |= seen_[i].header_eight_bit;
        }
        if (out_.fault != Fault::none) return std::move(out_);
        if (out_.needed) {
            for (std::uint32_t i = 0; i < parts_.size(); ++i) relabel(i);
            for (std::uint32_t i = 0; i < parts_.size(); ++i) write(i);
            keep(Kind::lines, size_);
        } else {
            keep(Kind::as_it_is, size_);
        }
        return std::move(out_);
    }

  private:
    /// What becomes of a part.
    struct PartPlan {
        bool in_signed = false;
        std::uint32_t message = 0;  ///< the part that is the whole message in which this one is
        Kind body = Kind::as_it_is;
        std::string_view encoding;  ///< what its header is to say; empty: what it says
        bool wants_version = false;
    };

    void inherit(std::uint32_t i) {
        if (i == 0) return;
        const auto above = parts_[i].parent;
        plans_[i].in_signed = plans_[above].in_signed || parts_[above].is("multipart", "signed");
        plans_[i].message = parts_[above].kind == Part::Kind::message ? i : plans_[above].message;
    }

    void decide(std::uint32_t i) {
        const auto& part = parts_[i];
        const auto& seen = seen_[i];
        // Behind a header that was too large nobody knows which lines were body.
        const bool unknown = part.kind == Part::Kind::leaf && part.end > part.body && !has_blank(i);
        if (!seen.body && !seen.boundary && !unknown) return;
        out_.needed = true;
        if (plans_[i].in_signed) {
            fail(Fault::signed_content);
        } else if (seen.boundary) {
            fail(Fault::boundary);
        } else if (part.kind == Part::Kind::leaf) {
            decide_leaf(i);
        } else if (!seen.divided) {
            fail(Fault::composite);
        }
    }

    void decide_leaf(std::uint32_t i) {
        const auto& part = parts_[i];
        const bool quotes = equal_nocase(part.type, "text") || is_encodable_report(part);
        const bool composite = equal_nocase(part.type, "multipart") || (equal_nocase(part.type, "message") && !quotes);
        // The last part may hold others that were too many.
        if (composite || (limited_ && i + 1 == parts_.size())) {
            fail(Fault::composite);
            return;
        }
        switch (encoding_of(part.encoding)) {
            case Encoding::base64: plans_[i].body = Kind::rebased; break;
            case Encoding::quoted_printable: plans_[i].body = Kind::requoted; break;
            case Encoding::unknown: fail(Fault::encoding); break;
            case Encoding::identity:
                plans_[i].body = quotes ? Kind::quoted : Kind::base64;
                plans_[i].encoding = quotes ? "quoted-printable" : "base64";
        }
    }

    void relabel(std::uint32_t i) {
        auto& plan = plans_[i];
        if (plan.in_signed) return;
        if (plan.encoding.empty() && says_more_than_seven_bit(parts_[i].encoding)) plan.encoding = "7bit";
        if (!plan.encoding.empty()) plans_[plan.message].wants_version = true;
    }

    void write(std::uint32_t i) {
        const auto& part = parts_[i];
        const auto& plan = plans_[i];
        keep(Kind::lines, part.header);
        std::string fields;
        if (plan.wants_version && !seen_[i].mime_version) fields.append(kMimeVersion).append(": 1.0\n");
        if (!plan.encoding.empty()) {
            const auto field = std::string("Content-Transfer-Encoding: ").append(plan.encoding).append(1, '\n');
            if (part.encoding_end > part.encoding_begin) {
                keep(Kind::as_it_is, part.encoding_begin);
                add(field);
                done_ = part.encoding_end;
            } else {
                fields += field;
            }
        }
        if (!fields.empty()) {
            keep(Kind::as_it_is, has_blank(i) ? seen_[i].blank : part.body);
            add(has_blank(i) ? fields : fields + "\n");
        }
        keep(Kind::as_it_is, part.body);
        if (part.kind == Part::Kind::leaf) keep(plan.body, part.end);
    }

    [[nodiscard]] bool has_blank(std::uint32_t i) const noexcept { return seen_[i].blank < parts_[i].body; }

    void keep(Kind kind, std::uint64_t end) {
        if (end <= done_) return;
        if (kind == Kind::as_it_is && !out_.pieces.empty() && out_.pieces.back().kind == kind &&
            out_.pieces.back().end == done_)
            out_.pieces.back().end = end;
        else
            out_.pieces.push_back({kind, done_, end});
        done_ = end;
    }

    void add(std::string text) { out_.pieces.push_back({Kind::text, 0, 0, std::move(text)}); }

    void fail(Fault fault) noexcept {
        if (out_.fault == Fault::none) out_.fault = fault;
    }

    const std::vector<Part>& parts_;
    std::vector<SevenBitPlanner::Seen> seen_;
    std::uint64_t size_;
    bool limited_;  ///< there are no more parts because of the limit
    std::vector<PartPlan> plans_;
    SevenBitPlan out_;
    std::uint64_t done_ = 0;
};

}  // namespace

bool is_seven_bit(std::string_view line) noexcept {
    return line.size() <= kSevenBitLine && is_ascii(line) && !has_control(line);
}

std::string_view describe(Fault fault) noexcept {
    switch (fault) {
        case Fault::none: return "convertible";
        case Fault::signed_content: return "signed content has 8-bit octets or long lines, and must not be changed";
        case Fault::boundary: return "a boundary has 8-bit octets or a long line";
        case Fault::composite: return "8-bit octets or long lines stand in a composite part, which must not be encoded";
        case Fault::encoding: return "a part has 8-bit octets or long lines, and an unknown encoding";
    }
    return "not convertible";
}

void SevenBitPlanner::feed(std::string_view octets) {
    while (!octets.empty()) {
        const auto end = octets.find('\n');
        const auto text = octets.substr(0, end);
        const auto whole = octets.substr(0, std::min(octets.size(), text.size() + 1));
        octets.remove_prefix(whole.size());
        parser_.feed(whole);
        offset_ += whole.size();
        look(text);
        if (end != std::string_view::npos) end_line();
    }
}

/// Of a line, without its LF.
void SevenBitPlanner::look(std::string_view text) {
    if (text.empty()) return;
    if (std::exchange(cr_, false)) control_ = true;
    cr_ = text.back() == '\r';
    if (cr_) text.remove_suffix(1);
    line_octets_ += text.size();
    if (!eight_bit_) eight_bit_ = !is_ascii(text);
    if (!control_) control_ = has_control(text);
    front_.append(text.substr(0, kFront - front_.size()));
}

void SevenBitPlanner::end_line() {
    const auto place = parser_.last_line();
    if (seen_.size() <= place.part) seen_.resize(place.part + 1);
    auto& seen = seen_[place.part];
    const bool bad = eight_bit_ || control_ || line_octets_ > kSevenBitLine;
    switch (place.kind) {
        case StructureParser::Place::Kind::header:
            seen.header_eight_bit |= eight_bit_;
            seen.mime_version |= is_mime_version(front_);
            if (line_octets_ == 0 && !control_) seen.blank = line_begin_;
            break;
        case StructureParser::Place::Kind::body: seen.body |= bad; break;
        case StructureParser::Place::Kind::boundary: seen.divided = true; seen.boundary |= bad;
    }
    line_begin_ = offset_;
    line_octets_ = 0;
    front_.clear();
    cr_ = eight_bit_ = control_ = false;
}

SevenBitPlan SevenBitPlanner::finish() {
    const auto structure = parser_.finish();
    if (offset_ > line_begin_) {
        if (cr_) control_ = true;
        end_line();
    }
    return Conversion(structure.parts, std::move(seen_), offset_, limits_).plan();
}

}  // namespace md::mail
