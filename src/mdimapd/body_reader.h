// mdimapd/body_reader.h - BODY[section]<partial> and BINARY[part]<partial> of one message, piece by piece
//
// PURPOSE
//   Finds where a section begins and ends in the message's file, tells the size of its CRLF form (of BINARY: of what it
//   decodes to), and gives its octets in pieces.
// CONTRACT
//   Blocks, each call is one job on the pool, but for a message whose content it was given. Reads at most 64 KiB at a
//   time and keeps no more, but for the header of which fields are picked: of that at most kHeaderLimit octets are
//   looked at. A file that is shorter than the store
//   says is filled up with blanks, so that the literal is as long as it was announced; padded() tells. NUL, which no
//   literal of IMAP4rev1 may hold, is sent as octet 128; BINARY sends it as it is.
// RFC
//   3501 §6.4.5, §9 (CHAR8); 3516 §4.2, §4.3
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "mail/transfer_decoder.h"
#include "proto/imap/body_section.h"
#include "proto/imap/command.h"
#include "store/summary.h"
#include "store/view.h"

namespace md::mdimapd {

/// How far the last partial of a section came, so that the next one need not begin at the section's start.
struct PartialPlace {
    store::Uid uid = 0;
    std::uint64_t section = 0;  ///< where it begins in the file
    std::uint64_t section_end = 0;
    std::uint64_t at = 0;  ///< in the file, behind `octets` of the CRLF form
    std::uint64_t octets = 0;
    bool after_cr = false;
};

/// A whole message, as its file has it.
struct ReadMessage {
    std::string content;
    std::uint64_t size_crlf = 0;
};

/// What a body is read from: the message, or its file.
using BodySource = std::variant<ReadMessage, store::OpenMessage>;

class BodyReader {
  public:
    static constexpr std::size_t kHeaderLimit = 8 << 20;

    explicit BodyReader(PartialPlace& partial) : partial_(partial) {}

    /// False: the message is gone.
    [[nodiscard]] bool open(store::View& view, store::Uid uid);
    /// If it was read already, no call blocks.
    void open(store::Uid uid, BodySource source);
    [[nodiscard]] bool is_open() const noexcept { return message_.has_value() || content_; }
    [[nodiscard]] bool blocks() const noexcept { return !content_; }

    struct Size {
        std::uint64_t octets = 0;
        bool has_nul = false;  ///< BINARY: only a literal8 can hold it
    };
    /// Begins an item; how many octets it has. None: the message has no such section. After open(). `parts` is needed
    /// for a section with part numbers and for BINARY.
    [[nodiscard]] std::optional<Size> start(const imap::FetchItem& item, const store::BodySummary* parts);
    /// Appends the next piece. True: there is more.
    [[nodiscard]] bool read(std::string& out);
    [[nodiscard]] bool padded() const noexcept { return padded_; }

  private:
    void take(ReadMessage message);
    void take(store::OpenMessage message);
    /// A section as a range of the file.
    struct Range {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint64_t size = 0;  ///< in CRLF form
        mail::Encoding encoding = mail::Encoding::identity;
    };
    [[nodiscard]] std::optional<Range> find(const imap::FetchItem& item, const store::BodySummary* parts);
    [[nodiscard]] Range message_range(imap::Section::Text text);
    Size start_fields(const imap::FetchItem& item, const Range& header);
    Size start_range(const imap::FetchItem& item, const Range& range);
    Size start_binary(const imap::FetchItem& item, const Range& range);
    void begin(const Range& range, imap::Window window);
    bool read_binary(std::string& out);
    [[nodiscard]] bool decode_piece(std::string& out);
    void note_partial(std::uint64_t octets);
    void find_header_end();
    [[nodiscard]] std::string_view octets_at(std::uint64_t offset, std::uint64_t size);
    [[nodiscard]] std::string_view piece_at(std::uint64_t offset, std::uint64_t end);

    PartialPlace& partial_;
    store::Uid uid_ = 0;
    std::optional<store::OpenMessage> message_;
    std::optional<std::string> content_;  ///< all of it; then there is no message_
    std::uint64_t size_ = 0;              ///< of the file
    std::uint64_t size_crlf_ = 0;
    std::string buffer_;
    std::optional<std::uint64_t> header_end_;  ///< in the file
    std::uint64_t header_size_ = 0;            ///< in CRLF form

    // The item that is being read: a range of the file, or fields.
    Range range_;
    std::uint64_t at_ = 0;
    std::uint64_t window_end_ = 0;  ///< in the CRLF form of the section
    std::optional<imap::CrlfExpander> expander_;
    std::string fields_;
    imap::Window fields_window_;
    std::optional<mail::TransferDecoder> decoder_;
    std::optional<imap::WindowCutter> cutter_;
    std::string expanded_;
    std::string decoded_;
    bool padded_ = false;
};

}  // namespace md::mdimapd
