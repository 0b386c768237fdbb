// store/binary_message.h - a message that came as literal8, before it becomes one of text
//
// CONTRACT
//   Blocks. A file in the mailbox's tmp/ with the octets as they came; removed when this dies. Memory: the message's
//   structure, and 64 KiB.
// RFC
//   3516 §4.4
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "mail/binary_parts.h"
#include "store/message_writer.h"

namespace md::store {

class BinaryMessage {
  public:
    BinaryMessage(Files& files, std::string path);
    ~BinaryMessage();
    BinaryMessage(const BinaryMessage&) = delete;
    BinaryMessage& operator=(const BinaryMessage&) = delete;

    void write(std::string_view octets);
    /// What copy_to() will write, with line ends as they came. All octets are there.
    [[nodiscard]] std::uint64_t text_octets();
    /// Everything, its binary parts in base64. False: there is NUL where no encoding can be: in a header, or around
    /// the parts.
    [[nodiscard]] bool copy_to(MessageWriter& to);

  private:
    [[nodiscard]] const std::vector<mail::TextFormPiece>& pieces();
    [[nodiscard]] bool has_nul(std::uint64_t begin, std::uint64_t end) const;
    bool copy_piece(const mail::TextFormPiece& piece, MessageWriter& to) const;
    [[nodiscard]] std::string octets(std::uint64_t begin, std::uint64_t end, std::size_t limit) const;

    Files& files_;
    std::string path_;
    std::unique_ptr<File> file_;
    std::uint64_t size_ = 0;
    mail::StructureParser parser_;
    std::optional<std::vector<mail::TextFormPiece>> pieces_;
};

}  // namespace md::store
