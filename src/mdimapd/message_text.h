// mdimapd/message_text.h - what of a message SEARCH, SORT and THREAD read
//
// PURPOSE
//   The header of a message, and the texts in its body as people read them: every text/* part at any depth, its
//   transfer encoding and charset undone, and the headers of messages inside the message. HTML is its source text.
// CONTRACT
//   Blocks: one job on the pool. A message of up to kWholeLimit octets is read once and kept whole; a larger one is
//   read in pieces, twice where its body counts. Of a header kHeaderLimit octets are looked at.
// RFC
//   3501 §6.4.4; 2045, 2046
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mail/structure.h"
#include "mail/text_finder.h"
#include "store/view.h"

namespace md::mdimapd {

class MessageText {
  public:
    static constexpr std::size_t kWholeLimit = 1 << 20;
    static constexpr std::size_t kHeaderLimit = 8 << 20;

    explicit MessageText(store::OpenMessage message) : message_(std::move(message)) {}

    /// With its blank line, and perhaps more behind it. The view lives as long as this.
    [[nodiscard]] std::string_view header();

    /// The texts of the body to `body`; to `all` these and the headers of all parts.
    void find(mail::TextFinder& body, mail::TextFinder& all);

  private:
    [[nodiscard]] mail::Structure structure();
    [[nodiscard]] std::string_view part_header(const mail::Part& part, std::string& room) const;
    void find_text(const mail::Part& part, mail::TextFinder& body, mail::TextFinder& all);
    [[nodiscard]] std::string_view piece(std::uint64_t offset, std::uint64_t end);
    void load(std::size_t octets);

    store::OpenMessage message_;
    std::string front_;  ///< the first octets of the file
    std::string buffer_;
};

/// The fields of a header as TEXT finds them: names, and values with their words decoded.
void find_fields(std::string_view header, mail::TextFinder& finder);

}  // namespace md::mdimapd
