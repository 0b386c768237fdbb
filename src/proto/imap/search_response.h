// proto/imap/search_response.h - what SEARCH, SORT and THREAD answer
//
// CONTRACT
//   Pure. Long answers are written in pieces, so that a session can send each before the next is made: a writer appends
//   some octets at a time to the string that it is given.
// RFC
//   3501 §7.2.5 (SEARCH); 4731 §3.1 (ESEARCH); 5256 §4 (SORT, THREAD); 5267 §3.2 (sets in the order of a sort);
//   7162 §3.1.6 (MODSEQ)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/threads.h"

namespace md::imap {

/// "* ESEARCH (TAG "A1") UID"; the items follow, each with a space before it.
void append_esearch(std::string& out, std::string_view tag, bool uid);

/// Writes numbers as " 2 84 882".
class NumberWriter {
  public:
    explicit NumberWriter(const std::vector<std::uint32_t>& numbers) : numbers_(numbers) {}
    /// Appends about `octets`. False: that was the last.
    bool write(std::string& out, std::size_t octets);

  private:
    const std::vector<std::uint32_t>& numbers_;
    std::size_t at_ = 0;
};

/// Writes numbers as a sequence-set in their order: "2,10:11"; ranges go upwards only.
class SetWriter {
  public:
    explicit SetWriter(const std::vector<std::uint32_t>& numbers) : numbers_(numbers) {}
    bool write(std::string& out, std::size_t octets);

  private:
    const std::vector<std::uint32_t>& numbers_;
    std::size_t at_ = 0;
};

/// Writes "(2)(3 6 (4 23)(44 7 96))". No recursion, whatever the depth.
class ThreadWriter {
  public:
    explicit ThreadWriter(const mail::Forest& forest) : forest_(forest), node_(forest.first_root) {}
    bool write(std::string& out, std::size_t octets);

  private:
    void step(std::string& out);

    const mail::Forest& forest_;
    std::uint32_t node_;               ///< whose list is opened next
    std::vector<std::uint32_t> open_;  ///< what follows the lists that are open
};

}  // namespace md::imap
