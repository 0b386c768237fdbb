// mdqueue/examination.h - a message that waited for the filter is shown to it
//
// PURPOSE
//   What was taken while the filter was away (Envelope::unfiltered) is shown to filter.milters as mdsmtpd would have
//   shown it: the client, the envelope, header and body without our own trace fields.
// CONTRACT
//   On the loop; the file is read on the pool. It is too late to refuse: who is refused gets quarantine, and
//   so does everyone if the message or its sender is. Never a report.
#pragma once

#include <optional>
#include <string>

#include "async/task.h"
#include "async/worker_pool.h"
#include "mdqueue/hands.h"
#include "milter/chain.h"
#include "spool/envelope.h"

namespace md::mdqueue {

class Examination {
  public:
    struct Message {
        const spool::StoredEnvelope* stored;
        const File* file;
    };

    /// All live until examine() has ended.
    Examination(milter::Chain& chain, async::WorkerPool& pool, std::string hostname, const Message& message);

    async::Task<Examined> examine();

  private:
    async::Task<milter::Answer> introduce();
    async::Task<milter::Answer> show_recipients();
    async::Task<milter::Answer> show_header();
    async::Task<milter::Answer> show_body();
    async::Task<milter::Outcome> show();
    async::Task<std::string> read(std::uint64_t from, std::uint64_t size);
    [[nodiscard]] std::vector<milter::Macro> macros() const;
    [[nodiscard]] Examined conclude(const milter::Outcome& outcome) const;

    milter::Chain& chain_;
    async::WorkerPool& pool_;
    std::string hostname_;
    const spool::StoredEnvelope& stored_;
    const File& file_;
    std::uint64_t body_from_ = 0;
    bool own_received_ = false;
    std::vector<std::uint32_t> passed_;                ///< numbers of the recipients that rcpt() let pass
    std::vector<std::optional<std::string>> refused_;  ///< by number: why it was refused
};

}  // namespace md::mdqueue
