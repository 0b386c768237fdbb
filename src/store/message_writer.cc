// store/message_writer.cc - see message_writer.h

#include "store/message_writer.h"

#include "base/error.h"

namespace md::store {

namespace {
constexpr std::size_t kBuffer = 64U << 10;
}

MessageWriter::MessageWriter(Files& files, std::string path) : files_(&files), path_(std::move(path)) {
    files_->unlink(path_);  // what a process that died left; never written into, for it may have other names
    file_ = files_->open(path_, OpenMode::create_new);
}

MessageWriter::MessageWriter(MessageWriter&& other) noexcept = default;

MessageWriter::~MessageWriter() {
    if (!file_ || path_.empty()) return;
    try {
        files_->unlink(path_);
    } catch (const SystemError&) {
        // Left in tmp/: the next delivery of that name, or a clean-up of old files there, removes it.
    }
}

void MessageWriter::put(std::string_view octets) {
    if (buffer_.size() + octets.size() > kBuffer) flush();
    if (octets.size() < kBuffer) {
        buffer_.append(octets);
    } else {
        file_->write_at(written_, octets);
        written_ += octets.size();
    }
}

void MessageWriter::flush() {
    if (buffer_.empty()) return;
    file_->write_at(written_, buffer_);
    written_ += buffer_.size();
    buffer_.clear();
}

void MessageWriter::write(std::string_view chunk) {
    filter_.feed(chunk, [this](std::string_view octets) { put(octets); });
}

void MessageWriter::finish() {
    filter_.finish([this](std::string_view octets) { put(octets); });
    flush();
}

}  // namespace md::store
