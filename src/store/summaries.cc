// store/summaries.cc - Mailbox::summaries: from the cache, or from the messages' files and then kept
//
// CONTRACT
//   See mailbox.h. Of a header at most mail::HeaderLimits::header_octets are read, of a body 64 KiB at a time are held.
//   A file that cannot be read is SystemError; a cache that cannot be read or written is none.

#include <algorithm>

#include "mail/header.h"
#include "proto/imap/body_section.h"
#include "store/mailbox.h"
#include "store/mailbox_core.h"

namespace md::store {

namespace {

/// What one call returns, roughly, or reads of large headers that were not kept.
constexpr std::size_t kOctetsAtOnce = 1U << 20;
constexpr std::size_t kPiece = 64U << 10;
/// Most headers are smaller, most messages of text are read whole by it.
constexpr std::size_t kFirstPiece = 8U << 10;

/// One message's file, read from its front.
class Reader {
  public:
    explicit Reader(const OpenMessage& message) : message_(message) { more(kFirstPiece); }

    HeaderSummary header() {
        imap::HeaderEnd finder;
        auto end = finder.feed(read_);
        while (!end && read_.size() < mail::HeaderLimits().header_octets) {
            const auto before = read_.size();
            if (!more(kPiece)) break;
            end = finder.feed(std::string_view(read_).substr(before));
        }
        return summarise_header(std::string_view(read_).substr(0, end ? static_cast<std::size_t>(*end) : read_.size()));
    }

    BodySummary body() {
        mail::StructureParser parser;
        parser.feed(read_);
        std::uint64_t at = read_.size();
        std::string piece;
        while (at < message_.size) {
            piece.resize(kPiece);
            piece.resize(message_.file->read_at(at, piece.data(), piece.size()));
            if (piece.empty()) break;
            parser.feed(piece);
            at += piece.size();
        }
        return summarise_body(parser.finish());
    }

    /// Read beyond what each message costs.
    [[nodiscard]] std::size_t octets_more() const noexcept {
        return read_.size() - std::min(read_.size(), kFirstPiece);
    }

  private:
    bool more(std::size_t octets) {
        const auto had = read_.size();
        read_.resize(had + static_cast<std::size_t>(std::min<std::uint64_t>(octets, message_.size - had)));
        if (read_.size() > had) read_.resize(had + message_.file->read_at(had, read_.data() + had, read_.size() - had));
        return read_.size() > had;
    }

    const OpenMessage& message_;
    std::string read_;
};

std::size_t octets_of(const MessageSummary& summary) {
    std::size_t octets = 0;
    if (summary.header) octets += summary.header->envelope.size() + summary.header->fields.size();
    if (summary.body)
        octets += summary.body->structure.size() + summary.body->extended_structure.size() +
                  summary.body->parts.size() * sizeof(PartPlace);
    return octets;
}

}  // namespace

std::vector<MessageSummary> Mailbox::summaries(std::span<const Uid> uids, SummaryKinds wanted) {
    const SummaryCache::Owner owner{core_->id(), core_->uid_validity()};
    auto found = core_->cache().read(owner, uids, wanted, kOctetsAtOnce);
    std::vector<SummaryCache::Frame> fresh;
    std::size_t octets = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        auto& summary = found[i];
        const bool header = wanted.header && !summary.header;
        const bool body = wanted.body && !summary.body;
        if (header || body) {
            const auto message = open(uids[i]);
            if (!message) continue;
            Reader reader(*message);
            if (header) {
                summary.header = reader.header();
                octets += reader.octets_more();
                fresh.push_back({{CacheRecord::header, uids[i]}, encode_frame(uids[i], *summary.header)});
            }
            if (body) {
                summary.body = reader.body();
                fresh.push_back({{CacheRecord::body, uids[i]}, encode_frame(uids[i], *summary.body)});
            }
        }
        octets += octets_of(summary);
        if (octets > kOctetsAtOnce) found.resize(i + 1);
    }
    if (!fresh.empty()) {
        SummaryCache::Living living;
        living.messages = numbers().messages;
        living.is_live = [this](Uid uid) { return message(uid).has_value(); };
        core_->cache().append(owner, fresh, living);
    }
    return found;
}

}  // namespace md::store
