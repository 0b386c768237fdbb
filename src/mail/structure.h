// mail/structure.h - the MIME structure of a message, found in one pass over its file
//
// PURPOSE
//   StructureParser is fed a message file in pieces of any cut, LF or CRLF line ends as they come, and gives its parts:
//   where each begins and ends in the file, how large it is with CRLF line ends, and what its Content-* fields say.
// CONTRACT
//   Pure, linear, no recursion. Keeps the Content-* fields of all parts and the fields for the envelopes of messages
//   inside the message, but no body. Never fails: beyond StructureLimits, and wherever the MIME is broken, what is left
//   is one part's content. A boundary counts at the beginning of a line, whatever follows it (RFC 2046 §5.1.1); of two
//   that fit, the longer; one of an outer multipart ends all inside it. The line end before a boundary belongs to it. A
//   multipart without any part gets an empty one.
// RFC
//   2045, 2046; 2231; 5322 §2.2; 6532 (message/global)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mail/content_field.h"
#include "mail/envelope.h"

namespace md::mail {

/// Threats: MIME bombs.
struct StructureLimits {
    std::size_t depth = 100;  ///< of multiparts and messages in one another
    std::size_t parts = 10'000;
    std::size_t field_octets = 10U << 20;   ///< of one field
    std::size_t header_octets = 50U << 20;  ///< of all headers
};

struct Part {
    enum class Kind : std::uint8_t {
        leaf,
        multipart,  ///< its children follow
        message,    ///< the part behind it is the message inside
    } kind = Kind::leaf;
    std::uint32_t parent = 0;  ///< index; of parts[0] itself: 0
    std::uint32_t next = 0;    ///< index behind this part and all inside it

    // Octets in the file; the body begins behind the header's blank line.
    std::uint64_t header = 0;
    std::uint64_t body = 0;
    std::uint64_t end = 0;
    // Octets with CRLF line ends, and line ends in the body.
    std::uint64_t header_size = 0;
    std::uint64_t body_size = 0;
    std::uint64_t body_lines = 0;

    std::string type = "text";  ///< as spelt; the default if the field is missing or no type (RFC 2045 §5.2)
    std::string subtype = "plain";
    Parameters parameters{{"charset", "us-ascii"}};
    std::string encoding;              ///< as spelt; empty: not said, "7bit" counts
    std::uint64_t encoding_begin = 0;  ///< where that field is in the file
    std::uint64_t encoding_end = 0;
    std::optional<std::string> id;
    std::optional<std::string> description;
    std::optional<std::string> md5;
    std::optional<std::string> location;
    std::optional<Disposition> disposition;
    std::vector<std::string> languages;
    std::shared_ptr<Envelope> envelope;  ///< of a message in a message; else null

    [[nodiscard]] bool is(std::string_view wanted_type, std::string_view wanted_subtype) const noexcept;
};

/// Section numbers as in BODY[1.2] (RFC 3501 §6.4.5) in parts in prefix order, of which [0] is the message itself;
/// none: there is no such part. The empty list is part 0. A P has Part's `kind` and `next`.
template <class P>
[[nodiscard]] std::optional<std::uint32_t> find_part(const std::vector<P>& parts,
                                                     std::span<const std::uint32_t> section) noexcept {
    std::uint32_t at = 0;
    bool in_message = true;  // what a number is looked up in: a message, or else a part
    for (auto number : section) {
        if (!in_message && parts[at].kind == Part::Kind::message) {
            ++at;
            in_message = true;
        }
        if (parts[at].kind == Part::Kind::multipart) {
            const auto end = parts[at].next;
            ++at;
            while (at < end && --number != 0) at = parts[at].next;
            if (at >= end) return std::nullopt;
        } else if (!in_message || number != 1) {
            return std::nullopt;
        }
        in_message = false;  // the one part of a message that is no multipart has the number 1
    }
    return at;
}

struct Structure {
    std::vector<Part> parts;  ///< in prefix order; [0] is the message itself

    [[nodiscard]] std::optional<std::uint32_t> find(std::span<const std::uint32_t> section) const noexcept {
        return find_part(parts, section);
    }
};

class StructureParser {
  public:
    explicit StructureParser(StructureLimits limits = {});

    void feed(std::string_view chunk);
    /// Once, after the last piece.
    [[nodiscard]] Structure finish();

    /// Octets looked at so far, those of comparisons included: what linearity is measured by.
    [[nodiscard]] std::uint64_t work() const noexcept { return work_; }

    /// Where a line stands. A boundary is its multipart's. Beyond a limit of the header, what was told to be header may
    /// turn out to be body.
    struct Place {
        enum class Kind : std::uint8_t { header, body, boundary } kind = Kind::header;
        std::uint32_t part = 0;
    };
    /// Of the last line whose end was fed, or that finish() has ended.
    [[nodiscard]] Place last_line() const noexcept { return last_line_; }

  private:
    /// A place between two lines.
    struct Mark {
        std::uint64_t offset = 0;
        std::uint64_t bare = 0;  ///< line ends before it without CR
        std::uint64_t lines = 0;
    };
    /// A part whose end has not come yet; each lies in the one before it.
    struct Open {
        std::uint32_t part = 0;
        Mark header;
        Mark body;
        std::string boundary;  ///< of a multipart whose last part has not ended; else empty
    };

    void line(std::string_view text, std::uint64_t octets, std::uint8_t end_octets);
    void header_line(std::string_view text, std::uint64_t octets, const Mark& after);
    void end_field();
    void end_header(const Mark& body);
    void end_header_early();
    void begin_part(const Mark& at);
    void close_above(std::size_t depth, Mark end);
    void add_empty_part(std::uint32_t parent, const Mark& at);
    std::optional<std::size_t> boundary_of(std::string_view text) noexcept;
    bool boundary_line(std::string_view text, const Mark& after);
    void keep_rest(std::string_view chunk);
    void end_rest(std::uint8_t end_octets);

    StructureLimits limits_;
    std::vector<Part> parts_;
    std::vector<Open> open_;
    Mark mark_;                  ///< where the line begins that is being read
    std::uint8_t last_end_ = 0;  ///< octets of the line end before it
    Place last_line_;
    bool in_header_ = true;
    bool typed_ = false;    ///< the header that is read has a Content-Type
    bool limited_ = false;  ///< no more parts
    std::uint64_t header_octets_ = 0;
    std::string field_;  ///< the field being read, if it counts
    Mark field_mark_;
    std::uint64_t field_octets_ = 0;
    std::string rest_;  ///< of a line whose end has not come: as much as counts
    std::uint64_t rest_octets_ = 0;
    char rest_last_ = '\0';
    std::uint64_t work_ = 0;
};

}  // namespace md::mail
