// store/message_text.h - what of a message SEARCH, SORT and THREAD read
//
// PURPOSE
//   The header of a message, and the texts in its body as people read them: every text/* part at any depth, its
//   transfer encoding and charset undone, and the headers of messages inside the message. HTML is its source text.
// CONTRACT
//   Blocks: within a job on the pool. A message of up to kWholeLimit octets is read once and kept whole; a larger one
//   is read in pieces, twice where its body counts. Of a header kHeaderLimit octets are looked at. find() may be left
//   and gone on with after each step; what is kept meanwhile is about kWholeLimit, twice.
// RFC
//   3501 §6.4.4; 2045, 2046
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail/charset.h"
#include "mail/header.h"
#include "mail/structure.h"
#include "mail/text_finder.h"
#include "mail/transfer_decoder.h"
#include "store/mailbox.h"

namespace md::store {

/// What can be no field is passed over.
[[nodiscard]] mail::HeaderLimits showing() noexcept;

/// The fields of a header as people read them, their words decoded.
class HeaderText {
  public:
    /// Refers to it.
    explicit HeaderText(std::string_view header);

    /// A portion of "name: value", as TEXT finds them. False: there is no more.
    [[nodiscard]] bool give_on(mail::TextFinder& finder, mail::TextFinder* second);

  private:
    mail::HeaderScanner scanner_;
    mail::TextPortions portions_;
};

class MessageText {
  public:
    static constexpr std::size_t kWholeLimit = 1 << 20;
    static constexpr std::size_t kHeaderLimit = 1 << 20;

    explicit MessageText(OpenMessage message) : message_(std::move(message)) {}

    /// With its blank line, and perhaps more behind it. The view lives as long as this.
    [[nodiscard]] std::string_view header();

    /// One step of some milliseconds: the texts of the body to `body`; to `all` these and the headers of all parts.
    /// False: there is no more. The finders are the same in each call.
    [[nodiscard]] bool find_on(mail::TextFinder& body, mail::TextFinder& all);

  private:
    /// The text of one part.
    struct PartText {
        explicit PartText(const mail::Part& part);

        mail::TransferDecoder transfer;
        mail::CharsetDecoder charset;
        std::uint64_t at;
        std::uint64_t end;
        std::string octets;
        std::string text;
    };

    void parse_on();
    void begin_part(const mail::Part& part);
    void text_on(mail::TextFinder& body, mail::TextFinder& all);
    [[nodiscard]] std::string_view part_header(const mail::Part& part);
    [[nodiscard]] std::string_view piece(std::uint64_t offset, std::uint64_t end);
    void load(std::size_t octets);

    OpenMessage message_;
    std::string front_;  ///< the first octets of the file
    std::string buffer_;

    bool begun_ = false;
    std::optional<HeaderText> fields_;  ///< the header whose turn it is …
    bool fields_in_body_ = false;       ///< … of a message in the message
    std::string header_;                ///< what it is read from, if it is not in front_
    std::optional<mail::StructureParser> parser_;
    std::uint64_t parsed_ = 0;
    std::optional<mail::Structure> structure_;
    std::size_t next_part_ = 0;
    std::optional<PartText> text_;
};

}  // namespace md::store
