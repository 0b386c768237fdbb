// mdimapd/body_reader.h - BODY[section]<partial> of one message, piece by piece
//
// PURPOSE
//   Finds where a section begins and ends in the message's file, tells the size of its CRLF form, and gives its octets
//   in pieces.
// CONTRACT
//   Blocks: each call is one job on the pool. Reads at most 64 KiB at a time and keeps no more, but for the header of
//   which fields are picked: of that at most kHeaderLimit octets are looked at. A file that is shorter than the store
//   says is filled up with blanks, so that the literal is as long as it was announced; padded() tells.
// RFC
//   3501 §6.4.5
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "proto/imap/body_section.h"
#include "proto/imap/command.h"
#include "store/view.h"

namespace md::mdimapd {

class BodyReader {
  public:
    static constexpr std::size_t kHeaderLimit = 8 << 20;

    /// False: the message is gone.
    [[nodiscard]] bool open(store::View& view, store::Uid uid);
    /// Begins an item; how many octets it has. After open().
    [[nodiscard]] std::uint64_t start(const imap::FetchItem& item);
    /// Appends the next piece. True: there is more.
    [[nodiscard]] bool read(std::string& out);
    [[nodiscard]] bool padded() const noexcept { return padded_; }

  private:
    std::uint64_t start_fields(const imap::FetchItem& item);
    std::uint64_t start_range(const imap::FetchItem& item);
    void find_header_end();
    [[nodiscard]] std::string_view piece_at(std::uint64_t offset, std::uint64_t end);

    std::optional<store::OpenMessage> message_;
    std::string buffer_;
    std::optional<std::uint64_t> header_end_;  ///< in the file
    std::uint64_t header_size_ = 0;            ///< in CRLF form

    // The item that is being read: a range of the file, or fields.
    std::uint64_t at_ = 0;
    std::uint64_t end_ = 0;
    std::optional<imap::CrlfExpander> expander_;
    std::string fields_;
    imap::Window fields_window_;
    bool padded_ = false;
};

}  // namespace md::mdimapd
