// spool/intake_writer.h - a worker of mdsmtpd makes accepted messages durable
//
// PURPOSE
//   One IntakeWriter a process writes one journal: append_batch() makes any number of messages durable with one write
//   and one fdatasync.
// CONTRACT
//   Blocks, unless said otherwise: pool jobs only, one at a time, prepare() and LargeFile apart, which may run beside
//   the others. What append_batch() counts as stored may be acknowledged (250), nothing else may. A failed fdatasync is
//   final: the segment is put aside under a name that says how much of it counts, and the next one begun with the next
//   batch. While that name cannot be made durable nothing is taken at all. Only mdqueue takes a journal's files away
//   (intake_reader.h), and what the writer itself has not acknowledged.
// ERRORS
//   The constructor throws SystemError. append_batch() returns it, for those who wait need it in their own tasks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/ids.h"
#include "spool/envelope.h"
#include "spool/intake_record.h"

namespace md::spool {

struct IntakeSettings {
    std::string directory;
    std::uint64_t segment_size_bytes = 16U << 20;
    std::uint64_t large_bytes = 256U << 10;        ///< messages above go to a file of their own
    std::uint64_t max_pending_bytes = 1ULL << 30;  ///< above: 452

    IntakeSettings() = default;
};

/// A message to be stored; `octets` end lines with LF and must live until the batch is written.
struct OutgoingRecord {
    const Envelope* envelope = nullptr;
    std::string_view octets;  ///< empty for a large one
    std::uint64_t large_size_bytes = 0;
    std::uint32_t large_crc = 0;
    bool large = false;

    OutgoingRecord() = default;
    OutgoingRecord(const Envelope& e, std::string_view o) : envelope(&e), octets(o) {}
};

/// A large message's own file: written as it arrives, gone with this object unless it was kept.
class LargeFile {
  public:
    LargeFile(Files& files, std::string directory, const std::string& journal, QueueId id);
    ~LargeFile();
    LargeFile(const LargeFile&) = delete;
    LargeFile& operator=(const LargeFile&) = delete;

    void append(std::string_view octets);
    /// On disk, with its name.
    void finish();
    /// A record names it now: mdqueue removes it.
    void keep() noexcept { kept_ = true; }

    [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_; }
    [[nodiscard]] std::uint32_t crc() const noexcept { return crc_; }

  private:
    Files& files_;
    std::string directory_;
    std::string path_;
    std::unique_ptr<File> file_;
    std::uint64_t size_ = 0;
    std::uint32_t crc_ = 0;
    bool kept_ = false;
};

class IntakeWriter {
  public:
    /// Begins a journal under a new name and takes its lock; segments are made when they are needed, or by prepare().
    IntakeWriter(Files& files, IntakeSettings settings, const Clock& clock);
    ~IntakeWriter();
    IntakeWriter(const IntakeWriter&) = delete;
    IntakeWriter& operator=(const IntakeWriter&) = delete;

    struct Appended {
        std::size_t stored = 0;  ///< so many from the front are on disk
        std::optional<SystemError> failure;
    };
    Appended append_batch(std::span<const OutgoingRecord> records);

    /// Makes the next segment ready, so that no batch waits for it. Throws SystemError.
    void prepare();
    /// None is ready, and the present one is half full. Not beside a batch.
    [[nodiscard]] bool wants_preparation();

    /// The end mark, so that mdqueue may free the last segment; nothing can be appended afterwards.
    void close();

    [[nodiscard]] std::unique_ptr<LargeFile> create_large(QueueId id);

    /// Octets in this journal that mdqueue has not taken off it, as last counted; answers at once, on any thread.
    [[nodiscard]] std::uint64_t pending_bytes() const noexcept { return pending_bytes_; }
    [[nodiscard]] bool is_full() const noexcept { return pending_bytes_ >= settings_.max_pending_bytes; }
    /// Counts by looking at the folder.
    void count_pending();

    [[nodiscard]] const std::string& journal() const noexcept { return journal_; }
    [[nodiscard]] const IntakeSettings& settings() const noexcept { return settings_; }
    /// Syncs of segments so far, for statistics.
    [[nodiscard]] std::uint64_t syncs() const noexcept { return syncs_; }

  private:
    struct Segment {
        std::uint64_t serial = 0;
        std::unique_ptr<File> file;
        std::uint64_t size = 0;
        std::uint64_t used = 0;  ///< where the next record goes; all before it is on disk
    };

    void make_journal(const Clock& clock);
    [[nodiscard]] Segment make_segment();
    [[nodiscard]] std::unique_ptr<File> take_free(const std::string& path);
    [[nodiscard]] std::unique_ptr<File> make_new(const std::string& path);
    void next_segment();
    [[nodiscard]] std::uint64_t room() const noexcept;
    std::size_t write_group(std::span<const OutgoingRecord> records, std::span<const std::string> envelopes);
    void write_durably(std::span<const std::string_view> pieces);
    void write_mark(RecordKind kind);
    void abandon(std::uint64_t covered);
    void settle_failed();
    [[nodiscard]] std::string in_directory(const std::string& name) const { return settings_.directory + "/" + name; }

    Files& files_;
    IntakeSettings settings_;
    std::string journal_;
    std::unique_ptr<File> lock_;
    std::optional<Segment> current_;
    /// Guards what follows. Segments come into use in the order of their serials: a reader takes the begin of one for
    /// the end of all before.
    std::mutex making_;
    std::uint64_t next_serial_;
    std::optional<Segment> prepared_;
    struct Failed {
        std::uint64_t serial;
        std::uint64_t covered;
        bool renamed;
    };
    std::optional<Failed> failed_;  ///< its new name is not yet on disk
    std::atomic<std::uint64_t> pending_bytes_{0};
    std::atomic<std::uint64_t> syncs_{0};
    bool closed_ = false;
};

}  // namespace md::spool
