// store/message_writer.h - a message on its way into a mailbox: a file in tmp/ that grows chunk by chunk
//
// CONTRACT
//   Takes LF or CRLF line ends in any mixture and any cut, and writes LF; a CR that no LF follows stays. Holds at most
//   one small buffer. Destroyed without having been placed (Mailbox::append, Mailbox::deliver), it removes its file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "store/lf_filter.h"

namespace md::store {

class MessageWriter {
  public:
    /// Makes the file anew.
    MessageWriter(Files& files, std::string path);
    ~MessageWriter();
    MessageWriter(MessageWriter&& other) noexcept;
    MessageWriter& operator=(MessageWriter&&) = delete;

    void write(std::string_view chunk);
    /// The rest of the buffer, and a CR held back. No more write() after it.
    void finish();
    /// The file's data durable; after finish().
    void sync() { file_->sync(); }

    [[nodiscard]] std::uint64_t size_lf() const noexcept { return filter_.octets(); }
    [[nodiscard]] std::uint64_t size_crlf() const noexcept { return filter_.octets() + filter_.lines(); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// The file has another name now: the destructor leaves it.
    void placed() noexcept { path_.clear(); }

  private:
    void put(std::string_view octets);
    void flush();

    Files* files_;
    std::string path_;
    std::unique_ptr<File> file_;
    std::string buffer_;
    std::uint64_t written_ = 0;
    LfFilter filter_;
};

}  // namespace md::store
