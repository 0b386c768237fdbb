// store/arrivals.h - messages that enter a mailbox together: APPEND, MULTIAPPEND, COPY, MOVE
//
// PURPOSE
//   Collects files of tmp/ with what their records will say, gives all of them their names and records as one change,
//   and makes them durable.
// CONTRACT
//   For store/ alone. All or none: whatever throws before place() has returned leaves no message behind, and
//   make_durable() takes back what it could not bring to the disk. Destroyed without place(), it removes the files.
//   place() holds the mailbox's lock for as long as the renames take: the messages are seen together, or not at all.
//   A process that dies between names and records leaves files that the next scan takes in; nobody was told of them.
// RFC
//   3501 §6.3.11, §6.4.7 (all or none); 3502 §3 (MULTIAPPEND)
#pragma once

#include <string>
#include <vector>

#include "store/mailbox_core.h"
#include "store/reservation.h"

namespace md::store {

class Arrivals {
  public:
    explicit Arrivals(MailboxCore& core) : core_(core) {}
    ~Arrivals();
    Arrivals(const Arrivals&) = delete;
    Arrivals& operator=(const Arrivals&) = delete;

    [[nodiscard]] bool empty() const noexcept { return arrivals_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return arrivals_.size(); }
    /// A path in tmp/ for the next file.
    [[nodiscard]] std::string fresh_path() const;
    /// The file at `temporary` becomes `message`; its UID and MODSEQ are given by place().
    void add(std::string temporary, Message message);

    /// The reservation ends with it.
    void place(Reserved& reserved);
    /// Data and names on disk; a few files one by one, many by one sync of the file system. SystemError: they are not,
    /// and nothing of them stays.
    void make_durable();
    /// All messages out again, by the journal first.
    void take_back();
    /// The same of some, by their place in the order of add().
    void take_back(const std::vector<std::size_t>& which);

    /// In the order of add(); after place().
    [[nodiscard]] const Message& message(std::size_t index) const { return arrivals_[index].entry.message; }
    [[nodiscard]] std::string path(std::size_t index) const { return core_.path_of(arrivals_[index].entry); }
    /// Keywords of any of them that the mailbox does not take; after place().
    [[nodiscard]] const std::vector<std::string>& refused() const noexcept { return refused_; }
    /// From the first to the last; 0 before place().
    [[nodiscard]] UidRange uids() const noexcept;

  private:
    struct Arrival {
        std::string temporary;
        Entry entry;
    };

    void number(MailboxCore::Writing& writing);
    void name(std::size_t& named);
    void unname(std::size_t named) noexcept;
    void sync_few_files();
    void sync_few_names();

    MailboxCore& core_;
    std::vector<Arrival> arrivals_;
    std::vector<std::string> refused_;
    bool placed_ = false;
};

}  // namespace md::store
