// mdctl/kept_query.h - which of the messages that undelete keeps a QUERY means
//
// PURPOSE
//   The words of IMAP's SEARCH (RFC 3501 §6.4.4) asked of a message in the undelete area: "FROM alice SINCE
//   1-Nov-2026".
// CONTRACT
//   matches() reads the file only if the answer depends on it; one that is gone is not meant, and one that cannot be
//   read throws SystemError. Numbers of messages and "$" mean nothing here and are refused; UID means the UIDs that
//   messages had.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "mdctl/command.h"
#include "store/undeletion.h"

namespace md::mdctl {

class KeptQuery {
  public:
    /// As a shell gives it: one argument in IMAP's syntax, or one for each word and string of it. The error is fit for
    /// the administrator.
    [[nodiscard]] static Result<KeptQuery, Complaint> parse(const std::vector<std::string>& words);
    KeptQuery(KeptQuery&&) noexcept;
    KeptQuery& operator=(KeptQuery&&) noexcept;
    ~KeptQuery();

    [[nodiscard]] bool matches(Files& files, const store::Kept& kept) const;

  private:
    struct Question;
    explicit KeptQuery(std::unique_ptr<Question> question);

    std::unique_ptr<Question> question_;
};

}  // namespace md::mdctl
