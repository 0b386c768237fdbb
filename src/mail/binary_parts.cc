// mail/binary_parts.cc - see binary_parts.h

#include "mail/binary_parts.h"

#include "base/strings.h"

namespace md::mail {

namespace {

using Kind = TextFormPiece::Kind;

constexpr std::string_view kName = "Content-Transfer-Encoding: ";

class Planner {
  public:
    Planner(const Structure& structure, const std::function<bool(std::uint64_t, std::uint64_t)>& has_nul)
        : parts_(structure.parts), has_nul_(has_nul) {}

    std::vector<TextFormPiece> plan() {
        for (const auto& part : parts_) {
            const bool binary = equal_nocase(part.encoding, "binary");
            if (part.kind != Part::Kind::leaf) {
                if (binary) set_encoding(part, "8bit");
                continue;
            }
            // A part that is encoded already has no NUL that means anything, or is broken beyond help.
            const bool plain = binary || part.encoding.empty() || equal_nocase(part.encoding, "7bit") ||
                               equal_nocase(part.encoding, "8bit");
            if (!binary && !(plain && has_nul_(part.body, part.end))) continue;
            set_encoding(part, "base64");
            keep_to(part.body);
            if (part.end > part.body) pieces_.push_back({Kind::base64, part.body, part.end});
            done_ = part.end;
        }
        keep_to(parts_.front().end);
        return std::move(pieces_);
    }

  private:
    /// In the place of its field, or in front of its other fields.
    void set_encoding(const Part& part, std::string_view encoding) {
        const bool there = part.encoding_end > part.encoding_begin;
        keep_to(there ? part.encoding_begin : part.header);
        pieces_.push_back({Kind::text, 0, 0, std::string(kName) + std::string(encoding) + "\n"});
        if (there) done_ = part.encoding_end;
        // A header that had no field and no blank line either has one of each now.
        if (!there && part.body == part.header) pieces_.back().text += "\n";
    }

    void keep_to(std::uint64_t end) {
        if (end > done_) pieces_.push_back({Kind::as_it_is, done_, end});
        done_ = end;
    }

    const std::vector<Part>& parts_;
    const std::function<bool(std::uint64_t, std::uint64_t)>& has_nul_;
    std::vector<TextFormPiece> pieces_;
    std::uint64_t done_ = 0;
};

}  // namespace

std::vector<TextFormPiece> plan_text_form(const Structure& structure,
                                          const std::function<bool(std::uint64_t, std::uint64_t)>& has_nul) {
    return Planner(structure, has_nul).plan();
}

}  // namespace md::mail
